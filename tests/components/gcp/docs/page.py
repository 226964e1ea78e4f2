"""docs/gcp.md: what a cluster on GCP is made of, costs and takes, from plans, graphs and its deployer's roles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from clusterwright.catalog.machines import machine, names
from clusterwright.decide.quotas import Quota, quota
from clusterwright.plan.gcp.model import GcpPlan, VolumePlan
from clusterwright.spec.cluster import ClusterSpec
from components.graph import graph
from components.rights import documents, table
from tests.components.docs.page import filled, quotas, stack, used
from tests.components.docs.picture import Node
from tests.components.gcp.clusters import BUNDLE, STACKS, planned
from tests.plan.gcp.plans import plan_of_stack
from tools.cloud import commands

EXAMPLE = "bert-large-gcp"


def page() -> str:
    """The whole page."""
    # Without a lock: those of the tests are made up, prices included.
    plans = {name: plan_of_stack(name) for name in STACKS}
    parts = {
        "stacks": "\n".join(stack(name, plan, len(registered(name))) for name, plan in plans.items()),
        "used": used(plans.values()),
        "services": "\n".join(_services(name) for name in STACKS),
        "gpus": _gpus(),
        "quotas": quotas(STACKS, _quota),
        "others": "\n".join(_others(plans)),
        "state": "\n".join(line.strip() for line in commands("gcp", planned(EXAMPLE).region).splitlines()[1:]),
        "roles": "\n".join(_roles(rights(EXAMPLE))),
        "source": table("gcp")["source"],
    }
    return filled(Path(__file__).with_suffix(".md"), parts)


@cache
def nodes(name: str) -> list[Node]:
    """The graph of an example, as its lock has it."""
    return list(graph(planned(name), BUNDLE))


def registered(name: str) -> list[Node]:
    return [node for node in nodes(name) if node["type"].startswith("gcp:")]


def rights(name: str) -> list[dict[str, Any]]:
    """The roles of an example's deployer."""
    return documents(planned(name), {node["type"] for node in registered(name)})


def _services(name: str) -> str:
    plan = planned(name)
    return f"gcloud services enable {' '.join(plan.services)} --project={plan.project}  # {name}"


def _gpus() -> str:
    """The quotas of each family of GPU machines that the catalog has, as Compute Engine names them."""
    families: dict[str, str] = {}
    for name in names("gcp"):
        found = machine("gcp", name)
        if found and found.gpu_count:
            families.setdefault(name.rpartition("-")[0], name)
    rows = []
    for family, name in sorted(families.items()):
        bought = [quota("gcp", name, kind) for kind in ("on_demand", "spot")]
        rows.append(f"| `{family}` | {' | '.join(f'`{one.key}`' for one in bought if one)} |")
    return "\n".join(rows)


def _quota(spec: ClusterSpec, asked: Quota, amount: int) -> tuple[str, str, str]:
    return f"`{asked.key}`", f"{amount:,} {asked.unit}", _ask(asked.key, amount, spec.project, spec.region)


def _ask(key: str, amount: int, project: str | None, region: str | None = None) -> str:
    """Of all the project without a region (https://docs.cloud.google.com/docs/quotas/gcloud-cli-examples)."""
    return (
        f"gcloud beta quotas preferences create --service=compute.googleapis.com --project={project} "
        f"--quota-id={key.replace('_', '-')}-per-project{'-region' if region else ''} --preferred-value={amount}"
        + (f" --dimensions=region={region}" if region else "")
    )


DISKS = {"pd-balanced": "SSD_TOTAL_GB", "pd-ssd": "SSD_TOTAL_GB", "hyperdisk-balanced": "HDB_TOTAL_GB"}
"""The quota that a kind of disk counts to (https://docs.cloud.google.com/compute/resource-usage)."""


def _others(plans: Mapping[str, GcpPlan]) -> Iterator[str]:
    """What examples take at their greatest of quotas that are no machine's."""
    yield "| example | quota | takes | command |\n|---|---|---|---|"
    for name, plan in plans.items():
        counted = [group for group in plan.groups if group.capacity.kind != "reservation"]
        gpus = sum(group.gpus * group.nodes.max for group in counted)
        taken = [("GPUS_ALL_REGIONS", gpus, "GPUs", None), ("NETWORKS", len(plan.network.networks), "networks", None)]
        disks = Counter[str]()
        volumes = [one.disk for one in (*plan.storage, plan.head.state) if isinstance(one, VolumePlan)]
        for disk in (plan.head.instance.disk, *volumes):
            disks[DISKS[disk.kind]] += disk.size_gib
        for group in plan.groups:
            disks[DISKS[group.instance.disk.kind]] += group.instance.disk.size_gib * group.nodes.max
        for key, amount, unit, region in (*taken, *((key, size, "GiB", plan.region) for key, size in disks.items())):
            if amount:
                yield f"| `{name}` | `{key}` | {amount:,} {unit} | `{_ask(key, amount, plan.project, region)}` |"


def _roles(roles: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "| role | permissions | bound by |\n|---|---|---|"
    for one in roles:
        permissions = one["role"]["includedPermissions"]
        services = sorted({permission.partition(".")[0] for permission in permissions})
        bound = "names" if one["condition"] else "nothing: all of the project"
        yield f"| {one['roleId'].rpartition('.')[2]} | {len(permissions)} of {', '.join(services)} | {bound} |"
