"""Jobs of plans, for the tests of what is estimated of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from clusterwright.estimate.job import Job, job_of
from clusterwright.estimate.quantity import BYTE_PER_SECOND, Figure, exactly
from tests.plan.aws.plans import plan_of

FAST = exactly(1e12, BYTE_PER_SECOND, "a fast storage")
LOW, LIKELY, HIGH = range(3)


@cache
def job(machine: str = "p5.48xlarge", nodes: int = 2, model: str = "bert-base", more: str = "") -> Job:
    """A job on `nodes` machines of EC2; `more` are other keys of the job."""
    groups = f"groups: [{{name: train, machine: {machine}, nodes: {nodes}}}]\n"
    found = job_of(plan_of(f"{groups}job: {{model: {model}{more}}}\n"))
    assert found is not None
    return found


def on(one: Job, nodes: int) -> Job:
    """The same job on other nodes of the same kind."""
    return replace(one, nodes=nodes, ranks=nodes * one.ranks_per_node)


def with_settings(one: Job, **settings: Any) -> Job:
    """The same job with other settings of pre-training."""
    return replace(one, work=replace(one.work, pretrain={**one.work.pretrain, **settings}))


def span(figure: Figure) -> tuple[float, float, float]:
    """The range of a figure that has to be known."""
    assert figure.span is not None, figure.basis
    return figure.span
