"""The words that every format says the same things with, and the order they are said in: the gravest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from clusterwright.estimate.quantity import KWH, SECOND, USD, Dimension, Figure
from clusterwright.review.model import (
    Alternative,
    Effect,
    Level,
    Measure,
    SecurityChange,
    StackReview,
    Status,
    gravity,
)
from clusterwright.spec.base import Change
from clusterwright.spec.findings import Finding, Severity

LEVELS: dict[Level, str] = {
    "stop": "Can't be deployed",
    "look": "Look before you merge",
    "fine": "Nothing to decide",
}
CHANGES: dict[Change, str] = {
    "data_loss": "its data is lost",
    "replace": "machines are made anew",
    "rolling": "nodes take it over one after the other",
    "in_place": "changed in place",
    "nothing": "no machine is touched",
}
STATUSES: dict[Status, str] = {
    "added": "a new stack",
    "removed": "its spec is removed",
    "changed": "changed",
    "unchanged": "unchanged",
    "unreadable": "its spec can't be read",
}
ENOUGH = {True: "enough", False: "not enough", None: "unknown"}
WEAKER = {True: "weaker", False: "stronger", None: "neither way"}

_CLAIMS: dict[str, Dimension] = {
    "cheaper": USD.dimension,
    "faster": SECOND.dimension,
    "less energy": KWH.dimension,
}
"""What the measures are of that bear out how an alternative is better: the whole job's money, not an hour's."""


def by_gravity(stacks: Iterable[StackReview]) -> list[StackReview]:
    """The stacks that stop a deployment first, those with nothing to decide last; else in the order given."""
    levels = list(LEVELS)
    return sorted(stacks, key=lambda stack: levels.index(stack.verdict.level))


def effects_by_gravity(effects: Iterable[Effect]) -> list[Effect]:
    """What puts data at risk first, then by what becomes of the part."""
    return sorted(effects, key=lambda effect: (effect.data is None, gravity(effect.action)))


def findings_by_gravity(findings: Iterable[Finding]) -> list[Finding]:
    severities = get_args(Severity)
    return sorted(findings, key=lambda finding: severities.index(finding.severity))


def security_by_gravity(changes: Iterable[SecurityChange]) -> list[SecurityChange]:
    return sorted(changes, key=lambda change: (True, None, False).index(change.weaker))


def better(alternative: Alternative) -> str | None:
    """In which way it is better, if its measures bear that out: none that it rests on is in doubt or unknown, and one
    at least is less. None: that can't be said."""
    claimed = _CLAIMS.get(alternative.better)
    differences = [measure.difference for measure in alternative.measures if _is_of(measure, claimed)]
    if None in differences or not any(difference < 0 for difference in differences if difference is not None):
        return None
    return alternative.better


def _is_of(measure: Measure, dimension: Dimension | None) -> bool:
    """Whether it is a quantity of that dimension; None is any."""
    sides = (side for side in (measure.before, measure.after) if isinstance(side, Figure))
    return any(dimension in (None, side.unit.dimension) for side in sides)


def missing(side: str | None) -> str:
    """A side of a change in words."""
    return "none" if side is None else side
