"""docs/aws.md: what a cluster on AWS is made of, costs and takes, from plans, graphs and its deployer's policies."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from clusterwright.plan.aws import AwsPlan
from clusterwright.plan.cloud import PricePlan
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
BILLED = {
    "ec2/natGateway:NatGateway": "NAT gateway, and each GB through it",
    "ec2/eip:Eip": "public address",
    "ebs/volume:Volume": "volume that a new head goes on from",
    "efs/fileSystem:FileSystem": "EFS file system, by what it holds and moves",
    "fsx/lustreFileSystem:LustreFileSystem": "Lustre file system, by its size and speed",
    "s3/bucket:Bucket": "bucket, by what it holds",
    "kms/key:Key": "key, and each request for it",
    "secretsmanager/secret:Secret": "secret",
    "cloudwatch/logGroup:LogGroup": "log group, by what is written",
    "cloudwatch/metricAlarm:MetricAlarm": "alarm, and the custom metric that it watches",
    "cloudwatch/dashboard:Dashboard": "dashboard",
    "cloudtrail/trail:Trail": "trail, by its events",
}
"""What AWS bills besides machines and their disks; the rest of a stack is free or goes with these."""
ENDPOINT = "ec2/vpcEndpoint:VpcEndpoint"
UNKNOWN = "not known here"


def page() -> str:
    """The whole page."""
    text = (ROOT / "tests" / "components" / "aws" / "docs" / "page.md").read_text(encoding="utf-8")
    found = policies(planned(EXAMPLE), {node["type"] for node in nodes(EXAMPLE) if node["type"].startswith("aws:")})
    parts = {
        "stacks": "\n".join(map(_stack, STACKS)),
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
    rows = [*_machines(plan), *_billed(made)]
    whole = f"{plan.hourly_price:,.2f} USD an hour" if plan.hourly_price is not None else "not known"
    first = f"{len(made)} resources. All machines together, when every group is full: {whole}."
    head = "| what is made | USD an hour | at `make down` |\n|---|---|---|\n"
    listed = "".join(f"| {what} | {price} | {end} |\n" for what, price, end in rows)
    return f"### {name}\n\n{first}\n\n{head}{listed}"


def _machines(plan: AwsPlan) -> Iterator[tuple[str, str, str]]:
    yield f"head, `{plan.head.machine}`", _price(plan.head.price), "deleted"
    for group in plan.groups:
        size = f"0 to {group.nodes.max}"
        yield f"{size} x `{group.machine}`, group `{group.name}`", _price(group.price, " each"), "deleted"


def _price(price: PricePlan | None, of: str = "") -> str:
    return f"{price.usd_per_hour:,.4g}{of} ({price.date})" if price else "unknown"


def _billed(made: Sequence[Node]) -> Iterator[tuple[str, str, str]]:
    counted = Counter((_kind(node), bool(node["retain"])) for node in made)
    for kind, noun in BILLED.items():
        for kept in (False, True):
            if number := counted[kind, kept]:
                yield f"{number} x {noun}", UNKNOWN, "**kept**" if kept else "deleted"
    endpoints = [node for node in made if _kind(node) == ENDPOINT and node["inputs"]["vpcEndpointType"] == "Interface"]
    if endpoints:
        yield f"{len(endpoints)} x interface endpoint, and each GB through it", UNKNOWN, "deleted"


def _kind(node: Mapping[str, Any]) -> str:
    return node["type"].removeprefix("aws:")


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
