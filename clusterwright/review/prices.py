"""Which prices a comparison may rest on: one that can't be right is unknown, and one that is old is in doubt."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping

from clusterwright.catalog.prices import prices
from clusterwright.plan.cloud import CloudGroupPlan, CloudHeadPlan, CloudPlan, PricePlan
from clusterwright.plan.costs import costs
from clusterwright.plan.model import ClusterPlan

MOST_DAYS = 365
"""Older prices are in doubt: list prices of GPU machines have moved by up to 45 % within a year
(https://aws.amazon.com/blogs/aws/announcing-up-to-45-price-reduction-for-amazon-ec2-nvidia-gpu-accelerated-instances/).
"""
MOST_SHARE = 0.1
"""How much of a sum, or of a difference, may come from prices in doubt before the difference is: our own choice."""
TIMES = 20
"""No discount is so large: spot machines cost a tenth of the list price at the least
(https://aws.amazon.com/ec2/spot/: "up to a 90% discount")."""

Aged = Mapping[str, float]
"""What prices that are in doubt come to, in USD an hour, by why they are."""


def believed(plan: ClusterPlan) -> ClusterPlan:
    """The plan without the prices of machines that can't be right: they are as good as unknown."""
    if not isinstance(plan, CloudPlan):
        return plan
    head = plan.head
    if isinstance(head, CloudHeadPlan) and wrong(plan.provider, head.machine, head.price):
        head = head.model_copy(update={"price": None})
    groups = tuple(
        group.model_copy(update={"price": None}) if wrong(plan.provider, group.machine, group.price) else group
        for group in plan.groups
        if isinstance(group, CloudGroupPlan)
    )
    return plan.model_copy(update={"head": head, "groups": groups})


def wrong(provider: str, machine: str, price: PricePlan | None) -> str | None:
    """Why a price can't be right; None if it may be, or if there is none."""
    if price is None:
        return None
    said = f"the price of {machine} can't be right: {price.usd_per_hour:,g} USD an hour"
    if price.usd_per_hour <= 0:
        return said
    listed = [known.usd_per_hour for known in prices(provider, machine) if known.capacity == "on_demand"]
    if listed and not min(listed) / TIMES <= price.usd_per_hour <= max(listed) * TIMES:
        return f"{said}, where the list price is {min(listed):,g}"
    return None


def aged(plan: ClusterPlan | None, date: str, *, full: bool = True, besides: bool = True) -> Aged:
    """What of a cluster's price an hour is in doubt at `date` (YYYY-MM-DD), as it is old or yet to come. The cluster
    has all its nodes if it is `full`, else none; what is paid `besides` machines counts, or not."""
    found: dict[str, float] = {}
    for what, usd, of in _priced(plan, full, besides):
        days = (datetime.date.fromisoformat(date) - datetime.date.fromisoformat(of)).days
        if days > MOST_DAYS:
            why = f"the price of {what} is of {of}, {days:,} days ago"
        elif days < -1:  # a day: it may be tomorrow already where the price was read
            why = f"the price of {what} is of {of}, which is yet to come"
        else:
            continue
        if usd:
            found[why] = found.get(why, 0.0) + usd
    return found


def _priced(plan: ClusterPlan | None, full: bool, besides: bool) -> Iterator[tuple[str, float, str]]:
    """Everything with a price: what it is, USD an hour, and the day that the price is of."""
    if not isinstance(plan, CloudPlan):
        return
    if isinstance(plan.head, CloudHeadPlan) and plan.head.price:
        yield plan.head.machine, plan.head.price.usd_per_hour, plan.head.price.date
    nodes: dict[str | None, int] = {None: 1}
    for group in plan.groups:
        nodes[group.name] = group.nodes.max if full else 0
        if isinstance(group, CloudGroupPlan) and group.price:
            yield group.machine, nodes[group.name] * group.price.usd_per_hour, group.price.date
    for cost in costs(plan) if besides else ():
        if cost.price is not None and cost.usd_per_hour is not None:
            yield cost.what, nodes.get(cost.group, 0) * float(cost.usd_per_hour), cost.price.date


def doubt(before: Aged, after: Aged, usd: tuple[float, float], hours: tuple[float, float] = (1.0, 1.0)) -> str | None:
    """Why the difference between two sums in USD is not to be believed: too much of it, or of either of them, comes
    from prices in doubt. What is the same on both sides makes no difference, however old it is. `hours` is how long
    each side is paid for."""
    paid = {why: (before.get(why, 0.0) * hours[0], after.get(why, 0.0) * hours[1]) for why in {**before, **after}}
    was, now = (sum(sides[side] for sides in paid.values()) for side in (0, 1))
    moved = sum(abs(after - before) for before, after in paid.values())
    if not moved:
        return None
    apart = abs(usd[1] - usd[0])  # sums that come to the same claim neither gain nor loss
    small = was <= MOST_SHARE * usd[0] and now <= MOST_SHARE * usd[1]
    if small and (not apart or moved <= MOST_SHARE * apart):
        return None
    worst, *others = sorted(paid, key=lambda why: (-max(paid[why]), why))
    return worst + (f", and {len(others)} more are in doubt" if others else "")
