"""What the plan's storage moves in a second, as its nodes read texts and write checkpoints."""

from __future__ import annotations

from clusterwright.estimate.quantity import BYTE_PER_SECOND, Figure, Span, between
from clusterwright.plan.aws.model import LustrePlan as AwsLustre
from clusterwright.plan.gcp.model import LustrePlan as GcpLustre
from clusterwright.plan.model import ClusterPlan, StoragePlan

MEGA = 1e6
TIB = 1024
LUSTRE = (0.5, 0.8, 1.0)
"""The share of its throughput that a file system gives to large files; our own assumption."""
SCRATCH = 200
"""MB/s a TiB that FSx's deployments without a choice have
(https://docs.aws.amazon.com/fsx/latest/LustreGuide/performance.html)."""
BUCKET = (90.0, 500.0, 2000.0)
"""MB/s between a node and a bucket: S3 gives 85 to 90 a request, several at once give more
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-guidelines.html); how many a mount makes
is its own affair."""
DISK = (100.0, 500.0, 2000.0)
"""MB/s of this machine's disk, from a hard disk's to an NVMe's; not measured."""


def throughput(plan: ClusterPlan) -> Figure:
    """Bytes a second of the fastest storage that all nodes share: a parallel file system, else the cluster's bucket."""
    if plan.provider == "local":
        return between(DISK, BYTE_PER_SECOND, "this machine's disk, not measured", MEGA)
    shared = [rate for storage in plan.storage if (rate := _lustre(storage))]
    return max(shared, key=_likely, default=between(BUCKET, BYTE_PER_SECOND, "a node's way to the bucket", MEGA))


def _likely(figure: Figure) -> float:
    return (figure.span or Span(0, 0, 0)).likely


def _lustre(storage: StoragePlan) -> Figure | None:
    if isinstance(storage, AwsLustre):
        size, rate = storage.size_gib, storage.throughput or SCRATCH
    elif isinstance(storage, GcpLustre):
        size, rate = storage.capacity_gib, storage.throughput
    else:
        return None
    whole = size / TIB * rate * MEGA
    return between(LUSTRE, BYTE_PER_SECOND, f"{storage.name}: {size} GiB at {rate} MB/s/TiB", whole)
