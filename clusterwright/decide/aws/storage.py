"""File systems and disks on AWS: what a spec leaves open of them."""

from dataclasses import dataclass
from typing import Literal

from clusterwright.catalog.storage import disks, fsx_deployments, fsx_efa
from clusterwright.decide.aws.fabric import fabric, machine_of_group
from clusterwright.decide.choice import GIVEN, Choice
from clusterwright.decide.disks import disk_size, given_disk
from clusterwright.decide.machines import machine_name
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import DiskSpec, GroupSpec, HeadSpec
from clusterwright.spec.storage import LustreSpec, NfsSpec, VolumeSpec
from clusterwright.spec.units import Size

Deployment = Literal["scratch_1", "scratch_2", "persistent_1", "persistent_2"]
ThroughputMode = Literal["elastic", "provisioned"]
DiskKindAws = Literal["gp3", "io2"]

GP3_IOPS, GP3_MBPS = 3000, 125
"""What a gp3 volume does at its base price (https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html)."""
IO2_IOPS = 10_000


@dataclass(frozen=True)
class LustreChoice:
    """A file system of FSx for Lustre. `throughput` is in MB/s for each TiB, None for scratch, which has one speed."""

    deployment: Choice[Deployment]
    throughput: Choice[int | None]
    efa: Choice[bool]


@dataclass(frozen=True)
class NfsChoice:
    """A file system of EFS. `throughput` is in MB/s where the mode is provisioned, else None."""

    mode: Choice[ThroughputMode]
    throughput: int | None


@dataclass(frozen=True)
class DiskChoice:
    """A disk: `size` in bytes, `iops` operations a second, `throughput` in MB/s (None for io2, which follows IOPS)."""

    size: Choice[Size]
    kind: Choice[DiskKindAws]
    iops: Choice[int]
    throughput: Choice[int | None]


def lustre(storage: LustreSpec) -> LustreChoice:
    """Deployment, throughput and EFA of a Lustre file system.

    All three are made with it and for good. So they follow from settings alone whose change makes it anew by their own
    account: not from its size, from what becomes of it in the end, or from the groups that read it.
    """
    deployment = _deployment(storage)
    given = storage.efa is not None
    efa = Choice(bool(storage.efa), GIVEN if given else "a file system is made with it or without, and stays so")
    return LustreChoice(deployment, _throughput(storage, deployment.value), efa)


def lustre_efa(spec: ClusterSpec) -> bool:
    """Whether clients can reach a Lustre file system over EFA."""
    return any(isinstance(storage, LustreSpec) and lustre(storage).efa.value for storage in spec.storage)


def lustre_interfaces(spec: ClusterSpec, group: GroupSpec) -> Choice[int]:
    """How many EFA interfaces of a group's nodes carry Lustre; with 0 they mount it over TCP, as every client can.

    As many as AWS's own script for clients takes
    (https://docs.aws.amazon.com/fsx/latest/LustreGuide/configure-efa-clients.html).
    """
    if not lustre_efa(spec):
        return Choice(0, "no Lustre file system has EFA")
    name, machine, known = machine_name(spec, group), machine_of_group(spec, group), fsx_efa()
    if machine is None or fabric(spec, group).value != "efa":
        return Choice(0, "its nodes have no EFA interfaces")
    if name.partition(".")[0] not in known.families:
        return Choice(0, f"FSx has no EFA for {name}, which mounts over TCP")
    several = sum(card.count for card in machine.cards) > 1
    count = known.interfaces.get(name, known.several_cards if several else known.one_card)
    return Choice(min(count, machine.efa_interfaces), f"as many of a {name}'s as AWS gives Lustre")


def _deployment(storage: LustreSpec) -> Choice[Deployment]:
    if storage.deployment is not None:
        return Choice(storage.deployment, GIVEN)
    if storage.drive == "hdd":
        return Choice("persistent_1", "the one deployment with hard disks")
    if storage.efa:
        return Choice("persistent_2", "the one deployment with EFA")
    if storage.throughput is not None:
        slow = int(storage.throughput) in fsx_deployments()["persistent_1"].throughputs(storage.drive)
        return Choice(
            "persistent_1" if slow else "persistent_2", f"the one deployment with {storage.throughput} on SSDs"
        )
    return Choice("persistent_2", "servers that fail are replaced with their data")


def _throughput(storage: LustreSpec, deployment: Deployment) -> Choice[int | None]:
    if storage.throughput is not None:
        return Choice(int(storage.throughput), GIVEN)
    match deployment:
        case "persistent_2":
            return Choice(250, "twice the least: checkpoints of many GPUs are written at once")
        case "persistent_1" if storage.drive == "hdd":
            return Choice(12, "the least")
        case "persistent_1":
            return Choice(100, "twice the least: checkpoints of many GPUs are written at once")
        case _:
            return Choice(None, "scratch file systems have one speed, 200 MB/s/TiB")


def nfs(spec: ClusterSpec, storage: NfsSpec) -> NfsChoice:
    """How the throughput of an NFS file system is paid for."""
    if storage.throughput is not None:
        return NfsChoice(Choice("provisioned", "a throughput is given"), int(storage.throughput))
    return NfsChoice(Choice("elastic", "paid by what is read and written: homes are used in bursts"), None)


def disk(spec: ClusterSpec, part: HeadSpec | GroupSpec, image: Size | None = None) -> DiskChoice:
    """The disk that a machine starts from; `image` is the size of its image's root volume, where it is known."""
    return _disk(given_disk(part), disk_size(spec, part, image))


def volume(storage: VolumeSpec) -> DiskChoice:
    """A disk of the head's own."""
    return _disk(storage, Choice(storage.size, GIVEN))


def _disk(given: DiskSpec | VolumeSpec | None, size: Choice[Size]) -> DiskChoice:
    kind = given.kind if isinstance(given, DiskSpec) else given.disk if given else None
    iops, throughput = (given.iops, given.throughput) if given else (None, None)
    if kind == "io2":
        row = disks()["io2"]
        decided = Choice(
            min(IO2_IOPS, row.most_iops(size.value) or IO2_IOPS), "far above gp3's, for which io2 is chosen"
        )
        return DiskChoice(
            size, Choice("io2", GIVEN), Choice(iops, GIVEN) if iops else decided, Choice(None, "follows IOPS")
        )
    return DiskChoice(
        size,
        Choice("gp3", GIVEN if kind else "as fast at every size, at the lowest price"),
        Choice(iops, GIVEN) if iops else Choice(GP3_IOPS, "in the base price"),
        Choice(int(throughput), GIVEN) if throughput else Choice(GP3_MBPS, "in the base price"),
    )
