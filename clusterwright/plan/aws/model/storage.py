"""What a cluster on AWS keeps its files on: buckets, file systems, the head's own disks."""

from typing import Annotated, Literal

from pydantic import Field

from clusterwright.plan.aws.model.identity import ResourceStatementPlan
from clusterwright.plan.cloud import DiskPlan
from clusterwright.plan.model import PlanModel, StoragePlan


class LifecyclePlan(PlanModel):
    """What a bucket drops by itself, after days: objects, versions that were overwritten, uploads never finished.

    With `markers` also what is left of an object that was deleted once its versions are gone: a marker, which each
    listing goes past (https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html).
    """

    id: str
    prefix: str
    days: int | None = None
    noncurrent_days: int | None = None
    unfinished_days: int | None = None
    markers: bool = False


class BucketPlan(StoragePlan):
    """A bucket: versioned, encrypted, without public access, and reached over TLS alone.

    With a key of KMS it has a bucket key, which spares a request to KMS for each object.

    `control` marks the cluster's own, which holds control/, reports/ and jobs/.
    """

    kind: Literal["bucket"] = "bucket"  # pyright: ignore[reportIncompatibleVariableOverride]
    bucket: str
    control: bool
    lifecycle: tuple[LifecyclePlan, ...]
    statements: tuple[ResourceStatementPlan, ...]


class AssociationPlan(PlanModel):
    """A prefix of a bucket of the plan that a Lustre file system shows as a folder; both sides see all files."""

    storage: str
    prefix: str
    path: str
    events: tuple[Literal["NEW", "CHANGED", "DELETED"], ...]


class LustrePlan(StoragePlan):
    """A file system of FSx for Lustre. `throughput` is for each TiB, `version` Lustre's own.

    `encrypted`: with the plan's key; scratch ones are encrypted with keys of FSx's own, which are gone with them.
    `metadata` AUTOMATIC grows with the size, which EFA needs too. `cache` of SSDs is had by hard drives alone, which
    have to say that they want none. `backup_days` of 0 is no backups, None of a file system that can have none.
    A large one takes longer to be made than the half hour that the provider waits of itself
    (https://www.pulumi.com/registry/packages/aws/api-docs/fsx/lustrefilesystem/): hence `create_timeout`.
    """

    kind: Literal["lustre"] = "lustre"  # pyright: ignore[reportIncompatibleVariableOverride]
    size_gib: int
    deployment: Literal["SCRATCH_1", "SCRATCH_2", "PERSISTENT_1", "PERSISTENT_2"]
    throughput: int | None
    drive: Literal["SSD", "HDD"]
    cache: Literal["NONE"] | None = None
    efa: bool
    version: str
    encrypted: bool
    metadata: Literal["AUTOMATIC"] | None
    subnet: str
    security_groups: tuple[str, ...]
    association: AssociationPlan | None
    backup_days: int | None
    create_timeout: str = "2h"


class AccessPointPlan(PlanModel):
    """A way into a file system of EFS: clients see `path` as its root, made with `owner` and `mode` where it is not.

    It enforces no user, as access points of one application do: in homes, files belong to who wrote them
    (https://docs.aws.amazon.com/efs/latest/ug/enforce-identity-access-points.html).
    """

    path: str
    owner: int = 0
    mode: Literal["0755"] = "0755"


class NfsPlan(StoragePlan):
    """A file system of EFS, encrypted; clients reach it over TLS and through its access point alone."""

    kind: Literal["nfs"] = "nfs"  # pyright: ignore[reportIncompatibleVariableOverride]
    mode: Literal["elastic", "provisioned"]
    throughput: int | None
    one_zone: bool
    backups: bool
    access_point: AccessPointPlan
    subnet: str
    security_groups: tuple[str, ...]
    statements: tuple[ResourceStatementPlan, ...]


class VolumePlan(StoragePlan):
    """A disk of the head's own, attached as `device`. One that is deleted leaves a snapshot if `snapshot` is set."""

    kind: Literal["volume"] = "volume"  # pyright: ignore[reportIncompatibleVariableOverride]
    disk: DiskPlan
    device: str
    snapshot: bool


AwsStorage = Annotated[BucketPlan | LustrePlan | NfsPlan | VolumePlan, Field(discriminator="kind")]
