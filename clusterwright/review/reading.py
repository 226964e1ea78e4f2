"""One side of one stack: its spec as far as it can be read, its findings, its plan and what its job takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clusterwright.estimate.estimate import Estimate, estimate
from clusterwright.plan import plan_checked
from clusterwright.plan.model import ClusterPlan
from clusterwright.review.prices import believed
from clusterwright.review.sides import Side, link, named
from clusterwright.rules import check
from clusterwright.spec.findings import Finding, SpecError
from clusterwright.spec.load import Loaded, load_spec


@dataclass(frozen=True)
class Reading:
    """`loaded` is None where the spec can't be read, `plan` where it has errors, `estimate` where it has no job.

    `plan` is as it would be deployed; in `trusted` prices that can't be right are unknown, and the estimate is of it.
    """

    file: str
    loaded: Loaded | None
    findings: tuple[Finding, ...]
    plan: ClusterPlan | None = None
    trusted: ClusterPlan | None = None
    estimate: Estimate | None = None


def read(path: Path, side: Side) -> Reading:
    """The spec at `path` of that side."""
    file = side.shown(path)
    files = (path, path.with_name(f"{path.stem}.lock.yaml"), *named(path))
    if links := [found for found in map(link, files) if found]:
        return Reading(file, None, tuple(map(side.told, links)))
    try:
        loaded = load_spec(path)
    except SpecError as error:
        return Reading(file, None, tuple(map(side.told, error.findings)))
    findings = tuple(map(side.told, check(loaded)))
    if any(finding.severity == "error" for finding in findings):
        return Reading(file, loaded, findings)
    plan = plan_checked(loaded)
    trusted = believed(plan)
    return Reading(file, loaded, findings, plan, trusted, estimate(trusted))
