"""The clouds' plans and decisions are built alike: who knows one finds the same thing in the other."""

import importlib
import pkgutil
from types import ModuleType

import pytest


def modules(package: str) -> dict[str, ModuleType]:
    """The modules of a package by their names in it."""
    path = importlib.import_module(package).__path__
    return {found.name: importlib.import_module(f"{package}.{found.name}") for found in pkgutil.iter_modules(path)}


@pytest.mark.parametrize("package", ["decide.{}", "plan.{}", "plan.{}.model"])
def test_both_clouds_have_the_same_modules(package: str) -> None:
    aws, gcp = (modules(f"clusterwright.{package.format(provider)}") for provider in ("aws", "gcp"))
    assert aws
    assert aws.keys() == gcp.keys()


def test_both_clouds_plan_the_same_parts_in_the_same_modules() -> None:
    aws, gcp = (
        {
            (name, function)
            for name, module in modules(f"clusterwright.plan.{provider}").items()
            for function, value in vars(module).items()
            if function.startswith("plan_") and value.__module__ == module.__name__
        }
        for provider in ("aws", "gcp")
    )
    assert aws == gcp
    assert len(aws) > 5
