"""The Pareto front: the candidates that no other beats in money, time and energy together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf, log
from typing import Protocol, TypeVar

from clusterwright.estimate.quantity import KWH, SECOND, USD, Figure, Unit

Way = TypeVar("Way")
Measures = tuple[float, float, float]
"""Money, time and energy as they are likely, in steps of STEP: what differs by less is equal."""
STEP = 1.01
"""A hundredth: estimates are much less sure than that, and a front of near twins is hard to read."""


class Measured(Protocol):
    """What has money, time and energy."""

    @property
    def usd(self) -> Figure: ...
    @property
    def time(self) -> Figure: ...
    @property
    def kwh(self) -> Figure: ...


def likely(figure: Figure, unit: Unit) -> float:
    """The likely value in `unit`. What is not known is taken for the worst, never for the best."""
    span = figure.to(unit).span
    return inf if span is None else span.likely


def measures(one: Measured) -> Measures:
    """Of a way to run the job: what its machines cost, its time, its energy."""
    usd, seconds, kwh = exact(one)
    return steps(usd), steps(seconds), steps(kwh)


def exact(one: Measured) -> Measures:
    """The same in USD, seconds and kWh."""
    return likely(one.usd, USD), likely(one.time, SECOND), likely(one.kwh, KWH)


def steps(value: float) -> float:
    """A value on a scale whose marks are STEP apart; what is nearer than that has one place on it."""
    return value if value in (0, inf) else round(log(value, STEP))


def dominates(one: Measures, other: Measures) -> bool:
    """Whether one is nowhere worse than the other, and somewhere better."""
    return one != other and all(mine <= theirs for mine, theirs in zip(one, other, strict=True))


def front(ways: Iterable[Way], of: Callable[[Way], Measured]) -> list[Way]:
    """Those that none of the others dominates, the cheapest first; of those that are equal in all, the cheapest.

    In that order what dominates another stands before it, so each is held against those that were kept alone.
    """
    kept: list[tuple[Measures, Way]] = []
    ranked = [(measures(of(one)), exact(of(one)), one) for one in ways]
    for mine, _, one in sorted(ranked, key=lambda row: row[:2]):
        if not any(other == mine or dominates(other, mine) for other, _ in kept):
            kept.append((mine, one))
    return [one for _, one in kept]
