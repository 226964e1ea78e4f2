"""Something better for the same job: other machines, or another number of them, of the same cloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from math import exp, sqrt
from typing import Any

from clusterwright.catalog.machines import Machine, machine, names
from clusterwright.decide.prices import price_of
from clusterwright.estimate.calibration import trainings
from clusterwright.estimate.efficiency import FLOOR, UNSEEN
from clusterwright.estimate.estimate import Estimate
from clusterwright.estimate.quantity import SECOND, USD
from clusterwright.recommend import written
from clusterwright.recommend.candidate import Candidate
from clusterwright.recommend.front import likely
from clusterwright.recommend.option import Option, option
from clusterwright.recommend.ruled import Tally
from clusterwright.recommend.search import YOURS, Limits, base, limits, of_machine
from clusterwright.recommend.start import Start, of_stack
from clusterwright.recommend.words import hours, usd
from clusterwright.spec.compute import GroupSpec
from clusterwright.spec.findings import SpecError
from clusterwright.spec.load import Loaded

MOST_TRIED = 3
"""How many are written and planned, should a rule refuse the best: a review waits for it."""
SAME_GPU, OTHER_GPU = exp(-FLOOR), exp(-sqrt(FLOOR**2 + UNSEEN**2))
"""What an alternative takes at most of the money, or of the time, to be called better: 0.89 with the same kind of GPU,
0.72 with another. FLOOR is what two runs of one training differ by, UNSEEN what kinds of GPU do from one another: what
is nearer than that may as well be noise of the estimate. With the same kind, its own errors are on both sides."""


def alternative(loaded: Loaded, made: Estimate | None) -> Option | None:
    """Something cheaper than what `made` says of the plan of `loaded`, or faster; None where nothing is.

    Cheaper: its machines cost less by more than the noise, and it likely keeps the spec's deadline, or takes no longer
    where there is none. Faster: it takes less time by more than the noise, and its machines likely cost no more. Only
    prices that are known are held against each other, and another kind of GPU only where trainings on both were timed.
    What was reserved is paid for whether it is used or not, so then there is none.
    """
    if made is None or loaded.spec.provider == "local" or not made.money.machines.known or not made.time.known:
        return None
    start = of_stack(loaded)
    if start.bought is not None and start.bought.kind in YOURS:
        return None
    for better, one in islice(_better(start, made), MOST_TRIED):
        try:
            found = option(start, one, Limits())
        except SpecError:  # a rule refuses that many of them; the next may be right
            continue
        return replace(found, better=better, why=_why(better, found, made), spec=written.dumped(_part(start, one)))
    return None


def _better(start: Start, made: Estimate) -> Iterator[tuple[str, Candidate]]:
    """All that is cheaper, the cheapest first, then all that is faster."""
    now, seconds = likely(made.money.machines, USD), likely(made.time, SECOND)
    held = limits(start.spec.budget.deadline, start.spec.budget.limit)
    longest = likely(held.deadline, SECOND) if held.deadline else seconds
    found = [(likely(one.usd, USD), likely(one.time, SECOND), noise(start, one), one) for one in _near(start, held)]
    cheap = [(costs, takes, one) for costs, takes, most, one in found if costs < most * now and takes <= longest]
    fast = [(takes, costs, one) for costs, takes, most, one in found if takes < most * seconds and costs <= now]
    for better, ones in (("cheaper", cheap), ("faster", fast)):
        for *_, one in sorted(ones, key=lambda ranked: ranked[:2]):
            yield better, one


def noise(start: Start, one: Candidate) -> float:
    """What `one` takes at most of what the spec's machines take, to be better by more than noise."""
    return SAME_GPU if one.job.group.gpu_kind == _gpu(start) else OTHER_GPU


def _gpu(start: Start) -> str | None:
    row = machine(start.provider, start.machine or "")
    return row.gpus.kind if row and row.gpus else None


def _near(start: Start, held: Limits) -> Iterator[Candidate]:
    """Ways to use the machine types that can be compared, bought as the spec's are, at known prices."""
    kind = start.bought.kind if start.bought else "on_demand"
    for name, row in _cheapest(start):
        if plan := base(start, name, row, Tally()):
            yield from (
                one for one in of_machine(start, plan, row, held, Tally()) if one.kind == kind and one.usd.known
            )


def _cheapest(start: Start) -> list[tuple[str, Machine]]:
    """Of each kind of GPU and number of them in a machine the cheapest type, for the rest of it changes little."""
    gpu = _gpu(start)
    timed = {row.device for row in trainings()}
    comparable = timed | {gpu} if gpu in timed else {gpu}
    best: dict[tuple[str, int], tuple[float, str, Machine]] = {}
    for name in names(start.provider):
        row = machine(start.provider, name)
        if row is None or row.gpus is None or row.gpus.kind not in comparable:
            continue
        bought = start.bought.model_dump() if start.bought else None
        part = GroupSpec.model_validate({"name": start.group, "machine": name, "capacity": bought})
        if known := price_of(start.spec, start.lock, part):
            key, ranked = (row.gpus.kind, row.gpu_count), (known.usd_per_hour, name, row)
            best[key] = min(best.get(key, ranked), ranked, key=lambda one: one[:2])
    return [(name, row) for _, name, row in best.values()]


def _part(start: Start, one: Candidate) -> dict[str, Any]:
    """The group as it would be, and what of the job goes with it."""
    job = written.job_part(start, one)
    return {"groups": [written.group(start, one)]} | ({"job": job} if job else {})


def _why(better: str, found: Option, made: Estimate) -> str:
    """The numbers of both, as they are likely."""
    uncalibrated = "" if found.estimate.calibrated else "; no training on such a GPU was timed"
    now = f"{usd(made.money.machines)} in {hours(made.time)}"
    return f"{better}, by its machines: likely {usd(found.usd)} in {hours(found.time)}, not {now}{uncalibrated}"
