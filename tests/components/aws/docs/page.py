"""docs/aws.md: what a cluster on AWS is made of, costs and takes, from plans, graphs and its deployer's policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from clusterwright.decide.quotas import Quota
from clusterwright.rules.base import written
from clusterwright.rules.quotas import CALLED
from clusterwright.spec.cluster import ClusterSpec
from components.graph import graph
from components.rights import documents, table
from components.rights.aws import LIMIT, size
from tests.components.aws.clusters import BUNDLE, STACKS, planned
from tests.components.docs.page import filled, quotas, stack, used
from tests.components.docs.picture import Node
from tests.plan.aws.plans import plan_of_stack
from tools.cloud import commands

EXAMPLE = "bert-large-aws"


def page() -> str:
    """The whole page."""
    # Without a lock: those of the tests are made up, prices included.
    plans = {name: plan_of_stack(name, locked=False) for name in STACKS}
    found = documents(planned(EXAMPLE), {node["type"] for node in _registered(EXAMPLE)})
    parts = {
        "stacks": "\n".join(stack(name, plan, len(_registered(name))) for name, plan in plans.items()),
        "used": used(plans.values()),
        "quotas": quotas(STACKS, _quota),
        "state": "\n".join(line.strip() for line in commands("aws", planned(EXAMPLE).region).splitlines()[1:]),
        "statements": "\n".join(_statements(found)),
        "sizes": written([f"{size(one):,}" for one in found]),
        "limit": f"{LIMIT:,}",
        "types": str(len(table("aws")["types"])),
        "source": table("aws")["source"],
    }
    return filled(Path(__file__).with_suffix(".md"), parts)


@cache
def nodes(name: str) -> list[Node]:
    """The graph of an example, as its lock has it."""
    return list(graph(planned(name), BUNDLE))


def _registered(name: str) -> list[Node]:
    return [node for node in nodes(name) if node["type"].startswith("aws:")]


def _quota(spec: ClusterSpec, quota: Quota, amount: int) -> tuple[str, str, str]:
    command = (
        f"aws service-quotas request-service-quota-increase --service-code ec2 --quota-code {quota.key} "
        f"--desired-value {amount} --region {spec.region}"
    )
    return CALLED[quota.key], f"{amount:,} {quota.unit}", command


def _statements(policies: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "| statement | actions | bound by |\n|---|---|---|"
    for one in (one for document in policies for one in document["Statement"]):
        services = sorted({action.partition(":")[0] for action in one["Action"]})
        conditions = sorted({key for keys in one.get("Condition", {}).values() for key in keys})
        bound = [*(["names"] if "*" not in one["Resource"] else []), *(f"`{key}`" for key in conditions)]
        yield f"| {one['Sid']} | {len(one['Action'])} of {', '.join(services)} | {', '.join(bound)} |"
