"""The plan of a cluster on this machine: nodes are supervised process trees, the bucket is a folder."""

from clusterwright.catalog.machines import machines
from clusterwright.catalog.software import environments
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.job import plan_job
from clusterwright.plan.model import BucketPlan, ClusterPlan, GroupPlan, HeadPlan, NodeRange, SoftwarePlan
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import GroupSpec

MACHINE = "local"


def plan_cluster(spec: ClusterSpec, decisions: Decisions) -> ClusterPlan:
    """The plan of a spec without errors."""
    decisions.default(spec, "runtime", spec.runtime, "needs no root: a node is a supervised process tree")
    head = _head(spec, decisions)
    groups = tuple(
        _group(group, f"groups[{index}]" if "groups" in spec.model_fields_set else None, decisions)
        for index, group in enumerate(spec.groups)
    )
    if "groups" not in spec.model_fields_set:
        (group,) = groups
        value = f"{group.name}: {group.nodes.max} nodes"
        decisions.note("groups", value, "two is the least that shows distributed training, and fits two cores")
    return ClusterPlan(
        name=spec.name,
        provider="local",
        runtime=spec.runtime,
        head=head,
        groups=groups,
        storage=_storage(spec, decisions),
        software=_software(spec, decisions),
        job=plan_job(spec, groups, decisions),
        tags=dict(sorted(spec.tags.items())),
        decisions=tuple(decisions.taken),
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
    machine = machines()[name]
    return GroupPlan(
        name=group.name,
        machine=name,
        nodes=NodeRange(min=group.size.min, max=group.size.max),
        node_names=tuple(f"{group.name}-{number}" for number in range(1, group.size.max + 1)),
        processes_per_node=machine.processes_per_node,
        threads_per_process=machine.threads_per_process,
    )


def _storage(spec: ClusterSpec, decisions: Decisions) -> tuple[BucketPlan, ...]:
    given = "storage" in spec.model_fields_set
    buckets = tuple(
        BucketPlan(name=bucket.name, mount=bucket.mounted_at, on_destroy=bucket.on_destroy) for bucket in spec.storage
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


def _software(spec: ClusterSpec, decisions: Decisions) -> SoftwarePlan:
    software = spec.software
    environment = environments()[software.pytorch]
    return SoftwarePlan(
        pytorch=decisions.default(software, "software.pytorch", software.pytorch, "the version that was tested"),
        scheduler=decisions.default(
            software, "software.scheduler", software.scheduler, "the head runs one job after the other"
        ),
        lock=environment.lock,
        lock_sha256=environment.sha256,
    )
