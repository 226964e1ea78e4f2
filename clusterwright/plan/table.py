"""The plan as a table for people."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clusterwright.plan.cloud import CloudGroupPlan, CloudHeadPlan, CloudPlan, PricePlan
from clusterwright.plan.costs import Cost, costs, standing, total
from clusterwright.plan.model import ClusterPlan, Decision, GroupPlan, JobPlan, digest
from clusterwright.words import counted


def show(plan: ClusterPlan, console: Console | None = None) -> None:
    """Prints what is made, what was decided with its reason, and last why it can't be deployed, if it can't."""
    console = console or Console()
    where = f"{plan.provider}, {plan.zone}" if isinstance(plan, CloudPlan) else plan.provider
    console.print(f"cluster {plan.name} on {where}, plan {digest(plan)[:12]}\n", highlight=False)
    console.print(_made(plan))
    if plan.decisions:
        decided = _table("decided for you", "value (because)")
        decided.columns[0].no_wrap = True  # a path in two pieces can't be copied or searched for
        for path, value in _decided(plan):
            decided.add_row(Text(path), Text(value))
        console.print()
        console.print(decided)
    if isinstance(plan, CloudPlan):
        costing = _table("what it costs", "list prices")
        for what, price in _costs(plan):
            costing.add_row(Text(what), Text(price))
        console.print()
        console.print(costing)
    if plan.refusals:
        refused = _table("can't be deployed yet", "what to do")
        for refusal in plan.refusals:
            refused.add_row(Text(refusal.what), Text(refusal.hint))
        console.print()
        console.print(refused)


def _made(plan: ClusterPlan) -> Table:
    made = _table("what", "name", "details")
    head = [f"machine {plan.head.machine}"]
    if isinstance(plan.head, CloudHeadPlan):
        head.append(_price(plan.head.price))
    made.add_row("head", plan.head.name, Text(", ".join(head)))
    for group in plan.groups:
        made.add_row("group", group.name, Text("\n".join(_group(group))))
    for storage in plan.storage:
        fate = "kept when the cluster is destroyed" if storage.on_destroy == "keep" else "deleted with the cluster"
        made.add_row(storage.kind, storage.name, Text(f"mounted at {storage.mount}, {fate}"))
    made.add_row("software", f"PyTorch {plan.software.pytorch}", Text(plan.software.lock))
    if plan.job:
        made.add_row("job", Text(plan.job.config["model"]["name"]), Text("\n".join(_job(plan.job))))
    return made


def _group(group: GroupPlan) -> Iterator[str]:
    names = group.node_names
    listed = ", ".join(names) if len(names) <= 2 else f"{names[0]} to {names[-1]}"
    least = f"{group.nodes.min} to " if group.nodes.min < group.nodes.max else ""
    yield f"{least}{_nodes(group.nodes.max)}, machine {group.machine}: {listed or 'none yet'}"
    if isinstance(group, CloudGroupPlan):
        bought = group.capacity
        held = f" {bought.id}" if bought.id else ""
        held += f", {bought.start} to {bought.end}" if bought.start else ""
        yield f"bought as {bought.kind}{held}"
        yield f"fabric {group.fabric}, placement {group.near}, {_price(group.price, ' each')}"


def _price(price: PricePlan | None, of: str = "") -> str:
    return f"{price.usd_per_hour:,.2f} USD an hour{of} ({price.date})" if price else "price unknown"


SMALL = Decimal("0.01")
"""USD an hour below which what stands is no line of its own."""
COUNTED = ("GB", "GB-month", "GB-hour")
"""What is shown of what is counted by use: requests and events cost less, and are many lines."""


def _costs(plan: CloudPlan) -> Iterator[tuple[str, str]]:
    """What the cluster costs with no node and with all of them, its dear parts by name, and what else is counted."""
    listed = costs(plan)
    yield "while it stands", f"{standing(plan)}, with no node running"
    if isinstance(plan.head, CloudHeadPlan):
        yield f"  {plan.head.name}", _price(plan.head.price)
    for cost in listed:
        if cost.kind == "standing" and (cost.usd_per_hour is None or cost.usd_per_hour >= SMALL):
            yield f"  {cost.what}", _hourly(cost)
    full = total(plan, {group.name: group.nodes.max for group in plan.groups})
    yield "with every node", f"{full}{'; price unknown: ' if full.unknown else ''}{', '.join(full.unknown)}"
    used = [cost for cost in listed if cost.kind == "use" and cost.unit in COUNTED]
    kept = [cost for cost in listed if cost.kind == "standing" and cost.kept]
    for group, found in (
        ("by use", [cost for cost in used if not cost.kept]),
        ("destroyed or not", [*kept, *(cost for cost in used if cost.kept)]),
    ):
        yield group, "; ".join(f"{cost.what}: {cost.rate}" for cost in found)


def _hourly(cost: Cost) -> str:
    """A cost with the amount and the price that it is made of."""
    if cost.usd_per_hour is None:
        return f"price unknown ({cost.amount:,f} x {cost.unit})"
    return f"{cost.usd_per_hour:,.3f} USD an hour ({cost.amount:,f} x {cost.rate})"


def _job(job: JobPlan) -> Iterator[str]:
    model = job.config["model"]
    ranks = job.nodes * job.processes_per_node
    yield f"{model['layers']} layers of {model['hidden']}: {', '.join(job.config['phases'])}"
    yield f"on {_nodes(job.nodes)} of {job.group}, {counted(ranks, 'rank')}; id {job.id}"


def _decided(plan: ClusterPlan) -> Iterator[tuple[str, str]]:
    """Each decision; those that come from one recipe, of which there are many, as one."""
    for reason, members in groupby(sorted(plan.decisions, key=_recipe), key=_recipe):
        found = list(members)
        if reason:
            yield f"job: {len(found)} settings", f"{reason} (`--json` shows each)"
        else:
            yield from ((one.path, f"{one.value} ({one.reason})") for one in found)


def _recipe(decision: Decision) -> str:
    """The recipe that a setting of the job comes from; empty for every other decision."""
    return decision.reason if decision.reason.startswith("recipe `") else ""


def _nodes(count: int) -> str:
    return counted(count, "node")


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
