"""What a job costs: its machines for its time, the head, what waits afterwards, and what stands there all the while."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clusterwright.estimate.quantity import HOUR, SECOND, USD, USD_PER_HOUR, Figure, exactly, total, unknown
from clusterwright.plan.cloud import CloudGroupPlan, CloudHeadPlan, CloudPlan, PricePlan
from clusterwright.plan.costs import Total, besides
from clusterwright.plan.costs import total as total_of
from clusterwright.plan.model import ClusterPlan
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


def money(plan: ClusterPlan, time: Figure) -> Money:
    """What the time that the plan's job takes costs, by list prices; what is paid by use is in no line."""
    if not isinstance(plan, CloudPlan):
        nothing = unknown(USD, "nobody bills this machine")
        return Money((), nothing, nothing, nothing)
    machines = tuple(_machines(plan, time))
    others = Cost("all else that stands", _besides(plan, time))
    of_machines = total((cost.usd for cost in machines), USD, "head and groups")
    whole = total((of_machines, others.usd), USD, "for the job's time, without what is paid by use")
    return Money((*machines, others), of_machines, others.usd, whole)


def hourly(found: Total) -> Figure:
    """A sum of prices in USD/h; unknown where a single one of them is."""
    if found.unknown:
        return unknown(USD_PER_HOUR, f"the price of {', '.join(found.unknown)} is not known")
    return exactly(float(found.usd_per_hour), USD_PER_HOUR, "list prices, without what is paid by use")


def hourly_with_job(plan: CloudPlan) -> Figure:
    """What the whole cluster costs an hour while its job runs, in USD/h."""
    return hourly(total_of(plan, _nodes(plan)))


def _nodes(plan: ClusterPlan) -> dict[str, int]:
    """How many of each group run while the job does."""
    least = {group.name: group.nodes.min for group in plan.groups}
    return least | ({plan.job.group: plan.job.nodes} if plan.job else {})


def _besides(plan: CloudPlan, time: Figure) -> Figure:
    """What storage, network, keys and alarms cost, and nodes beside the price of their machines."""
    found = besides(plan, _nodes(plan))
    return (hourly(found) * time).because(f"storage, network, disks, alarms: {found}")


def _machines(plan: CloudPlan, time: Figure) -> Iterable[Cost]:
    head = plan.head.price if isinstance(plan.head, CloudHeadPlan) else None
    yield Cost("head", (_price(head, plan.head.machine) * time).because("the whole time"))
    nodes = _nodes(plan)
    for group in plan.groups:
        if isinstance(group, CloudGroupPlan):
            yield from _group(group, nodes[group.name], time)


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
