"""docs/aws.md: what a cluster on AWS is made of, costs and takes, from plans, graphs and its deployer's policies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from clusterwright.plan.aws import AwsPlan
from clusterwright.plan.cloud import PricePlan
from clusterwright.plan.costs import Cost, Total, costs, standing, total
from clusterwright.rules.base import Context, written
from clusterwright.rules.quotas import CALLED, uses
from clusterwright.spec.load import load_spec
from components.graph import graph
from components.rights import LIMIT, policies, size, table
from tests.components.aws.clusters import BUNDLE, STACKS, planned
from tests.components.aws.docs.picture import Node
from tests.plan.aws.plans import ROOT, plan_of_stack
from tools.cloud import commands

EXAMPLE = "bert-large-aws"


def page() -> str:
    """The whole page."""
    text = (ROOT / "tests" / "components" / "aws" / "docs" / "page.md").read_text(encoding="utf-8")
    found = policies(planned(EXAMPLE), {node["type"] for node in nodes(EXAMPLE) if node["type"].startswith("aws:")})
    parts = {
        "stacks": "\n".join(map(_stack, STACKS)),
        "used": _used(),
        "quotas": _quotas(),
        "state": "\n".join(line.strip() for line in commands("aws", planned(EXAMPLE).region).splitlines()[1:]),
        "statements": "\n".join(_statements(found)),
        "sizes": written([f"{size(one):,}" for one in found]),
        "limit": f"{LIMIT:,}",
        "types": str(len(table()["types"])),
        "source": table()["source"],
    }
    for name, part in parts.items():
        text = text.replace(f"@{name}@", part)
    return text


@cache
def nodes(name: str) -> list[Node]:
    """The graph of an example, as its lock has it."""
    return list(graph(planned(name), BUNDLE))


def _stack(name: str) -> str:
    # Without a lock: those of the tests are made up, prices included.
    plan, made = plan_of_stack(name, locked=False), [node for node in nodes(name) if node["type"].startswith("aws:")]
    rows = [*_machines(plan), *(_row(cost) for cost in costs(plan) if cost.kind != "use" or cost.kept)]
    full = total(plan, {group.name: group.nodes.max for group in plan.groups})
    first = f"{len(made)} resources. {standing(plan)} with no node running; {full} with every node{_unknown(full)}."
    head = "| what is made | list price | USD an hour | at `make down` |\n|---|---|---|---|\n"
    listed = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return f"### {name}\n\n{first[0].upper()}{first[1:]}\n\n{head}{listed}"


def _used() -> str:
    """What all examples pay by use, but for what they hold, which is kept and stands in their own tables."""
    listed = [cost for name in STACKS for cost in costs(plan_of_stack(name, locked=False))]
    rows = dict.fromkeys((cost.what, _rate(cost)) for cost in listed if cost.kind == "use" and not cost.kept)
    return "\n".join(["| by use | list price |", "|---|---|", *(f"| {what} | {rate} |" for what, rate in rows)])


def _unknown(found: Total) -> str:
    return f", and the price of {written(found.unknown)} is unknown" if found.unknown else ""


def _machines(plan: AwsPlan) -> Iterator[tuple[str, str, str, str]]:
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


def _quotas() -> str:
    """The quotas that each example counts to, and the command that asks for as much."""
    rows = []
    for name in STACKS:
        loaded = load_spec(ROOT / "stacks" / f"{name}.yaml")
        taken: defaultdict[str, int] = defaultdict(int)
        for use in uses(Context(loaded.spec, loaded.lock)):
            taken[use.quota.key] += use.amount
        for key, amount in taken.items():
            command = (
                f"aws service-quotas request-service-quota-increase --service-code ec2 --quota-code {key} "
                f"--desired-value {amount} --region {loaded.spec.region}"
            )
            rows.append(f"| `{name}` | {CALLED[key]} | {amount:,} vCPUs | `{command}` |")
    return "\n".join(["| example | quota | takes | command |", "|---|---|---|---|", *rows])


def _statements(documents: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "| statement | actions | bound by |\n|---|---|---|"
    for one in (one for document in documents for one in document["Statement"]):
        services = sorted({action.partition(":")[0] for action in one["Action"]})
        conditions = sorted({key for keys in one.get("Condition", {}).values() for key in keys})
        bound = [*(["names"] if "*" not in one["Resource"] else []), *(f"`{key}`" for key in conditions)]
        yield f"| {one['Sid']} | {len(one['Action'])} of {', '.join(services)} | {', '.join(bound)} |"
