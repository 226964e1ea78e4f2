"""File systems and disks on GCP: what a spec leaves open of them."""

from dataclasses import dataclass
from typing import Literal

from clusterwright.catalog.gcp import GcpMachine, machine
from clusterwright.catalog.storage import filestore_tiers, managed_lustre
from clusterwright.decide.choice import GIVEN, Choice
from clusterwright.decide.disks import disk_size, given_disk
from clusterwright.decide.machines import machine_name
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import DiskKind, DiskSpec, GroupSpec, HeadSpec
from clusterwright.spec.storage import LustreSpec, NfsSpec, VolumeSpec
from clusterwright.spec.units import GIB, Size

NfsTier = Literal["basic_hdd", "basic_ssd", "zonal", "regional", "enterprise"]
NfsVersion = Literal["3", "4.1"]

HOME_SIZE = Size(1024 * GIB)


@dataclass(frozen=True)
class LustreChoice:
    """An instance of Managed Lustre. `throughput` is in MB/s for each TiB."""

    throughput: Choice[int]


@dataclass(frozen=True)
class NfsChoice:
    """An instance of Filestore."""

    tier: Choice[NfsTier]
    size: Choice[Size]
    version: Choice[NfsVersion]


@dataclass(frozen=True)
class DiskChoice:
    """A disk: `size` in bytes, `iops` operations a second, `throughput` in MB/s; None is what kind and size bring."""

    size: Choice[Size]
    kind: Choice[DiskKind]
    iops: Choice[int | None]
    throughput: Choice[int | None]


def lustre(storage: LustreSpec) -> LustreChoice:
    """The performance tier of a Lustre file system."""
    if storage.throughput is not None:
        return LustreChoice(Choice(int(storage.throughput), GIVEN))
    rates = managed_lustre().throughputs
    fitting = [rate for rate, sizes in rates.items() if sizes.allows(storage.size)]
    return LustreChoice(Choice(min(fitting, default=max(rates)), "the least, at the lowest price, for its size"))


def nfs(spec: ClusterSpec, storage: NfsSpec) -> NfsChoice:
    """Tier, size and version of an NFS file system."""
    tier: Choice[NfsTier] = Choice("zonal", "encrypted with the cluster's key, and protected from deletion")
    if storage.tier is not None:
        tier = Choice(storage.tier, GIVEN)
    row = filestore_tiers()[tier.value]
    size = Choice(Size(max(HOME_SIZE, row.sizes.least)), "it grows when it has to")
    if storage.size is not None:
        size = Choice(storage.size, GIVEN)
    version: Choice[NfsVersion] = Choice("3", f"{tier.value} has no other")
    if storage.version is not None:
        version = Choice(storage.version, GIVEN)
    elif "4.1" in row.nfs_versions:
        version = Choice("4.1", "one port to open, and locks that outlive a restart")
    return NfsChoice(tier, size, version)


def disk(spec: ClusterSpec, part: HeadSpec | GroupSpec, image: Size | None = None) -> DiskChoice:
    """The disk that a machine starts from; `image` is the size of its image's root volume, where it is known."""
    given = given_disk(part)
    row = machine(machine_name(spec, part))
    return _disk(given, disk_size(spec, part, image), given.kind if given else None, row)


def volume(spec: ClusterSpec, storage: VolumeSpec) -> DiskChoice:
    """A disk of the head's own."""
    row = machine(machine_name(spec, spec.head))
    return _disk(storage, Choice(storage.size, GIVEN), storage.disk, row)


def _disk(
    given: DiskSpec | VolumeSpec | None, size: Choice[Size], kind: DiskKind | None, row: GcpMachine | None
) -> DiskChoice:
    iops, throughput = (given.iops, given.throughput) if given else (None, None)
    own = "what its kind and size bring"
    return DiskChoice(
        size,
        Choice(kind, GIVEN) if kind else _kind(row),
        Choice(iops, GIVEN if iops else own),
        Choice(int(throughput) if throughput else None, GIVEN if throughput else own),
    )


def _kind(row: GcpMachine | None) -> Choice[DiskKind]:
    if row is not None and row.boot_disks is not None and "pd-balanced" not in row.boot_disks:
        return Choice("hyperdisk-balanced", "its machine type takes no persistent disks")
    return Choice("pd-balanced", "solid state at the lowest price")
