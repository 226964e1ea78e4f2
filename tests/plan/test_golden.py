"""The plan of each example stack is on record, so that a change of a decision is seen in review."""

from collections.abc import Callable
from pathlib import Path

import pytest

from clusterwright.plan import canonical_json, plan_cluster
from clusterwright.spec.load import load_spec

STACKS = Path(__file__).parents[2] / "stacks"


@pytest.mark.parametrize("name", ["local"])
def test_the_plan_of_an_example_stack_is_the_recorded_one(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"tests/golden/plan/{name}.json", canonical_json(plan_cluster(load_spec(STACKS / f"{name}.yaml"))))
