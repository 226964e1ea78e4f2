"""Buckets, file systems and disks, and how nodes mount them."""

from clusterwright.catalog.storage import fsx_deployments
from clusterwright.decide.aws.storage import DiskChoice, lustre, nfs, volume
from clusterwright.plan.aws.model import (
    AccessPointPlan,
    AssociationPlan,
    AwsStorage,
    BucketPlan,
    Conditions,
    LifecyclePlan,
    LustrePlan,
    NetworkPlan,
    NfsPlan,
    ResourceStatementPlan,
    VolumePlan,
)
from clusterwright.plan.aws.names import Names
from clusterwright.plan.aws.network import LUSTRE, NFS, lustre_subnet, standing
from clusterwright.plan.cloud import MOUNTED, ROLES, DiskPlan, MountPlan, Role
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.storages import (
    DISK_OPTIONS,
    LUSTRE_OPTIONS,
    OLD_VERSIONS,
    SHORT_LIVED,
    UNFINISHED_DAYS,
    cluster_bucket,
    days,
    gib,
    note_short_lived,
    noted,
    volume_names,
)
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.storage import BucketSpec, LustreSpec, NfsSpec, VolumeSpec
from clusterwright.spec.units import Duration

BACKUPS = Duration(7 * 86400)
LUSTRE_VERSION = "2.15"
"""AWS recommends it for all new file systems, whose default is older; links to buckets need 2.12
(https://docs.aws.amazon.com/fsx/latest/APIReference/API_CreateFileSystem.html)."""

MOUNTPOINT = ("allow-delete", "allow-other", "allow-overwrite")
FSX_OPTIONS = (*LUSTRE_OPTIONS, "x-systemd.requires=network.service")
"""https://docs.aws.amazon.com/fsx/latest/LustreGuide/mount-fs-auto-mount-onreboot.html"""
EFS_OPTIONS = ("_netdev", "iam", "noresvport", "tls")
"""https://docs.aws.amazon.com/efs/latest/ug/mounting-fs-mount-helper.html"""
CLIENT = ("elasticfilesystem:ClientMount", "elasticfilesystem:ClientRootAccess", "elasticfilesystem:ClientWrite")
"""What clients of EFS do; nodes prepare homes, which takes root's access."""


def plan_storage(spec: ClusterSpec, names: Names, network: NetworkPlan, decisions: Decisions) -> tuple[AwsStorage, ...]:
    """Everything that head and nodes mount, but for the head's state. The first bucket is the cluster's own."""
    control = cluster_bucket(spec)
    volumes = volume_names(spec)
    planned: list[AwsStorage] = []
    for storage, path, notes in noted(spec, decisions):
        match storage:
            case BucketSpec():
                planned.append(_bucket(spec, names, storage, storage.name == control, path, notes))
            case LustreSpec():
                planned.append(_lustre(spec, storage, control, network, path, notes))
            case NfsSpec():
                planned.append(_nfs(spec, names, storage, network, path, notes))
            case VolumeSpec():
                planned.append(plan_volume(spec, storage, 1 + volumes.index(storage.name), path, notes))
    return tuple(planned)


def plan_mounts(storage: tuple[AwsStorage, ...], state: VolumePlan) -> tuple[MountPlan, ...]:
    """How head and nodes mount the storage, and the head its state. Of the cluster's bucket they see data/ alone."""
    return tuple(_mount(one) for one in (*storage, state))


def _mount(storage: AwsStorage) -> MountPlan:
    match storage:
        case BucketPlan(control=control):
            kind, options = "mountpoint-s3", (*MOUNTPOINT, f"prefix={MOUNTED}") if control else MOUNTPOINT
        case LustrePlan():
            kind, options = "lustre", FSX_OPTIONS
        case NfsPlan():
            kind, options = "efs", EFS_OPTIONS
        case VolumePlan():
            kind, options = "ext4", DISK_OPTIONS
    roles: tuple[Role, ...] = ("head",) if isinstance(storage, VolumePlan) else ROLES
    return MountPlan(storage=storage.name, path=storage.mount, type=kind, options=options, roles=roles)


def _bucket(
    spec: ClusterSpec, names: Names, storage: BucketSpec, control: bool, path: str, decisions: Decisions
) -> BucketPlan:
    kept = decisions.default(
        storage, f"{path}.old_versions", storage.old_versions or OLD_VERSIONS, "time to notice what was overwritten"
    )
    rules = [
        LifecyclePlan(
            id="old-versions", prefix="", noncurrent_days=days(kept), unfinished_days=UNFINISHED_DAYS, markers=True
        )
    ]
    if control:
        note_short_lived(path, decisions)
        rules += [
            LifecyclePlan(id=f"old-{folder.rstrip('/')}", prefix=folder, noncurrent_days=days)
            for folder, days in SHORT_LIVED.items()
        ]
    bucket = names.bucket(storage.name)
    return BucketPlan(
        name=storage.name,
        mount=storage.mounted_at,
        on_destroy=storage.on_destroy,
        bucket=bucket,
        control=control,
        lifecycle=tuple(rules),
        statements=(tls_only(names, bucket),),
    )


def tls_only(names: Names, bucket: str) -> ResourceStatementPlan:
    """Refuses whoever speaks to a bucket in clear."""
    return ResourceStatementPlan(
        sid="TlsOnly",
        effect="Deny",
        actions=("s3:*",),
        resources=(names.bucket_arn(bucket), names.bucket_arn(bucket, "*")),
        conditions={"Bool": {"aws:SecureTransport": ("false",)}},
        principals={"AWS": ("*",)},
    )


def _lustre(
    spec: ClusterSpec, storage: LustreSpec, control: str, network: NetworkPlan, path: str, decisions: Decisions
) -> LustrePlan:
    choice = lustre(storage)
    deployment = decisions.default(storage, f"{path}.deployment", choice.deployment.value, choice.deployment.reason)
    if deployment == "persistent_1":
        decisions.default(storage, f"{path}.drive", storage.drive, "texts are read in random order")
    efa = decisions.default(storage, f"{path}.efa", choice.efa.value, choice.efa.reason)
    throughput = choice.throughput.value
    if throughput is not None:
        decisions.default(storage, f"{path}.throughput", f"{throughput} MB/s/TiB", choice.throughput.reason)
    persistent = deployment.startswith("persistent")
    backups = None
    if persistent:
        wanted, why = _backups(storage)
        backups = days(wanted) if wanted else 0
        decisions.default(storage, f"{path}.backups", f"{backups} d" if backups else "none", why)
    return LustrePlan.model_validate(
        {
            "name": storage.name,
            "mount": storage.mounted_at,
            "on_destroy": storage.on_destroy,
            "size_gib": gib(storage.size),
            "deployment": deployment.upper(),
            "throughput": throughput,
            "drive": storage.drive.upper(),
            "cache": "NONE" if storage.drive == "hdd" else None,
            "efa": efa,
            "version": LUSTRE_VERSION,
            "encrypted": fsx_deployments()[deployment].customer_key,
            "metadata": "AUTOMATIC" if deployment == "persistent_2" else None,
            "subnet": standing(network, lustre_subnet(efa))[0],
            "security_groups": (LUSTRE,),
            "association": _association(storage.bucket, control),
            "backup_days": backups,
        }
    )


def _backups(storage: LustreSpec) -> tuple[Duration | None, str]:
    """How long daily backups are kept; None without any."""
    if storage.backups is not None:
        return storage.backups, "the spec says so"
    if storage.bucket is not None:
        return None, "its bucket holds its files"
    if storage.on_destroy == "delete":
        return None, "it is deleted with the cluster"
    return BACKUPS, "time to notice what was overwritten"


def _association(bucket: str | None, control: str) -> AssociationPlan | None:
    """The part of a bucket that the file system shows. Of the cluster's own bucket that is data/ alone: who writes the
    file system would else write control/ too, through it."""
    if bucket is None:
        return None
    return AssociationPlan(
        storage=bucket,
        prefix=MOUNTED if bucket == control else "",
        path=f"/{bucket}",
        events=("NEW", "CHANGED", "DELETED"),
    )


def _nfs(
    spec: ClusterSpec, names: Names, storage: NfsSpec, network: NetworkPlan, path: str, decisions: Decisions
) -> NfsPlan:
    choice = nfs(spec, storage)
    if choice.throughput is None:
        decisions.default(storage, f"{path}.throughput", choice.mode.value, choice.mode.reason)
    decisions.default(storage, f"{path}.one_zone", storage.one_zone, "homes outlive a zone")
    decisions.default(storage, f"{path}.backups", storage.backups, "homes hold what people wrote")
    return NfsPlan(
        name=storage.name,
        mount=storage.mounted_at,
        on_destroy=storage.on_destroy,
        mode=choice.mode.value,
        throughput=choice.throughput,
        one_zone=storage.one_zone,
        backups=storage.backups,
        access_point=AccessPointPlan(path=f"/{storage.name}"),
        subnet=standing(network, "services")[0],
        security_groups=(NFS,),
        statements=_ways_in(names),
    )


def _ways_in(names: Names) -> tuple[ResourceStatementPlan, ...]:
    """The file system's policy: the cluster's machines, and nobody without TLS or past its access points.

    The key of an access point is missing where a client mounts without one
    (https://docs.aws.amazon.com/efs/latest/ug/access-points-iam-policy.html,
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Null).
    The machines are named here and not in the roles' own policies, since for clients EFS does not look at a file
    system's tags (https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html#efs-condition-keys-for-nfs),
    and its id is known to nobody before it is made. The roles have to be there first.
    """
    roles = tuple(names.arn("iam", f"role/{names.role(role)}", region="") for role in ROLES)
    return (
        ResourceStatementPlan(
            sid="MachinesMount",
            effect="Allow",
            actions=CLIENT,
            resources=(),
            conditions={"Bool": {"elasticfilesystem:AccessedViaMountTarget": ("true",)}},
            principals={"AWS": roles},
        ),
        _deny("TlsOnly", {"Bool": {"aws:SecureTransport": ("false",)}}),
        _deny("AccessPointOnly", {"Null": {"elasticfilesystem:AccessPointArn": ("true",)}}),
    )


def _deny(sid: str, conditions: Conditions) -> ResourceStatementPlan:
    return ResourceStatementPlan(
        sid=sid, effect="Deny", actions=CLIENT, resources=(), conditions=conditions, principals={"AWS": ("*",)}
    )


def plan_volume(spec: ClusterSpec, storage: VolumeSpec, number: int, path: str, decisions: Decisions) -> VolumePlan:
    """A disk of the head's own, its `number`-th from 0. The state's is 0, whose decisions are nobody's to change."""
    choice = volume(storage)
    kind = decisions.default(storage, f"{path}.disk", choice.kind.value, choice.kind.reason)
    return VolumePlan(
        name=storage.name,
        mount=storage.mounted_at,
        on_destroy=storage.on_destroy,
        disk=disk_plan(choice, kind),
        device=f"/dev/xvd{chr(ord('b') + number // 26)}{chr(ord('a') + number % 26)}",
        snapshot=storage.on_destroy == "delete",
    )


def disk_plan(choice: DiskChoice, kind: str) -> DiskPlan:
    """A disk as EBS makes it: in whole GiB."""
    return DiskPlan(
        size_gib=gib(choice.size.value),
        kind=kind,
        iops=choice.iops.value,
        throughput_mbps=choice.throughput.value,
    )
