"""The spend guard: price × hours of every machine that is seen, held against the limit of the budget.

What is counted is the list price of machines alone; storage, traffic and requests are the cloud's bill. The count lies
on the head's state volume, so that a replaced head goes on with it: the bucket's is a place where a job may write. The
time for which there was no head is counted too, with the machines that were there before it: they went on costing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from clusterwright.node.files import Damaged, read_json, write_json

COUNT = Path("/srv/clusterwright/spend.json")
SAVE = 60.0  # seconds between two writes: what a replaced head may count twice or not at all
HEAD = "head"


@dataclass(frozen=True)
class Budget:
    """`limit` in USD; `alerts` are shares of it in percent at which the report says so."""

    limit: float | None = None
    alerts: Sequence[int] = ()
    scale_to_zero: bool = False


@dataclass(frozen=True)
class Spend:
    """What was spent from `since` until `time` (unix seconds), and the machines at `time` by group.

    `unpriced` are hours of machines whose price is not known: they are not in `usd`.
    """

    since: float
    time: float
    usd: float = 0.0
    unpriced: float = 0.0
    machines: Mapping[str, int] = field(default_factory=dict)
    stopped: float | None = None


def count(before: Spend, machines: Mapping[str, int], prices: Mapping[str, float | None], now: float) -> Spend:
    """What is spent at `now`; `prices` are USD an hour by group, None where not known.

    A machine that came or went in between is counted for the whole time: never less than what it costs.
    """
    hours = max(0.0, now - before.time) / 3600
    usd, unpriced = before.usd, before.unpriced
    for group in {*before.machines, *machines}:
        seen = hours * max(before.machines.get(group, 0), machines.get(group, 0))
        price = prices.get(group)
        usd, unpriced = (usd, unpriced + seen) if price is None else (usd + seen * price, unpriced)
    return replace(before, time=max(now, before.time), usd=usd, unpriced=unpriced, machines=dict(machines))


def verdict(spend: Spend, budget: Budget) -> Spend:
    """The same with `stopped` set to when the limit was reached; a raised limit takes it back."""
    if budget.limit is None or spend.usd < budget.limit:
        return replace(spend, stopped=None)
    return spend if spend.stopped is not None else replace(spend, stopped=spend.time)


def notes(spend: Spend, budget: Budget, prices: Mapping[str, float | None]) -> list[str]:
    """Sentences for the report: what cannot be guarded, which alerts are reached, that the limit is."""
    said = []
    unknown = sorted(group for group, price in prices.items() if price is None)
    if unknown and budget.limit is not None:
        said.append(
            f"the limit of {budget.limit:.2f} USD cannot be guarded: no price is known for {', '.join(unknown)}; "
            "only the others are counted"
        )
    if budget.limit is None:
        return said
    if spend.stopped is not None:
        return [*said, stop_reason(spend, budget)]
    reached = [share for share in sorted(budget.alerts) if spend.usd >= budget.limit * share / 100]
    if reached:
        said.append(f"{spend.usd:.2f} USD spent, over {reached[-1]} % of the limit of {budget.limit:.2f} USD")
    return said


def stop_reason(spend: Spend, budget: Budget) -> str:
    reached = f"the spend limit of {budget.limit or 0.0:.2f} USD is reached ({spend.usd:.2f} USD)"
    return f"{reached}: raise budget.limit and deploy"


def still_costs(prices: Mapping[str, float | None]) -> dict[str, float | None]:
    """USD a day by name when no group has a machine any more; None where not known, as what storage costs never is."""
    head = prices.get(HEAD)
    return {HEAD: None if head is None else round(head * 24, 2), "storage": None}


class Guard:
    """Counts at each step and keeps the count in `file`. `spend` is the last count, None while there is none."""

    def __init__(self, budget: Budget, prices: Mapping[str, float | None], file: Path = COUNT) -> None:
        self._file = file
        self.budget = budget
        self.prices = prices
        self.spend: Spend | None = None
        self._saved: Spend | None = None

    @property
    def closed(self) -> bool:
        """Whether nothing may start: the limit is reached, or what is to be held against it can't be had."""
        if self.spend is None:
            return self.budget.limit is not None
        return self.spend.stopped is not None

    def step(self, machines: Mapping[str, int], now: float) -> None:
        """`machines` by group, without the head: that is always one. Raises OSError, Damaged when no count can be had.

        A group that nobody could look at yet has what it had when it was counted last.
        """
        before = self.spend or self._read(now)
        had = {group: number for group, number in before.machines.items() if group in self.prices}
        self.spend = verdict(count(before, {**had, **machines, HEAD: 1}, self.prices, now), self.budget)

    def save(self) -> None:
        """Keep what was counted, at once where it matters and else now and then. Raises OSError."""
        spend, saved = self.spend, self._saved
        if spend is not None and (
            saved is None
            or saved.stopped != spend.stopped
            or saved.machines != spend.machines
            or spend.time - saved.time >= SAVE
        ):
            write_json(self._file, asdict(spend))
            self._saved = spend

    def told(self, spend: Spend) -> dict[str, Any]:
        """What the report says. Of what has no price at all, the sum is not known rather than zero."""
        known = {group: price for group, price in self.prices.items() if price is not None}
        running = {group: number for group, number in spend.machines.items() if number}
        hourly = sum(known[group] * number for group, number in running.items() if group in known)
        return {
            "usd": round(spend.usd, 4) if known else None,
            "usd_per_hour": round(hourly, 4) if running.keys() <= known.keys() else None,
            "limit_usd": self.budget.limit,
            "since": spend.since,
            "unpriced_machine_hours": round(spend.unpriced, 3),
            "notes": notes(spend, self.budget, self.prices),
        }

    def _read(self, now: float) -> Spend:
        value = read_json(self._file)
        if value is None:
            return Spend(since=now, time=now)
        try:
            return Spend(**{name: value[name] for name in Spend.__dataclass_fields__})
        except KeyError as error:
            raise Damaged(f"{self._file} lacks {error}: remove it to begin counting anew") from error
