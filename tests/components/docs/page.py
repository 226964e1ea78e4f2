"""What the pages about the clouds have in common: tables of what examples make, cost and keep, and what they take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from clusterwright.decide.quotas import Quota
from clusterwright.plan.aws import AwsPlan
from clusterwright.plan.cloud import CloudPlan, PricePlan
from clusterwright.plan.costs import Cost, Total, costs, standing, total
from clusterwright.plan.gcp import GcpPlan
from clusterwright.rules.base import Context, written
from clusterwright.rules.quotas import uses
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.load import load_spec

ROOT = Path(__file__).parents[3]


def filled(template: Path, parts: Mapping[str, str]) -> str:
    """The page of a template, in which @name@ stands for the part of that name."""
    text = template.read_text(encoding="utf-8")
    for name, part in parts.items():
        text = text.replace(f"@{name}@", part)
    return text


def stack(name: str, plan: AwsPlan | GcpPlan, resources: int) -> str:
    """What a stack makes, costs and keeps."""
    rows = [*_machines(plan), *(_row(cost) for cost in costs(plan) if cost.kind != "use" or cost.kept)]
    full = total(plan, {group.name: group.nodes.max for group in plan.groups})
    first = f"{resources} resources, for {standing(plan)} with no node running; {full} with every node{_unknown(full)}."
    head = "| what is made | list price | USD an hour | at `make down` |\n|---|---|---|---|\n"
    listed = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return f"### {name}\n\n{first}\n\n{head}{listed}"


def used(plans: Iterable[CloudPlan]) -> str:
    """What all examples pay by use, but for what they hold, which is kept and stands in their own tables."""
    listed = [cost for plan in plans for cost in costs(plan)]
    rows = dict.fromkeys((cost.what, _rate(cost)) for cost in listed if cost.kind == "use" and not cost.kept)
    return "\n".join(["| by use | list price |", "|---|---|", *(f"| {what} | {rate} |" for what, rate in rows)])


def _unknown(found: Total) -> str:
    return f", and the price of {written(found.unknown)} is unknown" if found.unknown else ""


def _machines(plan: AwsPlan | GcpPlan) -> Iterator[tuple[str, str, str, str]]:
    yield f"head, `{plan.head.machine}`", *_price(plan.head.price), "deleted"
    for group in plan.groups:
        what = f"0 to {group.nodes.max} x `{group.machine}`, group `{group.name}`"
        yield what, *_price(group.price, " each"), "deleted"


def _price(price: PricePlan | None, of: str = "") -> tuple[str, str]:
    if price is None:
        return "unknown", "unknown"
    return f"{price.usd_per_hour:,.4g} USD an hour ({price.date})", f"{price.usd_per_hour:,.3f}{of}"


def _row(cost: Cost) -> tuple[str, str, str, str]:
    rate = _rate(cost) if cost.amount in (None, 1) else f"{cost.amount:,f} x {_rate(cost)}"
    each = " each" if cost.kind == "node" else ""
    hourly = "unknown" if cost.usd_per_hour is None else f"{cost.usd_per_hour:,.3f}{each}" if cost.usd_per_hour else "0"
    return cost.what, rate, "by use" if cost.kind == "use" else hourly, "**kept**" if cost.kept else "deleted"


def _rate(cost: Cost) -> str:
    return f"{cost.rate} ({cost.price.date})" if cost.price else cost.rate


def quotas(stacks: Sequence[str], row: Callable[[ClusterSpec, Quota, int], tuple[str, str, str]]) -> str:
    """The quotas that each example counts to; `row` has a quota's name, the amount and the command that asks for it."""
    rows = []
    for name in stacks:
        loaded = load_spec(ROOT / "stacks" / f"{name}.yaml")
        taken: defaultdict[Quota, int] = defaultdict(int)
        for use in uses(Context(loaded.spec, loaded.lock)):
            taken[use.quota] += use.amount
        for quota, amount in taken.items():
            called, takes, command = row(loaded.spec, quota, amount)
            rows.append(f"| `{name}` | {called} | {takes} | `{command}` |")
    return "\n".join(["| example | quota | takes | command |", "|---|---|---|---|", *rows])
