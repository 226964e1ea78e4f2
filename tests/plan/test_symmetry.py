"""The plans of both clouds are cut alike: who knows one finds their way in the other."""

import importlib
import pkgutil
from types import ModuleType

import pytest

from clusterwright import decide, plan

CLOUDS = ("aws", "gcp")


def modules(package: ModuleType, cloud: str) -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules([f"{path}/{cloud}" for path in package.__path__]))


def planners(cloud: str) -> dict[str, str]:
    """What a cloud's whole plan is made with: the functions, and the module of each."""
    cluster = importlib.import_module(f"clusterwright.plan.{cloud}.cluster")
    made = {name: value for name, value in vars(cluster).items() if name.startswith("plan_")}
    return {name: value.__module__.removeprefix(f"clusterwright.plan.{cloud}.") for name, value in made.items()}


@pytest.mark.parametrize("package", [decide, plan])
def test_both_clouds_have_the_same_modules(package: ModuleType) -> None:
    assert len(modules(package, "aws")) > 3
    assert modules(package, "aws") == modules(package, "gcp")


def test_both_plans_are_made_of_the_same_parts() -> None:
    aws, gcp = map(planners, CLOUDS)
    assert len(aws) > 5
    assert aws == gcp
