"""What a cluster on GCP keeps its files on: buckets, file systems, the head's own disks."""

from typing import Annotated, Literal

from pydantic import Field

from clusterwright.plan.cloud import DiskPlan
from clusterwright.plan.model import PlanModel, StoragePlan


class LifecyclePlan(PlanModel):
    """What a bucket drops by itself, in days; `noncurrent_days` from when a version was overwritten or deleted."""

    action: Literal["Delete", "AbortIncompleteMultipartUpload"]
    prefix: str = ""
    noncurrent_days: int | None = None
    age_days: int | None = None


class BucketPlan(StoragePlan):
    """A bucket. The first of a cluster is the cluster's own, and has a managed folder for each prefix.

    `old_versions` and `soft_delete` are in seconds, the latter for how long what was deleted can be brought back even
    so; `cache_mib` is the part of a node's own disks that keeps what was read.
    """

    kind: Literal["bucket"] = "bucket"  # pyright: ignore[reportIncompatibleVariableOverride]
    full_name: str
    location: str
    cluster: bool
    folders: tuple[str, ...]
    mounted: str
    encrypted: bool
    versioning: bool
    old_versions: int
    soft_delete: int
    lifecycle: tuple[LifecyclePlan, ...]
    cache_mib: int | None
    uniform_access: Literal[True] = True
    public_access_prevention: Literal["enforced"] = "enforced"
    storage_class: Literal["STANDARD"] = "STANDARD"
    protected: bool


class LustrePlan(StoragePlan):
    """An instance of Managed Lustre. `throughput` is for each TiB.

    `imports` is a bucket and prefix, gs://…/, that files are brought in from and out to when somebody asks for it: it
    does not follow the bucket by itself.
    """

    kind: Literal["lustre"] = "lustre"  # pyright: ignore[reportIncompatibleVariableOverride]
    full_name: str
    filesystem: str
    capacity_gib: int
    throughput: int
    encrypted: bool
    imports: str | None
    protected: bool


class NfsPlan(StoragePlan):
    """An instance of Filestore. `protected`: it can't be deleted before that is lifted."""

    kind: Literal["nfs"] = "nfs"  # pyright: ignore[reportIncompatibleVariableOverride]
    full_name: str
    tier: Literal["BASIC_HDD", "BASIC_SSD", "ZONAL", "REGIONAL", "ENTERPRISE"]
    location: str
    share: str
    capacity_gib: int
    protocol: Literal["NFS_V3", "NFS_V4_1"]
    encrypted: bool
    protected: bool
    backups: bool
    connect_mode: Literal["PRIVATE_SERVICE_ACCESS"] = "PRIVATE_SERVICE_ACCESS"


class VolumePlan(StoragePlan):
    """A disk of the head's that outlives the head. One that is deleted leaves a snapshot if `snapshot` is set, which is
    encrypted as the disk was."""

    kind: Literal["volume"] = "volume"  # pyright: ignore[reportIncompatibleVariableOverride]
    full_name: str
    device: str
    disk: DiskPlan
    encrypted: bool
    snapshot: bool
    protected: bool


GcpStorage = Annotated[BucketPlan | LustrePlan | NfsPlan | VolumePlan, Field(discriminator="kind")]
