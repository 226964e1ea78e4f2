"""The Pareto front: the candidates that no other beats in money, time and energy together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf
from typing import Protocol, TypeVar

from clusterwright.estimate.quantity import KWH, SECOND, USD, Figure, Unit

Any = TypeVar("Any")
Measures = tuple[float, float, float]
"""USD, seconds and kWh, as they are likely."""


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
    return inf if figure.span is None else (figure.to(unit).span or figure.span).likely


def measures(one: Measured) -> Measures:
    """USD, seconds and kWh of a way to run the job, each as it is likely."""
    return likely(one.usd, USD), likely(one.time, SECOND), likely(one.kwh, KWH)


def dominates(one: Measures, other: Measures) -> bool:
    """Whether one is nowhere worse than the other, and somewhere better."""
    return one != other and all(mine <= theirs for mine, theirs in zip(one, other, strict=True))


def front(candidates: Iterable[Any], measured: Callable[[Any], Measures]) -> list[Any]:
    """Those that none of the others dominates, the cheapest first; of those that are equal in all, the first.

    In that order what dominates another stands before it, so each is held against those that were kept alone.
    """
    kept: list[tuple[Measures, Any]] = []
    for one in sorted(candidates, key=measured):
        mine = measured(one)
        if not any(other == mine or dominates(other, mine) for other, _ in kept):
            kept.append((mine, one))
    return [one for _, one in kept]
