"""Buckets, file systems, the head's volumes, and how nodes mount them."""

from collections.abc import Iterator
from math import ceil
from typing import Literal

from clusterwright.catalog.storage import filestore_tiers
from clusterwright.decide.gcp.storage import GIB, DiskChoice, NfsTier, lustre, nfs, volume
from clusterwright.plan.cloud import CONTROL, LOCAL_MOUNT, MOUNTED, ROLES, WRITABLE, DiskPlan, MountPlan
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.gcp.model import BucketPlan, GcpStorage, LifecyclePlan, LustrePlan, NfsPlan, VolumePlan
from clusterwright.plan.gcp.names import Names
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.storage import BucketSpec, LustreSpec, NfsSpec, Storage, VolumeSpec
from clusterwright.spec.units import Duration, Size

OLD_VERSIONS = Duration(30 * 86400)
UNFINISHED_DAYS = 7
REPORTS = "reports/"

TIERS: dict[NfsTier, Literal["BASIC_HDD", "BASIC_SSD", "ZONAL", "REGIONAL", "ENTERPRISE"]] = {
    "basic_hdd": "BASIC_HDD", "basic_ssd": "BASIC_SSD", "zonal": "ZONAL", "regional": "REGIONAL",
    "enterprise": "ENTERPRISE",
}  # fmt: skip
REGIONAL: tuple[NfsTier, ...] = ("regional", "enterprise")

STATE = VolumeSpec(name="state", kind="volume", mount="/srv/clusterwright", size=Size(20 * GIB), on_destroy="delete")
"""What a new head goes on from: Slurm's state and its accounting."""
HOME = "/home"
HOME_SIZE = Size(100 * GIB)
REPORT_DAYS = 1
"""Reports are overwritten every few seconds, and nobody asks for an old one."""


def storages(spec: ClusterSpec) -> tuple[Storage, ...]:
    """The spec's storage, and what is decided beside it: a bucket where it has none, a disk where nothing is at /home.

    The first bucket is the cluster's own.
    """
    decided: list[Storage] = []
    if not any(isinstance(storage, BucketSpec) for storage in spec.storage):
        decided.append(BucketSpec(name=_free(spec, "control")))
    if HOME not in {storage.mounted_at for storage in spec.storage}:
        decided.append(VolumeSpec(name=_free(spec, "home"), kind="volume", mount=HOME, size=HOME_SIZE))
    return (*spec.storage, *decided)


def _free(spec: ClusterSpec, name: str) -> str:
    taken = {storage.name for storage in spec.storage}
    return next(one for one in (name, *(f"{name}-{number}" for number in range(2, 102))) if one not in taken)


def cluster_bucket(spec: ClusterSpec) -> str:
    """The name of the cluster's own bucket."""
    return next(storage.name for storage in storages(spec) if isinstance(storage, BucketSpec))


def plan_storage(spec: ClusterSpec, names: Names, decisions: Decisions) -> tuple[GcpStorage, ...]:
    """Everything that head and nodes mount, but for the head's state."""
    own = cluster_bucket(spec)
    if "storage" not in spec.model_fields_set:
        bucket = spec.storage[0]
        value = f"{bucket.name}: a bucket at {bucket.mounted_at}, {bucket.on_destroy}"
        decisions.note("storage", value, "holds texts, checkpoints and models, and outlives the cluster")
    reasons = {
        "bucket": "nodes are told through a bucket what to run",
        "volume": "homes are on a disk of the head's; a storage of kind nfs at /home is shared with nodes",
    }
    planned: list[GcpStorage] = []
    for index, storage in enumerate(storages(spec)):
        path, decided = f"storage[{index}]", index >= len(spec.storage)
        if decided:
            value = f"{storage.name}: a {storage.kind} at {storage.mounted_at}, {storage.on_destroy}"
            decisions.note("storage", value, reasons[storage.kind])
        elif "storage" in spec.model_fields_set:
            decisions.default(storage, f"{path}.mount", storage.mounted_at, "a slash and its name")
            decisions.default(storage, f"{path}.on_destroy", storage.on_destroy, "data outlives clusters")
        noted = Decisions() if decided else decisions
        match storage:
            case BucketSpec():
                planned.append(_bucket(spec, storage, storage.name == own, path, names, noted))
            case LustreSpec():
                planned.append(_lustre(spec, storage, path, names, noted))
            case NfsSpec():
                planned.append(_nfs(spec, storage, path, names, noted))
            case VolumeSpec():
                planned.append(plan_volume(spec, storage, path, names, noted))
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
        protected=_protected(spec, storage),
    )


def _bucket(
    spec: ClusterSpec, storage: BucketSpec, own: bool, path: str, names: Names, decisions: Decisions
) -> BucketPlan:
    old = storage.old_versions or OLD_VERSIONS
    decisions.default(storage, f"{path}.old_versions", old, "time to notice what was overwritten")
    lifecycle = [
        LifecyclePlan(action="delete", noncurrent_days=days(old)),
        LifecyclePlan(action="abort_upload", age_days=UNFINISHED_DAYS),
    ]
    if own:
        lifecycle.append(LifecyclePlan(action="delete", prefix=REPORTS, noncurrent_days=REPORT_DAYS))
    return BucketPlan(
        name=storage.name,
        mount=storage.mounted_at,
        on_destroy=storage.on_destroy,
        full_name=names.bucket(storage.name),
        location=names.region,
        cluster=own,
        folders=(CONTROL, *WRITABLE) if own else (),
        mounted=MOUNTED if own else "",
        encrypted=encrypted(spec),
        versioning=True,
        old_versions=int(old),
        lifecycle=tuple(lifecycle),
        cache_mib=storage.cache // 2**20 if storage.cache else None,
        protected=_protected(spec, storage),
    )


def _lustre(spec: ClusterSpec, storage: LustreSpec, path: str, names: Names, decisions: Decisions) -> LustrePlan:
    chosen = lustre(spec, storage)
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
    decisions.note(f"{path}.bucket", f"{storage.bucket}, on request", why)
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
    decisions.note(f"{path}.backups", False, "Filestore has no schedule of backups: make them with one of your own")
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
        share=storage.name.replace("-", "_"),
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
            options = ("_netdev", "noatime", "flock", "lazystatfs")
            yield MountPlan(storage=name, path=path, type="lustre", options=options, roles=ROLES)
        case NfsPlan():
            version = "4.1" if storage.protocol == "NFS_V4_1" else "3"
            options = ("_netdev", f"vers={version}", "hard", "timeo=600", "retrans=3", "noatime")
            yield MountPlan(storage=name, path=path, type="nfs", options=options, roles=ROLES)
        case VolumePlan():
            yield MountPlan(storage=name, path=path, type="ext4", options=("noatime",), roles=("head",))


def disk_plan(chosen: DiskChoice) -> DiskPlan:
    """A disk as it is made: whole GiB, since clouds have no smaller unit."""
    return DiskPlan(
        size_gib=ceil(chosen.size.value / GIB),
        kind=chosen.kind.value,
        iops=chosen.iops.value,
        throughput_mbps=chosen.throughput.value,
    )


def days(seconds: int) -> int:
    """Whole days, at least one."""
    return max(1, ceil(seconds / 86400))


def encrypted(spec: ClusterSpec) -> bool:
    """Whether the cluster's key, or the user's, encrypts; else the provider's does."""
    return spec.security.key != "provider"


def _protected(spec: ClusterSpec, storage: Storage) -> bool:
    return spec.security.deletion_protection and storage.on_destroy == "keep"
