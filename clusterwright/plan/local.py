"""The plan of a cluster on this machine: nodes are process trees or containers, the bucket is a folder."""

from typing import Literal

from clusterwright.catalog import local
from clusterwright.plan import common
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.job import plan_job
from clusterwright.plan.model import ClusterPlan, GroupPlan, HeadPlan, Refusal, StoragePlan
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import GroupSpec
from clusterwright.spec.lock import Lock

MACHINE = "local"


class LocalPlan(ClusterPlan):
    """The plan of a local cluster."""

    provider: Literal["local"] = "local"  # pyright: ignore[reportIncompatibleVariableOverride]
    runtime: Literal["process", "machine"]


def plan_cluster(spec: ClusterSpec, lock: Lock | None, decisions: Decisions) -> LocalPlan:
    """The plan of a spec without errors. Nothing of it is known to an account alone, so there is no lock."""
    runtime: Literal["process", "machine"] = decisions.default(
        spec, "runtime", spec.runtime or "process", "needs no root: a node is a supervised process tree"
    )
    head = _head(spec, decisions)
    groups = tuple(
        _group(group, f"groups[{index}]" if "groups" in spec.model_fields_set else None, decisions)
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
        job=plan_job(spec, groups, decisions),
        tags=dict(sorted(spec.tags.items())),
        decisions=tuple(decisions.taken),
        refusals=_refusals(runtime),
    )


def _head(spec: ClusterSpec, decisions: Decisions) -> HeadPlan:
    machine = spec.head.machine or MACHINE
    return HeadPlan(machine=decisions.default(spec.head, "head.machine", machine, "the only one of this provider"))


def _group(group: GroupSpec, path: str | None, decisions: Decisions) -> GroupPlan:
    """The plan of one group. `path` is its place in the spec; None if the whole group was decided."""
    name = group.machine or MACHINE
    if path:
        decisions.default(group, f"{path}.machine", name, "the only one of this provider")
        decisions.default(group, f"{path}.nodes", group.size.max, "two is the least that shows distributed training")
    return GroupPlan(**common.machines(group, name, local.row(name)))


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


def _refusals(runtime: str) -> tuple[Refusal, ...]:
    if runtime == "process":
        return ()
    return (
        Refusal(
            what="nodes of `runtime: machine` can't be started by this version",
            why="it plans them and has no provider for them yet",
            hint="write `runtime: process`",
        ),
    )
