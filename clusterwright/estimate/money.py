"""What a job costs: its machines for its time, the head, what waits afterwards, and what stands there all the while."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clusterwright.estimate.job import Job
from clusterwright.estimate.quantity import HOUR, SECOND, USD, USD_PER_HOUR, Figure, exactly, total, unknown
from clusterwright.plan.cloud import CloudGroupPlan, CloudHeadPlan, CloudPlan, PricePlan
from clusterwright.plan.costs import besides
from clusterwright.plan.model import ClusterPlan, GroupPlan
from clusterwright.spec.units import Moment


@dataclass(frozen=True)
class Cost:
    """A line of the bill, in USD."""

    name: str
    usd: Figure


@dataclass(frozen=True)
class Money:
    """`machines` is the sum of the head's and the groups' lines, `standing` the other line, `total` everything."""

    costs: tuple[Cost, ...]
    machines: Figure
    standing: Figure
    total: Figure


def money(plan: ClusterPlan, job: Job, time: Figure) -> Money:
    """What the job's time costs, by list prices; what is paid by use is in no line."""
    if not isinstance(plan, CloudPlan):
        nothing = unknown(USD, "nobody bills this machine")
        return Money((), nothing, nothing, nothing)
    machines = tuple(_machines(plan, job, time))
    others = Cost("all else that stands", _besides(plan, job, time))
    of_machines = total((cost.usd for cost in machines), USD, "head and groups")
    whole = total((of_machines, others.usd), USD, "for the job's time, without what is paid by use")
    return Money((*machines, others), of_machines, others.usd, whole)


def _nodes(group: GroupPlan, job: Job) -> int:
    """How many of a group run while the job does."""
    return job.nodes if group.name == job.group.name else group.nodes.min


def _besides(plan: CloudPlan, job: Job, time: Figure) -> Figure:
    """What storage, network, keys and alarms cost, and nodes beside the price of their machines."""
    hourly = besides(plan, {group.name: _nodes(group, job) for group in plan.groups})
    if hourly.unknown:
        return unknown(USD, f"the price of {', '.join(hourly.unknown)} is not known")
    return (exactly(float(hourly.usd_per_hour), USD_PER_HOUR, "list prices") * time).because(
        f"storage, network, disks, alarms: {hourly}"
    )


def _machines(plan: CloudPlan, job: Job, time: Figure) -> Iterable[Cost]:
    head = plan.head.price if isinstance(plan.head, CloudHeadPlan) else None
    yield Cost("head", (_price(head, plan.head.machine) * time).because("the whole time"))
    for group in plan.groups:
        if isinstance(group, CloudGroupPlan):
            yield from _group(group, _nodes(group, job), time)


def _group(group: CloudGroupPlan, nodes: int, time: Figure) -> Iterable[Cost]:
    """The lines of a group of which the job has `nodes`; those beyond the least number wait a while when it ends."""
    price = _price(group.price, group.machine)
    told = f"{nodes} x {_told(group.price)}"
    if block := _block(group):
        usd = group.nodes.max * price * block
        yield Cost(f"group {group.name}", usd.because(f"{group.nodes.max} x {_told(group.price)}, {block.basis}"))
        return
    if not nodes:
        return
    reserved = "; reserved ones cost as much while nobody uses them" if group.capacity.kind == "reservation" else ""
    yield Cost(f"group {group.name}", (nodes * price * time).because(told + reserved))
    if waiting := max(0, nodes - group.nodes.min):
        idle = exactly(group.slurm.idle_timeout, SECOND, "idle_timeout")
        yield Cost(f"group {group.name}, idle", (waiting * price * idle).because("until idle nodes end"))


def _block(group: CloudGroupPlan) -> Figure | None:
    """How long a block of capacity is, which is paid for as a whole when it is bought, used or not
    (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-blocks-pricing-billing.html); None for other kinds."""
    bought = group.capacity
    if bought.start is None or bought.end is None:
        return None
    length = (Moment.parse(bought.end) - Moment.parse(bought.start)).total_seconds()
    return exactly(length / HOUR.size, HOUR, f"the whole block of {length / HOUR.size:g} h, used or not")


def _price(price: PricePlan | None, machine: str) -> Figure:
    if price is None:
        return unknown(USD_PER_HOUR, f"the price of a {machine} is not known")
    return exactly(price.usd_per_hour, USD_PER_HOUR, f"{_told(price)}, {price.source}")


def _told(price: PricePlan | None) -> str:
    return f"{price.usd_per_hour:,.2f} USD an hour ({price.date})" if price else "an unknown price"
