"""All of a recommendation, as plain data: the Pareto front, what has no known price, and what was ruled out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from clusterwright.decide.capacity import Kind
from clusterwright.estimate.quantity import SECOND, USD, Figure, exactly
from clusterwright.recommend.candidate import Candidate
from clusterwright.recommend.front import front, likely, measures
from clusterwright.recommend.option import Option, option
from clusterwright.recommend.ruled import RuledOut, Tally
from clusterwright.recommend.search import Limits, candidates, refusal
from clusterwright.recommend.start import Start
from clusterwright.recommend.words import hours, usd
from clusterwright.spec.base import Provider
from clusterwright.spec.findings import SpecError

Best = Literal["cheapest", "fastest", "least energy"]
BESTS: tuple[Best, ...] = ("cheapest", "fastest", "least energy")
Holds = Literal["surely", "likely", "machines alone"]
UNCOUNTED: tuple[Kind, ...] = ("spot", "flex_start")
"""Kinds of capacity of which a time is not counted that may be long: interruptions, and the queue for machines."""


@dataclass(frozen=True)
class Unpriced:
    """What of one kind of capacity is within the deadline, at a price that nobody told us: how many ways, of which
    machine types, and the likely fastest of them."""

    provider: Provider
    kind: Kind
    machines: tuple[str, ...]
    ways: int
    fastest: Candidate


@dataclass(frozen=True)
class Recommendation:
    """`front` are the options that no other beats in money, time and energy, the cheapest first; `timed` are the best
    of those with GPUs that trainings were timed on, where the front has them not. `behind` is what the front beats."""

    held: Limits
    front: tuple[Option, ...]
    timed: tuple[Option, ...]
    unpriced: tuple[Unpriced, ...]
    ruled_out: tuple[RuledOut, ...]
    behind: tuple[Candidate, ...]

    def best(self, at: Best) -> Option | None:
        """The option of the front that is best at something; None where nothing is known to fit."""
        return next((one for one in self.front if at in one.better.split(", ")), None)


def recommend(starts: Iterable[Start], held: Limits, calibrated: bool = False) -> Recommendation:
    """Searches from each start; with `calibrated`, only GPUs that trainings were timed on.

    Every option of the front was written as a spec, checked by the rules and planned.
    """
    tally, found = Tally(), []
    for start in starts:
        found += [(start, one) for one in candidates(start, held, tally)]
    if calibrated:
        for _, one in found:
            if not one.course.calibrated:
                tally.note("uncalibrated", one.machine, 1)
        found = [(start, one) for start, one in found if one.course.calibrated]
    priced = [(start, one) for start, one in found if one.usd.known]
    options = _planned(priced, held, tally)
    on_front = {one.candidate for one in options}
    behind = tuple(one for _, one in priced if one not in on_front)
    for one in behind:
        tally.note("worse", one.machine, 1)
    return Recommendation(
        held=held,
        front=_explained(options),
        timed=_timed(priced, options, held),
        unpriced=tuple(_unpriced(found)),
        ruled_out=tally.rows,
        behind=behind,
    )


def _planned(priced: list[tuple[Start, Candidate]], held: Limits, tally: Tally) -> list[Option]:
    """The front as options. What a rule refuses leaves `priced`, and the front is made anew without it."""
    made: dict[Candidate, Option] = {}
    while True:
        kept = front(priced, lambda pair: pair[1])
        refused = None
        for start, one in kept:
            if one in made:
                continue
            try:
                made[one] = option(start, one, held)
            except SpecError as error:
                tally.note("refused", one.machine, 1, detail=refusal(error))
                refused = one
                break
        if refused is None:
            return [made[one] for _, one in kept]
        priced[:] = [pair for pair in priced if pair[1] is not refused]


def _explained(options: Sequence[Option]) -> tuple[Option, ...]:
    """The options with what each is best at, or why it is there."""
    if not options:
        return ()
    frugal = [one for one in options if one.kwh.known]
    ranked = {
        "cheapest": min(options, key=measures),
        "fastest": min(options, key=lambda one: (measures(one)[1], measures(one)[0])),
        "least energy": min(frugal, key=lambda one: (measures(one)[2], measures(one)[0]), default=None),
    }
    return tuple(_reason(one, [name for name in BESTS if ranked[name] is one], options[0]) for one in options)


def _reason(one: Option, best: Sequence[Best], cheapest: Option) -> Option:
    better = ", ".join(best)
    if one is cheapest:
        return replace(one, better=better, why=better)
    more = exactly(max(0.0, likely(one.usd, USD) - likely(cheapest.usd, USD)), USD, "the difference")
    sooner = exactly(max(0.0, likely(cheapest.time, SECOND) - likely(one.time, SECOND)), SECOND, "the difference")
    faster = measures(one)[1] < measures(cheapest)[1]
    why = f"{usd(more)} more than the cheapest, " + (f"{hours(sooner)} sooner" if faster else "with less energy")
    return replace(one, better=better, why=f"{better}: {why}" if better else why)


def _timed(priced: Sequence[tuple[Start, Candidate]], options: Sequence[Option], held: Limits) -> tuple[Option, ...]:
    """The cheapest, the fastest and the one with least energy of those with GPUs that were timed."""
    if any(one.estimate.calibrated for one in options):
        return ()
    pairs = [pair for pair in priced if pair[1].course.calibrated]
    best = _explained(_planned(pairs, held, Tally()))
    return tuple(one for one in best if one.better)


def _unpriced(found: Iterable[tuple[Start, Candidate]]) -> Iterable[Unpriced]:
    by: dict[tuple[Provider, Kind], list[Candidate]] = {}
    for start, one in found:
        if not one.usd.known:
            by.setdefault((start.provider, one.kind), []).append(one)
    for (provider, kind), ones in by.items():
        names = tuple(dict.fromkeys(one.machine for one in ones))
        yield Unpriced(provider, kind, names, len(ones), min(ones, key=lambda one: likely(one.time, SECOND)))


def in_time(one: Option, held: Limits) -> Holds | None:
    """Whether the deadline holds at the high end of the range too, or as it is likely; None without one."""
    return _holds(one.time, held.deadline, one.candidate.kind)


def in_budget(one: Option, held: Limits) -> Holds | None:
    """Whether the budget does; where another price than the machines' is not known, it holds for them alone."""
    if held.budget is not None and not one.total.known:
        return "machines alone"
    return _holds(one.total, held.budget, one.candidate.kind)


def _holds(figure: Figure, limit: Figure | None, kind: Kind) -> Holds | None:
    """Of what is bought in a way of which a time is not counted, no limit holds surely."""
    if limit is None or limit.span is None:
        return None
    high = figure.to(limit.unit).span
    return "surely" if high and high.high <= limit.span.likely and kind not in UNCOUNTED else "likely"
