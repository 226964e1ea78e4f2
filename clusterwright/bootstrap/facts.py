"""What the machines of a cluster have to know, as plain data: the plan's decisions, and none of its own.

`facts/cluster.json` is the cluster's, `facts/<group>.json` a group's; the head is the group `head`. For shell the
group's is written once more as assignments (templates/facts/group.sh.j2). Memory is in MiB, times in seconds, budgets
in US cents, prices in USD an hour.
"""

from __future__ import annotations

from typing import Any

from clusterwright.bootstrap.mounts import all_mounts
from clusterwright.plan.aws.model import AwsGroupPlan, AwsPlan
from clusterwright.plan.cloud import CloudGroupPlan, CloudHeadPlan, CloudPlan
from clusterwright.plan.gcp.model import GcpGroupPlan, GcpPlan
from clusterwright.plan.local import LocalGroupPlan, LocalPlan
from clusterwright.plan.model import ClusterPlan, GroupPlan, HeadPlan

HEAD = "head"
NODE_DIR = "/var/lib/clusterwright"
ENVIRONMENTS = "/opt/clusterwright/environments"
LOCAL_SECRETS = "file:///srv/secrets"
SHARED_TYPES = ("lustre", "nfs", "efs")
"""File systems that all nodes see alike; a run's files go to the first of these kinds that a cluster has."""

Facts = dict[str, Any]


def cluster_facts(plan: ClusterPlan) -> Facts:
    """facts/cluster.json."""
    return {
        "cluster": plan.name,
        "provider": plan.provider,
        "region": plan.region if isinstance(plan, CloudPlan) else None,
        "zone": plan.zone if isinstance(plan, CloudPlan) else None,
        "project": plan.project if isinstance(plan, GcpPlan) else None,
        "groups": [_size(group) for group in plan.groups],
        "head": {"usd_per_hour": _usd(plan.head)},
        "budget": _budget(plan),
        "secrets": _secrets(plan),
        "work": _work(plan),
    }


def group_facts(plan: ClusterPlan, group: GroupPlan | None) -> Facts:
    """facts/<group>.json; None is the head.

    `memory_mib` is what Slurm promises jobs, None where it promises nothing; `actions` are what becomes of reserved
    capacity, at moments in UTC; `max_run_s` is how long a machine that was queued for may run.
    """
    cloud = group if isinstance(group, CloudGroupPlan) else None
    return {
        "role": "compute" if group else "head",
        "group": group.name if group else HEAD,
        "machine": group.machine if group else plan.head.machine,
        "memory_mib": slurm_facts(group)["memory_mib"] if group else None,
        "gpus": group.gpus if group else 0,
        "gpu_kind": group.gpu_kind if group else None,
        "fabric": cloud.fabric if cloud else "none",
        "efa_interfaces": _efa(group),
        "lustre_interfaces": group.lustre_interfaces if isinstance(group, AwsGroupPlan) else 0,
        "scratch": cloud.scratch.model_dump(include={"count", "mount"}) if cloud and cloud.scratch else None,
        "mounts": [mount.facts() for mount in all_mounts(plan, "compute" if group else "head")],
        "actions": _actions(group),
        "max_run_s": cloud.capacity.duration if cloud else None,
        "pytorch": plan.software.pytorch,
        "lock": plan.software.lock,
        "lock_sha256": plan.software.lock_sha256,
    }


def slurm_facts(group: GroupPlan) -> Facts:
    """A group as Slurm knows it. Raises ValueError for one of process nodes, which have no Slurm."""
    slurm = group.slurm if isinstance(group, CloudGroupPlan | LocalGroupPlan) else None
    if slurm is None:
        raise ValueError(f"group {group.name} is none that Slurm schedules")
    return slurm.model_dump()


def bucket_url(plan: ClusterPlan) -> str:
    """The address of the cluster's own bucket as its nodes reach it."""
    match plan:
        case AwsPlan():
            bucket = next(one for one in plan.storage if one.kind == "bucket" and one.control)
            return f"s3://{bucket.bucket}?region={plan.region}"
        case GcpPlan():
            bucket = next(one for one in plan.storage if one.kind == "bucket" and one.cluster)
            return f"gs://{bucket.full_name}"
        case _:
            return "file:///srv/bucket"


def _size(group: GroupPlan) -> Facts:
    return {
        "name": group.name,
        "min": group.nodes.min,
        "max": group.nodes.max,
        "cloud_group": _cloud_group(group),
        "grows_by": group.manager.grows_by if isinstance(group, GcpGroupPlan) else None,
        "machine": group.machine,
        "gpus": group.gpus,
        "usd_per_hour": _usd(group),
        "actions": _actions(group),
        "processes_per_node": group.processes_per_node,
        "threads_per_process": group.threads_per_process,
    }


def _actions(group: GroupPlan | None) -> list[Facts]:
    return [action.model_dump() for action in group.actions] if isinstance(group, CloudGroupPlan) else []


def _cloud_group(group: GroupPlan) -> str:
    match group:
        case AwsGroupPlan():
            return group.scaling.name
        case GcpGroupPlan():
            return group.manager.name
        case _:
            return group.name


def _usd(part: GroupPlan | HeadPlan) -> float | None:
    price = part.price if isinstance(part, CloudGroupPlan | CloudHeadPlan) else None
    return price.usd_per_hour if price else None


def _budget(plan: ClusterPlan) -> Facts:
    budget = plan.budget if isinstance(plan, CloudPlan | LocalPlan) else None
    if budget is None:
        raise ValueError(f"{plan.name} is no cluster of machines: it has no budget")
    return {
        "limit_cents": budget.limit,
        "deadline_s": budget.deadline,
        "on_finish": budget.on_finish,
        "alerts": list(budget.alerts),
    }


def _secrets(plan: ClusterPlan) -> Facts:
    """References as `clusterwright.node.secrets` reads them: whole, so that a node needs nothing else."""
    jobs = plan.secrets if isinstance(plan, CloudPlan) else ()
    match plan:
        case AwsPlan():
            munge = plan.identity.munge.name
        case GcpPlan():
            munge = plan.identity.munge.name
        case _:
            munge = "munge.key"
    return {
        "munge": _reference(plan, munge),
        "job": [{"name": secret.name, "ref": _reference(plan, secret.ref)} for secret in jobs],
    }


def _reference(plan: ClusterPlan, name: str) -> str:
    match plan:
        case AwsPlan():
            return f"secretsmanager://{plan.region}/{name}"
        case GcpPlan():
            path = name if name.startswith("projects/") else f"projects/{plan.project}/secrets/{name}"
            return f"secretmanager://{path}"
        case _:
            return f"{LOCAL_SECRETS}/{name}"


def _efa(group: GroupPlan | None) -> int:
    if not isinstance(group, AwsGroupPlan):
        return 0
    return sum(len(alike.each) for alike in group.instance.interfaces if alike.type != "interface")


def _work(plan: ClusterPlan) -> Facts:
    """Where runs put their files: on a file system of all nodes, the parallel one first; else on each node's own."""
    shared = {mount.type: mount.path for mount in reversed(all_mounts(plan, "compute")) if mount.type in SHARED_TYPES}
    for kind in SHARED_TYPES:
        if kind in shared:
            return {"kind": "shared", "path": f"{shared[kind]}/clusterwright/{plan.name}"}
    return {"kind": "node", "path": f"{NODE_DIR}/work"}
