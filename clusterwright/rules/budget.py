"""Rules about the budget: whether its limit can be counted, and is enough for what the spec asks for."""

from collections.abc import Iterator
from math import ceil

from clusterwright.decide.machines import machine_name
from clusterwright.decide.prices import price_of, priced_as
from clusterwright.rules.base import CLOUDS, Context, Rule
from clusterwright.rules.compute import nodes_of
from clusterwright.spec.capacity import CapacityBlock, FlexStart
from clusterwright.spec.compute import GroupSpec
from clusterwright.spec.findings import Finding
from clusterwright.spec.units import Duration

AGREED = ("capacity_block", "flex_start")
"""Kinds of capacity whose price is known from the offer that was taken: no list and no account's API has it."""


def hourly(context: Context, nodes: dict[str, int]) -> float:
    """USD an hour of the head and of so many nodes of each group, in known prices alone: the least that it costs."""
    total = 0.0
    for _, part in nodes_of(context):
        price = price_of(context.spec, context.lock, part)
        count = nodes.get(part.name, 0) if isinstance(part, GroupSpec) else 1
        total += count * price.usd_per_hour if price else 0
    return total


def most(context: Context) -> dict[str, int]:
    """The most nodes of each group."""
    return {group.name: group.size.max for group in context.spec.groups}


def at_work(context: Context) -> dict[str, int]:
    """The nodes that run while the job does: its own, and of other groups those that are always there."""
    nodes = {group.name: group.size.min for group in context.spec.groups}
    if context.job and context.spec.job_group:
        group = context.spec.job_group
        nodes[group.name] = max(group.size.min, context.job.nodes or group.size.max)
    return nodes


class PriceUnknown(Rule):
    """There is a limit of money, and a machine's price is not known."""

    code = "CW-BUD-001"
    providers = CLOUDS
    acceptable = True
    why = "the head stops the cluster at the limit by counting hours and prices; what has no price would count as free"

    def check(self, context: Context) -> Iterator[Finding]:
        if context.spec.budget.limit is None:
            return
        for path, part in nodes_of(context):
            name = machine_name(context.spec, part)
            if context.machine(name) is None or price_of(context.spec, context.lock, part):
                continue
            place = (*path, "machine") if part.machine else path
            if context.lock is None:
                yield self.unknown(place, f"what {name} costs, which the limit of {context.spec.budget.limit} counts")
                continue
            kind = priced_as(part)
            what = f"neither the lock nor the catalog has a price of {name} ({kind}) in {context.spec.region}"
            price = "{usd_per_hour: 31.5, date: 2026-12-01, source: the offer}"
            hint = f"write what you pay into the lock, which keeps it: `prices: {{{name}: {{{kind}: {price}}}}}`"
            renew = "" if kind in AGREED else "renew the lock: `clusterwright lock NAME`; if it finds none, "
            yield self.finding(place, what, f"{renew}{hint}; or remove `budget.limit`")


class LimitBelowAnHour(Rule):
    """The limit is less than the cluster costs in one hour."""

    code = "CW-BUD-002"
    providers = CLOUDS
    acceptable = True
    why = "the head stops the cluster when the limit is spent, which would be before a job has got anywhere"

    def check(self, context: Context) -> Iterator[Finding]:
        limit, cost = context.spec.budget.limit, hourly(context, most(context))
        if limit is not None and limit < cost * 100:
            what = f"the limit is {limit}, and an hour with all nodes costs {cost:,.2f} USD or more"
            yield self.finding(
                ("budget", "limit"), what, f"write `limit: {ceil(cost)} USD` or more, or have fewer nodes"
            )


class LimitBelowDeadline(Rule):
    """The limit is spent before the deadline, if the job takes until then."""

    code = "CW-BUD-003"
    severity = "warning"
    providers = CLOUDS
    why = "the head stops the cluster when the limit is spent, whatever time is left"

    def check(self, context: Context) -> Iterator[Finding]:
        limit, deadline = context.spec.budget.limit, context.spec.budget.deadline
        if limit is None or deadline is None or limit < hourly(context, most(context)) * 100:
            return
        cost = hourly(context, at_work(context))
        hours = deadline / 3600
        if cost * hours * 100 > limit:
            what = (
                f"{hours:,.0f} h until the deadline, at {cost:,.2f} USD an hour, cost {cost * hours:,.0f} USD, and the "
                f"limit is {limit}"
            )
            hint = f"write `deadline: {max(1, int(limit / 100 / cost))} h`, or `limit: {int(cost * hours) + 1} USD`"
            yield self.finding(("budget", "deadline"), what, hint)


class DeadlineAfterMachines(Rule):
    """The deadline is later than the end of the machines that run the job."""

    code = "CW-BUD-004"
    severity = "warning"
    providers = CLOUDS
    why = "a capacity block's machines are ended 30 minutes before its end, flex-start ones when their time is over"

    def check(self, context: Context) -> Iterator[Finding]:
        deadline, group = context.spec.budget.deadline, context.spec.job_group
        if deadline is None or group is None or context.job is None:
            return
        match group.capacity:
            case CapacityBlock(start=start, end=end):
                seconds = int((end - start).total_seconds()) - 1800
            case FlexStart(duration=duration):
                seconds = int(duration)
            case _:
                return
        if deadline > seconds:
            what = f"the job may take {deadline}, and its machines run for {_hours(seconds)}"
            hint = f"write `deadline: {_hours(seconds)}`, or have the machines for longer"
            yield self.finding(("budget", "deadline"), what, hint)


def _hours(seconds: int) -> Duration:
    return Duration(seconds // 3600 * 3600 if seconds >= 3600 else max(60, seconds // 60 * 60))


class RepeatedAlert(Rule):
    """A share of the limit is listed twice among the alerts."""

    code = "CW-BUD-005"
    providers = CLOUDS
    why = "an alert is told apart by its share, and the cloud refuses a second one of the same"

    def check(self, context: Context) -> Iterator[Finding]:
        alerts = context.spec.budget.alerts
        if len(set(alerts)) < len(alerts):
            good = ", ".join(str(alert) for alert in sorted(set(alerts)))
            yield self.finding(("budget", "alerts"), "a share is listed twice", f"write `alerts: [{good}]`")


class AlertsWithoutLimit(Rule):
    """Alerts are asked for, and there is no limit that they could be shares of."""

    code = "CW-BUD-006"
    severity = "warning"
    providers = CLOUDS
    why = "an alert is sent when its share of the limit is spent"

    def check(self, context: Context) -> Iterator[Finding]:
        budget = context.spec.budget
        if "alerts" in budget.model_fields_set and budget.alerts and budget.limit is None:
            hint = "give a limit: `limit: 500 USD`, or remove `alerts`"
            yield self.finding(("budget", "alerts"), "there is no limit to tell of", hint)
