"""Buckets, file systems, the head's volumes, and how nodes mount them."""

from collections.abc import Iterator
from typing import Literal

from clusterwright.catalog.storage import filestore_tiers
from clusterwright.decide.gcp.storage import GIB, DiskChoice, NfsTier, lustre, nfs, volume
from clusterwright.plan.cloud import CONTROL, LOCAL_MOUNT, MOUNTED, ROLES, SOFTWARE, WRITABLE, DiskPlan, MountPlan
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.gcp.model import BucketPlan, GcpStorage, LifecyclePlan, LustrePlan, NfsPlan, VolumePlan
from clusterwright.plan.gcp.names import Names
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
)
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.storage import BucketSpec, LustreSpec, NfsSpec, Storage, VolumeSpec

TIERS: dict[NfsTier, Literal["BASIC_HDD", "BASIC_SSD", "ZONAL", "REGIONAL", "ENTERPRISE"]] = {
    "basic_hdd": "BASIC_HDD", "basic_ssd": "BASIC_SSD", "zonal": "ZONAL", "regional": "REGIONAL",
    "enterprise": "ENTERPRISE",
}  # fmt: skip
REGIONAL: tuple[NfsTier, ...] = ("regional", "enterprise")
SOFT_DELETE = 7 * 86400
"""Google's own time unless an organisation has set another; a version that was deleted by mistake is back within it
(https://docs.cloud.google.com/storage/docs/soft-delete)."""
SHARE = 16
"""Characters that a share's name has at most on basic tiers; others take more, and each instance has one share
(https://docs.cloud.google.com/filestore/docs/reference/rest/v1/projects.locations.instances)."""


def plan_storage(spec: ClusterSpec, names: Names, decisions: Decisions) -> tuple[GcpStorage, ...]:
    """Everything that head and nodes mount, but for the head's state."""
    own = cluster_bucket(spec)
    decisions.default(
        spec.security, "security.deletion_protection", spec.security.deletion_protection, "data outlives mistakes"
    )
    planned: list[GcpStorage] = []
    for storage, path, notes in noted(spec, decisions):
        match storage:
            case BucketSpec():
                planned.append(_bucket(spec, storage, storage.name == own, path, names, notes))
            case LustreSpec():
                planned.append(_lustre(spec, storage, path, names, notes))
            case NfsSpec():
                planned.append(_nfs(spec, storage, path, names, notes))
            case VolumeSpec():
                planned.append(plan_volume(spec, storage, path, names, notes))
    return tuple(planned)


def plan_volume(spec: ClusterSpec, storage: VolumeSpec, path: str, names: Names, decisions: Decisions) -> VolumePlan:
    """A disk of the head's own."""
    chosen = volume(spec, storage)
    decisions.default(storage, f"{path}.disk", chosen.kind.value, chosen.kind.reason)
    return VolumePlan(
        name=storage.name,
        mount=storage.mounted_at,
        on_destroy=storage.on_destroy,
        full_name=names.of(storage.name),
        device=storage.name,
        disk=disk_plan(chosen),
        encrypted=encrypted(spec),
        snapshot=storage.on_destroy == "delete",
        protected=_protected(spec, storage),
    )


def _bucket(
    spec: ClusterSpec, storage: BucketSpec, own: bool, path: str, names: Names, decisions: Decisions
) -> BucketPlan:
    old = storage.old_versions or OLD_VERSIONS
    decisions.default(storage, f"{path}.old_versions", old, "time to notice what was overwritten")
    lifecycle = [
        LifecyclePlan(action="Delete", noncurrent_days=days(old)),
        LifecyclePlan(action="AbortIncompleteMultipartUpload", age_days=UNFINISHED_DAYS),
    ]
    if own:
        note_short_lived(path, decisions)
        lifecycle += [
            LifecyclePlan(action="Delete", prefix=folder, noncurrent_days=days) for folder, days in SHORT_LIVED.items()
        ]
    return BucketPlan(
        name=storage.name,
        mount=storage.mounted_at,
        on_destroy=storage.on_destroy,
        full_name=names.bucket(storage.name),
        location=names.region,
        cluster=own,
        folders=(CONTROL, *WRITABLE, SOFTWARE) if own else (),
        mounted=MOUNTED if own else "",
        encrypted=encrypted(spec),
        versioning=True,
        old_versions=int(old),
        soft_delete=SOFT_DELETE,
        lifecycle=tuple(lifecycle),
        cache_mib=storage.cache // 2**20 if storage.cache else None,
        protected=_protected(spec, storage),
    )


def _lustre(spec: ClusterSpec, storage: LustreSpec, path: str, names: Names, decisions: Decisions) -> LustrePlan:
    chosen = lustre(storage)
    decisions.default(storage, f"{path}.throughput", f"{chosen.throughput.value} MB/s/TiB", chosen.throughput.reason)
    return LustrePlan(
        name=storage.name,
        mount=storage.mounted_at,
        on_destroy=storage.on_destroy,
        full_name=names.of(storage.name),
        filesystem="lustre",
        capacity_gib=storage.size // GIB,
        throughput=chosen.throughput.value,
        encrypted=encrypted(spec),
        imports=_imports(spec, storage, path, names, decisions),
        protected=_protected(spec, storage),
    )


def _imports(spec: ClusterSpec, storage: LustreSpec, path: str, names: Names, decisions: Decisions) -> str | None:
    """Where files come from; of the cluster's own bucket the part that nodes write as files."""
    if storage.bucket is None:
        return None
    why = "Managed Lustre moves files from and to a bucket when asked, and does not follow it by itself"
    decisions.note(f"{path}.transfers", "on request", why)
    return f"gs://{names.bucket(storage.bucket)}/{MOUNTED if storage.bucket == cluster_bucket(spec) else ''}"


def _nfs(spec: ClusterSpec, storage: NfsSpec, path: str, names: Names, decisions: Decisions) -> NfsPlan:
    """Filestore makes no backups by itself, so none are planned.

    Tiers that take no key of one's own, or are not known to, are encrypted with Google's.
    """
    chosen = nfs(spec, storage)
    tier, row = chosen.tier.value, filestore_tiers()[chosen.tier.value]
    decisions.default(storage, f"{path}.tier", tier, chosen.tier.reason)
    decisions.default(storage, f"{path}.size", chosen.size.value, chosen.size.reason)
    decisions.default(storage, f"{path}.version", chosen.version.value, chosen.version.reason)
    if storage.backups:
        why = "Filestore has no schedule of backups: make them with one of your own"
        decisions.note(f"{path}.backups", False, why)
    keyed = encrypted(spec) and row.customer_key is True
    if encrypted(spec) and not keyed:
        decisions.note(f"{path}.encrypted", "with Google's key", f"{tier} is not known to take another")
    return NfsPlan(
        name=storage.name,
        mount=storage.mounted_at,
        on_destroy=storage.on_destroy,
        full_name=names.of(storage.name),
        tier=TIERS[tier],
        location=names.region if tier in REGIONAL else names.zone,
        share=storage.name.replace("-", "_")[:SHARE],
        capacity_gib=chosen.size.value // GIB,
        protocol="NFS_V4_1" if chosen.version.value == "4.1" else "NFS_V3",
        encrypted=keyed,
        protected=_protected(spec, storage) and row.deletion_protection is True,
        backups=False,
    )


def plan_mounts(storage: tuple[GcpStorage, ...], state: VolumePlan) -> tuple[MountPlan, ...]:
    """How each storage is mounted. Nodes alone keep what they read from a bucket on their own disks."""
    return tuple(mount for one in (*storage, state) for mount in _mounts(one))


def _mounts(storage: GcpStorage) -> Iterator[MountPlan]:
    """Sources of the options: https://docs.cloud.google.com/storage/docs/cloud-storage-fuse/cli-options,
    https://docs.cloud.google.com/filestore/docs/mounting-fileshares, and for Lustre the documentation of its client."""
    name, path = storage.name, storage.mount
    match storage:
        case BucketPlan():
            options = ("_netdev", "allow_other", "implicit_dirs")
            options += (f"only_dir={storage.mounted.rstrip('/')}",) if storage.mounted else ()
            if storage.cache_mib is None:
                yield MountPlan(storage=name, path=path, type="gcsfuse", options=options, roles=ROLES)
                return
            cache = (f"cache_dir={LOCAL_MOUNT}/{name}", f"file_cache_max_size_mb={storage.cache_mib}")
            yield MountPlan(storage=name, path=path, type="gcsfuse", options=options, roles=("head",))
            yield MountPlan(storage=name, path=path, type="gcsfuse", options=options + cache, roles=("compute",))
        case LustrePlan():
            yield MountPlan(storage=name, path=path, type="lustre", options=LUSTRE_OPTIONS, roles=ROLES)
        case NfsPlan():
            version = "4.1" if storage.protocol == "NFS_V4_1" else "3"
            options = ("_netdev", f"vers={version}", "hard", "timeo=600", "retrans=3", "noatime")
            yield MountPlan(storage=name, path=path, type="nfs", options=options, roles=ROLES)
        case VolumePlan():
            yield MountPlan(storage=name, path=path, type="ext4", options=DISK_OPTIONS, roles=("head",))


def disk_plan(chosen: DiskChoice) -> DiskPlan:
    """A disk as it is made: in whole GiB."""
    return DiskPlan(
        size_gib=gib(chosen.size.value),
        kind=chosen.kind.value,
        iops=chosen.iops.value,
        throughput_mbps=chosen.throughput.value,
    )


def encrypted(spec: ClusterSpec) -> bool:
    """Whether the cluster's key, or the user's, encrypts; else the provider's does."""
    return spec.security.key != "provider"


def _protected(spec: ClusterSpec, storage: Storage) -> bool:
    return spec.security.deletion_protection and storage.on_destroy == "keep"
