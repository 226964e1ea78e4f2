"""What the clouds' file systems and disks allow, from storage.json: sizes, rates, keys. Unknown is None, never 0.

Each entry says where it is from (`source`) and the day that was read (`date`, YYYY-MM-DD).
"""

from collections.abc import Mapping
from functools import cache
from typing import Literal

from clusterwright.catalog.rows import FOLDER, Row
from clusterwright.catalog.steps import Range, Sizes, Steps

Drive = Literal["ssd", "hdd"]


class Sourced(Row):
    """An entry with its provenance; `note` is what a reader of the numbers should know."""

    source: str
    date: str
    note: str | None = None


class FsxTier(Row):
    """FSx for Lustre on one kind of drive at one `throughput` (MB/s/TiB; None where it can't be chosen).

    `efa_sizes` are those of a file system that clients reach over EFA, None where it can't be.
    """

    drive: Drive
    throughput: int | None = None
    sizes: Sizes
    efa_sizes: Sizes | None = None


class FsxDeployment(Sourced):
    """A deployment type of FSx for Lustre.

    `customer_key`: whether it takes a KMS key of the customer. `associations`: how many buckets it can be linked to
    with data repository associations, None where it can with none. `metadata_iops`: what can be provisioned, or None.
    """

    customer_key: bool
    associations: int | None = None
    metadata_iops: Steps | None = None
    tiers: tuple[FsxTier, ...]

    def throughputs(self, drive: Drive) -> tuple[int, ...]:
        """The rates to choose from, in MB/s/TiB; empty where there is no choice, or no such drive."""
        return tuple(tier.throughput for tier in self.tiers if tier.drive == drive and tier.throughput is not None)

    def tier(self, drive: Drive, throughput: int | None = None) -> FsxTier | None:
        """The tier of that drive and rate, or None where it is not offered."""
        return next((tier for tier in self.tiers if (tier.drive, tier.throughput) == (drive, throughput)), None)


class FsxEfa(Sourced):
    """Clients that reach FSx for Lustre over EFA: those of `families`, all others over TCP.

    `interfaces` are how many of a machine type's EFA interfaces carry Lustre; of the other types it is as many as
    `one_card` or `several_cards` say. `connections` is the most that a file system takes, one an interface, of all
    its clients together.
    """

    families: tuple[str, ...]
    interfaces: Mapping[str, int]
    one_card: int
    several_cards: int
    connections: int


class Efs(Sourced):
    """EFS. `provisioned_mibps` is in MiB/s, up to a limit that differs by region. A mount target takes one address."""

    performance_modes: tuple[str, ...]
    one_zone_performance_modes: tuple[str, ...]
    throughput_modes: tuple[str, ...]
    provisioned_mibps: Range
    mount_targets_per_zone: int
    addresses_per_mount_target: int
    port: int


class ManagedLustre(Sourced):
    """Managed Lustre: the sizes by `throughput`, in MB/s/TiB. It needs private services access on its network."""

    throughputs: Mapping[int, Sizes]
    port: int


class Filestore(Sourced):
    """A service tier of Filestore. `range_prefix`: the length of the address range that an instance takes."""

    sizes: Sizes
    shrinks: bool
    nfs_versions: tuple[Literal["3", "4.1"], ...]
    range_prefix: int
    customer_key: bool | None = None
    deletion_protection: bool | None = None


class Disk(Sourced):
    """A kind of disk.

    `iops` and `throughput_mibps` (MiB/s) are what can be asked for, None where they follow from other values. They are
    bounded too by the size (`iops_per_gib`, though `iops.least` can always be had) and by the IOPS
    (`mibps_per_iops`). `boot`: whether a machine can start from it.
    """

    sizes: Sizes
    iops: Range | None = None
    iops_per_gib: int | None = None
    throughput_mibps: Range | None = None
    mibps_per_iops: float | None = None
    boot: bool

    def most_iops(self, size: int) -> int | None:
        """The most IOPS that a disk of `size` bytes can have, None where they can't be asked for or are not known."""
        if self.iops is None or self.iops.most is None:
            return None
        if self.iops_per_gib is None:
            return self.iops.most
        return max(self.iops.least, min(self.iops.most, self.iops_per_gib * size // 2**30))

    def most_throughput(self, iops: int) -> int | None:
        """The most MiB/s that a disk with those IOPS can have, None where it can't be asked for or is not known."""
        if self.throughput_mibps is None or self.throughput_mibps.most is None:
            return None
        if self.mibps_per_iops is None:
            return self.throughput_mibps.most
        return min(self.throughput_mibps.most, int(self.mibps_per_iops * iops))


class Storage(Row):
    """All of storage.json; `disks` by the name that a spec gives them."""

    fsx_lustre: Mapping[str, FsxDeployment]
    fsx_efa: FsxEfa
    efs: Efs
    managed_lustre: ManagedLustre
    filestore: Mapping[str, Filestore]
    disks: Mapping[str, Disk]


@cache
def _storage() -> Storage:
    return Storage.model_validate_json((FOLDER / "storage.json").read_text(encoding="utf-8"))


def fsx_deployments() -> Mapping[str, FsxDeployment]:
    """FSx for Lustre by deployment type."""
    return _storage().fsx_lustre


def fsx_efa() -> FsxEfa:
    return _storage().fsx_efa


def efs() -> Efs:
    return _storage().efs


def managed_lustre() -> ManagedLustre:
    return _storage().managed_lustre


def filestore_tiers() -> Mapping[str, Filestore]:
    """Filestore by service tier."""
    return _storage().filestore


def disks() -> Mapping[str, Disk]:
    """The kinds of disk of both clouds by name."""
    return _storage().disks


def disk(kind: str) -> Disk | None:
    """The kind of disk of that name, or None."""
    return disks().get(kind)
