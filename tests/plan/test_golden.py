"""The plan of each example stack is on record, so that a change of a decision is seen in review.

The plan of a cloud's stack is made with the example of a lock in tests/locks/.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from clusterwright.plan import canonical_json, plan_cluster
from clusterwright.spec.load import load_spec, parse_lock, read

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "tests" / "locks"
LOCKED = sorted(path.name.removesuffix(".lock.yaml") for path in LOCKS.iterdir())


@pytest.mark.parametrize("name", ["local", "local-machines"])
def test_the_plan_of_an_example_stack_is_the_recorded_one(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"tests/golden/plan/{name}.json", canonical_json(plan_cluster(load_spec(ROOT / "stacks" / f"{name}.yaml"))))


@pytest.mark.parametrize("name", LOCKED)
def test_the_plan_of_a_cloud_s_stack_and_its_lock_is_the_recorded_one(
    name: str, golden: Callable[[str, str], None]
) -> None:
    lock = LOCKS / f"{name}.lock.yaml"
    loaded = load_spec(ROOT / "stacks" / f"{name}.yaml")
    plan = plan_cluster(replace(loaded, lock=parse_lock(read(lock), str(lock))))
    golden(f"tests/golden/plan/{name}.json", canonical_json(plan))
