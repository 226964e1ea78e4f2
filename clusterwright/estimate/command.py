"""`clusterwright estimate`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from clusterwright.errors import ClusterwrightError
from clusterwright.estimate.estimate import estimate
from clusterwright.estimate.measured import measured, read_metrics
from clusterwright.estimate.quantity import plain
from clusterwright.plan.model import ClusterPlan


def run(plan: ClusterPlan, as_json: bool, metrics: Path | None) -> None:
    """Prints the estimate of a plan. Raises ClusterwrightError for a cluster without a job, and for bad metrics."""
    made = estimate(plan)
    if made is None:
        raise ClusterwrightError(
            f"error: {plan.name} has no job to estimate\n"
            "  why: its spec says `job: none`\n"
            "  hint: name a job, or look at what the cluster is: `clusterwright plan NAME`"
        )
    told = measured(made, read_metrics(metrics), str(metrics)) if metrics else None
    if as_json:
        data = {"schema": 1, **plain(made), "measured": plain(told)}
        click.echo(json.dumps(data, indent=2, allow_nan=False))
        return
    from clusterwright.estimate.table import show

    show(made, told)
