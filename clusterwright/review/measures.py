"""The table of before and after: machines, network, storage, money, time and energy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from clusterwright.catalog.machines import machine
from clusterwright.estimate.estimate import Estimate
from clusterwright.estimate.money import hourly
from clusterwright.estimate.quantity import HOUR, ONE, USD_PER_HOUR, Figure, exactly, unknown
from clusterwright.plan.cloud import CloudGroupPlan, CloudHeadPlan, CloudPlan
from clusterwright.plan.costs import total
from clusterwright.plan.model import ClusterPlan, GroupPlan, StoragePlan
from clusterwright.review.model import Measure
from clusterwright.review.prices import Aged, aged, doubt
from clusterwright.review.reading import Reading
from clusterwright.words import counted

HOURLY, MACHINES_HOURLY = "everything an hour, groups full", "machines an hour, groups full"
HOURS = "job hours"
Value = Figure | str | None
Plans = tuple[ClusterPlan | None, ClusterPlan | None]


def measures(before: Reading | None, after: Reading | None, date: str) -> tuple[Measure, ...]:
    """Every row in which either side has something; `date` is the day that prices are judged on. None of a head that
    has no plan: what it can't say is not gone."""
    if after is not None and after.plan is None:
        return ()
    plans = before and before.trusted, after and after.trusted
    rows = [*_made(*plans), *_money(*plans, date), *_job(before, after, date)]
    return tuple(row for row in rows if row.before is not None or row.after is not None)


def _both(name: str, plans: Plans, of: Callable[[ClusterPlan], Value]) -> Measure:
    before, after = (of(plan) if plan else None for plan in plans)
    return Measure(name, before, after)


def _made(*plans: ClusterPlan | None) -> Iterator[Measure]:
    sides = plans[0], plans[1]
    yield _both("head", sides, lambda plan: plan.head.machine)
    names = dict.fromkeys(group.name for plan in plans if plan for group in plan.groups)
    for name in names:
        yield _both(f"group {name}", sides, lambda plan, name=name: _group(plan, name))
    yield _both("nodes", sides, lambda plan: _count(group.nodes.max for group in plan.groups))
    yield _both("GPUs", sides, lambda plan: _count(group.nodes.max * group.gpus for group in plan.groups))
    for name in names:
        yield _both(f"network of {name}", sides, lambda plan, name=name: _network(plan, name))
    for name in dict.fromkeys(storage.name for plan in plans if plan for storage in plan.storage):
        yield _both(f"storage {name}", sides, lambda plan, name=name: _storage(plan, name))


def _count(each: Iterable[int]) -> Figure:
    return exactly(sum(each), ONE, "all groups full")


def _found(plan: ClusterPlan, name: str) -> GroupPlan | None:
    return next((group for group in plan.groups if group.name == name), None)


def _group(plan: ClusterPlan, name: str) -> str | None:
    group = _found(plan, name)
    if group is None:
        return None
    least = f"{group.nodes.min} to " if group.nodes.min < group.nodes.max else ""
    bought = f", {group.capacity.kind.replace('_', ' ')}" if isinstance(group, CloudGroupPlan) else ""
    return f"{least}{group.nodes.max} x {group.machine}{bought}"


def _network(plan: ClusterPlan, name: str) -> str | None:
    """How nodes of a group reach each other, and how much a node can send."""
    group = _found(plan, name)
    if not isinstance(group, CloudGroupPlan):
        return None
    row = machine(plan.provider, group.machine)
    speed = f", {row.network_gbps:g} Gbit/s a node" if row and row.network_gbps else ""
    return f"{'Ethernet' if group.fabric == 'none' else group.fabric.upper()}{speed}"


def _storage(plan: ClusterPlan, name: str) -> str | None:
    storage = next((storage for storage in plan.storage if storage.name == name), None)
    if storage is None:
        return None
    size = _size(storage)
    fate = "kept" if storage.on_destroy == "keep" else "deleted"
    return f"{storage.kind}{f', {size:,} GiB' if size else ''}, {fate} on destroy"


def _size(storage: StoragePlan) -> int | None:
    size = getattr(storage, "size_gib", None)
    return size if size else getattr(getattr(storage, "disk", None), "size_gib", None)


def _money(before: ClusterPlan | None, after: ClusterPlan | None, date: str) -> Iterator[Measure]:
    if not (isinstance(before, CloudPlan) or isinstance(after, CloudPlan)):
        return
    for name, of, full, besides in (
        (MACHINES_HOURLY, _machines_hourly, True, False),
        (HOURLY, lambda plan: _everything(plan, _full(plan)), True, True),
        ("an hour with no node running", lambda plan: _everything(plan, {}), False, True),
    ):
        ages = tuple(aged(plan, date, full=full, besides=besides) for plan in (before, after))
        row = _both(name, (before, after), lambda plan, of=of: of(plan) if isinstance(plan, CloudPlan) else None)
        yield doubted(row, ages)


def _full(plan: CloudPlan) -> dict[str, int]:
    return {group.name: group.nodes.max for group in plan.groups}


def _everything(plan: CloudPlan, nodes: dict[str, int]) -> Figure:
    """What the whole cluster costs an hour; where that is unknown, its reason says what the known part is."""
    found = total(plan, nodes)
    made = hourly(found)
    return made if made.known else unknown(made.unit, f"{made.basis}; the rest is {found}")


def _machines_hourly(plan: CloudPlan) -> Figure:
    priced = [(plan.head.machine, 1, plan.head.price)] if isinstance(plan.head, CloudHeadPlan) else []
    priced += [(g.machine, g.nodes.max, g.price) for g in plan.groups if isinstance(g, CloudGroupPlan) and g.nodes.max]
    if missing := [name for name, _, price in priced if price is None]:
        return unknown(USD_PER_HOUR, f"the price of {', '.join(dict.fromkeys(missing))} is not known")
    known = [(count * price.usd_per_hour, price.date) for _, count, price in priced if price]
    oldest = min(date for _, date in known)
    return exactly(sum(usd for usd, _ in known), USD_PER_HOUR, f"list prices, the oldest of {oldest}")


def doubted(row: Measure, ages: tuple[Aged, ...], hours: tuple[float, float] = (1.0, 1.0)) -> Measure:
    """The row, with why its difference is not to be believed, if it is not. `ages` are those of both sides."""
    usd = likely(row.before), likely(row.after)
    why = None if row.difference is None else doubt(ages[0], ages[1], usd, hours)
    return Measure(row.name, row.before, row.after, why)


def _job(before: Reading | None, after: Reading | None, date: str) -> Iterator[Measure]:
    one, other = before and before.estimate, after and after.estimate

    def row(name: str, of: Callable[[Estimate], Value]) -> Measure:
        return Measure(name, of(one) if one else None, of(other) if other else None)

    yield row("job", lambda made: f"{made.model} on {counted(made.ranks, 'rank')}, {made.precision}")
    time = row(HOURS, lambda made: made.time.to(HOUR))
    yield time
    hours = likely(time.before), likely(time.after)
    plans = before and before.trusted, after and after.trusted
    if any(isinstance(plan, CloudPlan) for plan in plans):
        machines, every = (tuple(aged(plan, date, besides=each) for plan in plans) for each in (False, True))
        yield doubted(row("job cost, machines", lambda made: made.money.machines), machines, hours)
        yield doubted(row("job cost, everything", lambda made: made.money.total), every, hours)
    yield row("job energy", lambda made: made.energy.energy)
    yield row("job emissions", lambda made: made.energy.emissions)


def likely(value: Value) -> float:
    return value.span.likely if isinstance(value, Figure) and value.span else 0.0
