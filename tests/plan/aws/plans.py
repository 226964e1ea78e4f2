"""Plans of clusters on AWS, for the tests of their parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from clusterwright.plan import plan_cluster
from clusterwright.plan.aws import AwsPlan
from clusterwright.plan.aws.model import BucketPlan, StatementPlan
from clusterwright.plan.model import PlanModel
from clusterwright.spec.load import load_spec, parse_lock, parse_spec
from clusterwright.spec.lock import Lock

ROOT = Path(__file__).parents[3]
WHOLE = "name: a\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\n"
STACKS = ("bert-base-aws", "bert-large-aws", "gpt3-aws")
BLOCK = "{kind: capacity_block, id: cr-0123456789abcdef0, start: 2026-12-01T11:30Z, end: 2026-12-05T11:30Z}"


def lock_of(stack: str = "bert-base-aws") -> Lock:
    return parse_lock((ROOT / "tests" / "locks" / f"{stack}.lock.yaml").read_text(encoding="utf-8"))


def plan_of(text: str = "", lock: Lock | None = None) -> AwsPlan:
    """The plan of a cluster named `a` in us-east-1a."""
    plan = plan_cluster(replace(parse_spec(WHOLE + text), lock=lock))
    assert isinstance(plan, AwsPlan)
    return plan


def plan_of_stack(stack: str, locked: bool = True) -> AwsPlan:
    plan = plan_cluster(replace(load_spec(ROOT / "stacks" / f"{stack}.yaml"), lock=lock_of(stack) if locked else None))
    assert isinstance(plan, AwsPlan)
    return plan


def bucket_of(plan: AwsPlan) -> BucketPlan:
    """The cluster's own bucket."""
    return next(part for part in plan.storage if part.kind == "bucket")


def parts(model: object) -> Iterator[PlanModel]:
    """A plan and all models inside it."""
    if isinstance(model, PlanModel):
        yield model
        model = tuple(getattr(model, name) for name in type(model).model_fields)
    if isinstance(model, tuple | list):
        for item in model:
            yield from parts(item)


def statements(plan: AwsPlan) -> Iterator[StatementPlan]:
    return (part for part in parts(plan) if isinstance(part, StatementPlan))
