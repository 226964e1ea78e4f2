"""The search: machine types x node counts x ways of sharing x kinds of capacity, held against limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import Any

from clusterwright.catalog.aws import AwsMachine
from clusterwright.catalog.gcp import GcpMachine
from clusterwright.catalog.machines import Machine, machine, names
from clusterwright.decide.capacity import Kind
from clusterwright.decide.memory import Sharing, memory, settled, usable, ways
from clusterwright.estimate.quantity import SECOND, USD, Figure, exactly
from clusterwright.plan.cloud import CloudPlan, PricePlan, price
from clusterwright.plan.model import CapacityPlan
from clusterwright.recommend.candidate import Candidate, Timed, candidate, group_of, timed, with_nodes
from clusterwright.recommend.front import likely, steps
from clusterwright.recommend.planning import plan_of
from clusterwright.recommend.ruled import Tally
from clusterwright.recommend.start import Start, model
from clusterwright.rules.aws_capacity import USAGE
from clusterwright.rules.gcp_capacity import LONGEST, SHORTEST
from clusterwright.spec.compute import GroupSpec
from clusterwright.spec.findings import SpecError
from clusterwright.spec.load import Loaded
from clusterwright.spec.units import Moment

COUNTS = tuple(sorted({2**power for power in range(9)} | {3 * 2**power for power in range(7)}))
"""Numbers of nodes that are tried: the powers of two to 256, and what lies between two of them."""
YOURS: tuple[Kind, ...] = ("reservation", "capacity_block")
"""Kinds of capacity that take an id which the account alone knows."""
KINDS: tuple[Kind, ...] = (*YOURS, "on_demand", "spot", "flex_start")
"""In the order of preference among what costs the same: what is set aside is there when it is wanted."""
LATER = ("CW-JOB-020", "CW-JOB-021")
"""Rules of memory: the plan of one node is what others are copied from, and more may hold what one does not."""


@dataclass(frozen=True)
class Limits:
    """What a job may take: `deadline` in s, `budget` in USD; None is no limit."""

    deadline: Figure | None = None
    budget: Figure | None = None


def limits(deadline: int | None, budget: int | None) -> Limits:
    """Limits of so many seconds and cents."""
    return Limits(
        None if deadline is None else exactly(deadline, SECOND, "the deadline"),
        None if budget is None else exactly(budget / 100, USD, "the budget"),
    )


def candidates(start: Start, held: Limits, tally: Tally) -> Iterator[Candidate]:
    """All ways to run the job within its deadline and its budget, whether or not their price is known."""
    for name in names(start.provider):
        row = machine(start.provider, name)
        if row is None or row.gpus is None:
            tally.note("no_gpus", name)
        elif plan := base(start, name, row, tally):
            yield from of_machine(start, plan, row, held, tally)


def base(start: Start, name: str, row: Machine, tally: Tally) -> CloudPlan | None:
    """The plan of one node of that machine type; None where there can be none."""
    zone = start.zone(name)
    if zone is None:
        tally.note("not_offered", name)
        return None
    sold: list[Kind] = [kind for kind in kinds(row) if kind not in YOURS]
    capacity = _own(start, name) if not sold else spelled(sold[0])
    if capacity is None:
        tally.note("reservation", name)
        return None
    spec = model(_data(start, name, zone, capacity))
    try:
        return plan_of(Loaded(spec, lock=start.lock))
    except SpecError as error:
        tally.note("refused", name, detail=refusal(error))
        return None


def refusal(error: SpecError) -> str:
    """What a rule found first, with its code."""
    first = error.findings[0]
    return f"{first.code}: {first.what}"


def _data(start: Start, name: str, zone: str, capacity: Mapping[str, Any]) -> dict[str, Any]:
    """The spec of one node, without limits of money and time, which are not this plan's to hold."""
    groups = list(start.data["groups"])
    groups[start.index] = {**groups[start.index], "machine": name, "nodes": 1, "capacity": capacity}
    later = [{"rule": rule, "because": "decided with the number of nodes"} for rule in LATER]
    accept = [*start.data.get("accept", ()), *later]
    return {**start.data, "zone": zone, "groups": groups, "accept": accept, "budget": {}}


def kinds(row: Machine) -> tuple[Kind, ...]:
    """The kinds of capacity that a machine type is sold as; on demand where that is not known."""
    if isinstance(row, AwsMachine):
        return tuple(kind for kind in KINDS if kind in USAGE and USAGE[kind] in row.usage)
    sold = row.capacity if isinstance(row, GcpMachine) else None
    return tuple(kind for kind in KINDS if kind in sold) if sold else ("on_demand",)


def spelled(kind: Kind, seconds: float = 0) -> dict[str, Any]:
    """A kind of capacity as a spec has it; flex-start machines for as many hours as the job takes at most."""
    if kind != "flex_start":
        return {"kind": kind}
    hours = min(max(ceil(seconds / 3600), ceil(SHORTEST / 3600)), LONGEST // 3600)
    return {"kind": kind, "duration": f"{hours} h"}


def _own(start: Start, name: str) -> Mapping[str, Any] | None:
    """The stack's own reservation or block, if it is of that machine type."""
    if start.bought is None or start.bought.kind not in YOURS or start.machine != name:
        return None
    return start.bought.model_dump(mode="json", exclude_unset=True)


def of_machine(
    start: Start, plan: CloudPlan, row: Machine, held: Limits, tally: Tally, counts: Sequence[int] = COUNTS
) -> Iterator[Candidate]:
    """The ways to use a machine type, of which `plan` has one node. `counts` go up."""
    name = group_of(plan).machine
    sold = _offers(start, name, row, tally)
    for nodes in counts:
        ranks = nodes * row.processes_per_node
        if ranks > start.job.pretrain["batch"]:
            tally.note("batch", name, len(sold))
            continue
        fits = fitting(start, row, ranks)
        if not fits:
            tally.note("memory", name, len(sold))
            continue
        goes = fastest(plan, nodes, start.least, fits)
        if not goes.course.time.known:
            tally.note("speed", name, detail=goes.course.time.basis)
            return
        yield from _within(start, goes, sold, held, tally)


def _offers(start: Start, name: str, row: Machine, tally: Tally) -> list[tuple[Kind, PricePlan | None]]:
    """How a machine type can be bought, with the prices that are known."""
    offers: list[tuple[Kind, PricePlan | None]] = []
    for kind in kinds(row):
        capacity = _own(start, name) if kind in YOURS else spelled(kind)
        if capacity is None or capacity["kind"] != kind:
            tally.note("reservation", name)
        else:
            part = GroupSpec.model_validate({"name": start.group, "machine": name, "capacity": capacity})
            offers.append((kind, price(start.spec, start.lock, part)))
    return offers


def fitting(start: Start, row: Machine, ranks: int) -> list[Sharing]:
    """The ways of sharing with which the model fits; those that compute again only where no other does.

    What the spec says of it stays.
    """
    job, room, given = settled(start.job, row), usable(row), start.given
    options = ways(job.own, given.sharding, given.recompute)
    fit = [one for one in options if room is not None and memory(job, ranks, one).total <= room]
    return [one for one in fit if not one.recompute] or fit


def fastest(plan: CloudPlan, nodes: int, least: int | None, ways: Sequence[Sharing]) -> Timed:
    """That many nodes with the way of sharing that is likely the fastest, the simplest where several are."""
    tried = [timed(with_nodes(plan, nodes, least, way)) for way in ways]
    return min(tried, key=lambda one: steps(likely(one.course.time, SECOND)))


def _within(
    start: Start, goes: Timed, sold: Sequence[tuple[Kind, PricePlan | None]], held: Limits, tally: Tally
) -> Iterator[Candidate]:
    """What of `sold` is within the limits, as it is likely."""
    name, seconds = goes.job.group.machine, likely(goes.course.time, SECOND)
    if held.deadline is not None and seconds > (allowed := likely(held.deadline, SECOND)):
        told = f"{goes.job.nodes} x {name}, {seconds / 3600:,.1f} h"
        tally.note("deadline", name, len(sold), nearest=(seconds / allowed, told))
        return
    for kind, each in sold:
        if kind in YOURS and goes.job.nodes > start.nodes:
            tally.note("reservation", name, 1)
            continue
        capacity = _own(start, name) if kind in YOURS else spelled(kind, _high(goes))
        one = candidate(goes, capacity or {}, _planned(capacity or {}), each)
        if seconds > runs_for(one):
            tally.note("duration", name, 1)
        elif held.budget is not None and one.usd.known and (usd := spent(one)) > (most := likely(held.budget, USD)):
            tally.note("budget", name, 1, nearest=(usd / most, f"{one.named}, {usd:,.0f} USD"))
        else:
            yield one


def spent(one: Candidate) -> float:
    """USD that count against a budget, as they are likely: all, or the machines' where another price is not known."""
    return likely(one.total if one.total.known else one.usd, USD)


def _high(goes: Timed) -> float:
    return goes.course.time.span.high if goes.course.time.span else inf


def _planned(capacity: Mapping[str, Any]) -> CapacityPlan:
    """Capacity as a plan has it."""
    return CapacityPlan.model_validate(
        {key: 3600 * int(value.split()[0]) if key == "duration" else value for key, value in capacity.items()}
    )


def runs_for(one: Candidate) -> float:
    """How long such machines run at most, in s."""
    bought = group_of(one.plan).capacity
    if bought.start and bought.end:
        return (Moment.parse(bought.end) - Moment.parse(bought.start)).total_seconds() - 1800
    return bought.duration if bought.duration else inf
