"""The plan of a cluster on this machine: nodes are process trees or machines, the bucket is a folder."""

from typing import Literal

from clusterwright.catalog import local
from clusterwright.plan import common
from clusterwright.plan.cloud import SlurmPlan
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.job import plan_job
from clusterwright.plan.model import BudgetPlan, ClusterPlan, GroupPlan, HeadPlan, StoragePlan
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import GroupSpec
from clusterwright.spec.lock import Lock
from clusterwright.spec.units import Duration

MACHINE = "local"
IDLE, START = Duration(600), Duration(300)
MEMORY_MIB = 1024
"""What Slurm may give of a node's memory. Nodes share this machine's, and one that trains holds about half a gigabyte
(clusterwright/catalog/local.py). Slurm drains a node that has less than its configuration says
(https://slurm.schedmd.com/slurm.conf.html, RealMemory), so it is little enough for any machine that trains at all."""

JOB_USER = 2000
"""The user of machines that jobs run as, by the number that it has on every node."""

Runtime = Literal["process", "machine"]


class LocalGroupPlan(GroupPlan):
    """A group of nodes on this machine; `slurm` of None is a group that the head hands jobs to itself."""

    slurm: SlurmPlan | None = None


class LocalPlan(ClusterPlan):
    """The plan of a local cluster. Only one of machines has a budget to watch, of time: nobody bills it."""

    provider: Literal["local"] = "local"  # pyright: ignore[reportIncompatibleVariableOverride]
    runtime: Runtime
    groups: tuple[LocalGroupPlan, ...]  # pyright: ignore[reportIncompatibleVariableOverride]
    budget: BudgetPlan | None = None


def plan_cluster(spec: ClusterSpec, lock: Lock | None, decisions: Decisions) -> LocalPlan:
    """The plan of a spec without errors. Nothing of it is known to an account alone, so there is no lock."""
    runtime: Runtime = decisions.default(
        spec, "runtime", spec.runtime or "process", "needs no root: a node is a supervised process tree"
    )
    head = _head(spec, decisions)
    groups = tuple(
        _group(group, f"groups[{index}]" if "groups" in spec.model_fields_set else None, runtime, decisions)
        for index, group in enumerate(spec.groups)
    )
    if "groups" not in spec.model_fields_set:
        (group,) = groups
        value = f"{group.name}: {group.nodes.max} nodes"
        decisions.note("groups", value, "two is the least that shows distributed training, and fits two cores")
    scheduler, why = (
        ("none", "the head runs one job after the other") if runtime == "process" else ("slurm", "as on a cloud")
    )
    return LocalPlan(
        name=spec.name,
        runtime=runtime,
        head=head,
        groups=groups,
        storage=_storage(spec, decisions),
        software=common.software(spec, scheduler, why, decisions),
        budget=common.budget(spec, decisions) if runtime == "machine" else None,
        job=plan_job(spec, groups, decisions),
        tags=dict(sorted(spec.tags.items())),
        decisions=tuple(decisions.taken),
    )


def _head(spec: ClusterSpec, decisions: Decisions) -> HeadPlan:
    machine = spec.head.machine or MACHINE
    return HeadPlan(machine=decisions.default(spec.head, "head.machine", machine, "the only one of this provider"))


def _group(group: GroupSpec, path: str | None, runtime: Runtime, decisions: Decisions) -> LocalGroupPlan:
    """The plan of one group. `path` is its place in the spec; None if the whole group was decided."""
    name = group.machine or MACHINE
    if path:
        decisions.default(group, f"{path}.machine", name, "the only one of this provider")
        decisions.default(group, f"{path}.nodes", group.size.max, "two is the least that shows distributed training")
    row = local.row(name)
    slurm = _slurm(group, row, path, decisions) if runtime == "machine" else None
    return LocalGroupPlan(**common.machines(group, name, row), slurm=slurm)


def _slurm(group: GroupSpec, row: local.LocalMachine, path: str | None, decisions: Decisions) -> SlurmPlan:
    """The group's partition. A node counts as many CPUs as it has ranks' threads, though it sees this machine's all."""
    idle, start = group.idle_timeout or IDLE, group.start_timeout or START
    if path:
        decisions.default(group, f"{path}.idle_timeout", idle, "the next job may be near")
        decisions.default(group, f"{path}.start_timeout", start, "machines boot in seconds; software may be installed")
    return SlurmPlan(
        partition=group.name,
        hosts=common.hosts(group.name, group.size.max),
        cpus=row.processes_per_node * row.threads_per_process,
        memory_mib=MEMORY_MIB,
        gres=None,
        idle_timeout=int(idle),
        start_timeout=int(start),
    )


def _storage(spec: ClusterSpec, decisions: Decisions) -> tuple[StoragePlan, ...]:
    given = "storage" in spec.model_fields_set
    buckets = tuple(
        StoragePlan(name=bucket.name, kind="bucket", mount=bucket.mounted_at, on_destroy=bucket.on_destroy)
        for bucket in spec.storage
    )
    for index, bucket in enumerate(spec.storage if given else ()):
        path = f"storage[{index}]"
        decisions.default(bucket, f"{path}.mount", bucket.mounted_at, "a slash and its name")
        decisions.default(bucket, f"{path}.on_destroy", bucket.on_destroy, "data outlives clusters")
    if not given:
        (bucket,) = buckets
        value = f"{bucket.name}: a bucket at {bucket.mount}, {bucket.on_destroy}"
        decisions.note("storage", value, "holds texts, checkpoints and models, and outlives the cluster")
    return buckets
