"""AWS: rules about disks (EBS volumes): those that machines start from, and those of the head's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from clusterwright.catalog.aws import AwsMachine
from clusterwright.catalog.storage import Disk, disk
from clusterwright.decide.aws.storage import GP3_IOPS
from clusterwright.rules.aws import AwsRule, head, parts
from clusterwright.rules.base import Context
from clusterwright.spec.compute import DiskSpec
from clusterwright.spec.findings import Finding, Path
from clusterwright.spec.storage import VolumeSpec
from clusterwright.spec.units import GIB, Size, whole_gib

VOLUME = "docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html"
GP3 = "docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html"
DEFAULT, KINDS = "gp3", ("gp3", "io2")
MEBIBYTE_BITS = 8 * 2**20


@dataclass(frozen=True)
class Attached:
    """A disk of the spec, with the limits of its kind, and the machine that it is attached to, if that is known.

    A throughput in MB/s is handed on as the number of MiB/s that EBS is asked for.
    """

    path: Path
    kind: str
    limits: Disk
    size: Size
    size_key: tuple[str, ...]
    iops: int | None
    throughput: int | None
    machine: AwsMachine | None


def attached(context: Context) -> Iterator[Attached]:
    """Each disk that the spec gives, those of a kind of another cloud left out."""
    for part in parts(context):
        given = part.spec.disk
        if isinstance(given, DiskSpec):
            yield from _attached((*part.path, "disk"), given.kind, given, ("size",), part.machine)
        elif given is not None:
            yield from _attached((*part.path, "disk"), None, DiskSpec(size=given), (), part.machine)
    for index, storage in enumerate(context.spec.storage):
        if isinstance(storage, VolumeSpec):
            yield from _attached(("storage", index), storage.disk, storage, ("size",), head(context).machine)


def _attached(
    path: Path, kind: str | None, given: DiskSpec | VolumeSpec, size_key: tuple[str, ...], machine: AwsMachine | None
) -> Iterator[Attached]:
    kind = kind or DEFAULT
    limits = disk(kind)
    if limits is not None and kind in KINDS:
        throughput = None if given.throughput is None else int(given.throughput)
        yield Attached(path, kind, limits, whole_gib(given.size), size_key, given.iops, throughput, machine)


class DiskSizeNotPossible(AwsRule):
    """A disk has a size that its kind does not have."""

    code = "CW-STO-111"
    why = f"each kind of disk has a least and a greatest size ({VOLUME})"

    def check(self, context: Context) -> Iterator[Finding]:
        for given in attached(context):
            if not given.limits.sizes.allows(given.size):
                key = given.size_key[-1] if given.size_key else "disk"
                near = [f"`{key}: {size // GIB} GiB`" for size in given.limits.sizes.near(given.size) if size]
                what = f"{given.kind} has no size of {given.size}"
                yield self.finding((*given.path, *given.size_key), what, f"write {' or '.join(near)}")


class DiskIopsNotPossible(AwsRule):
    """A disk has a number of operations a second that its kind and size do not have."""

    code = "CW-STO-112"
    why = f"each kind of disk has a range of IOPS, and so many for each GiB ({VOLUME}, {GP3})"

    def check(self, context: Context) -> Iterator[Finding]:
        for given in attached(context):
            limits, most = given.limits, given.limits.most_iops(given.size)
            if given.iops is None or limits.iops is None or most is None or limits.iops.least <= given.iops <= most:
                continue
            what = f"{given.kind} of {given.size} has {limits.iops.least:,} to {most:,} IOPS, not {given.iops:,}"
            hint = f"write `iops: {min(max(given.iops, limits.iops.least), most)}`"
            if given.iops > most and limits.iops_per_gib and given.iops <= (limits.iops.most or 0):
                hint += f", or `size: {ceil(given.iops / limits.iops_per_gib)} GiB`"
            yield self.finding((*given.path, "iops"), what, hint)


class DiskThroughputNotPossible(AwsRule):
    """A disk has a throughput that its kind and IOPS do not have."""

    code = "CW-STO-113"
    why = f"the throughput of gp3 has a limit by its IOPS, too, and that of io2 follows from its IOPS ({VOLUME}, {GP3})"

    def check(self, context: Context) -> Iterator[Finding]:
        for given in attached(context):
            asked, limits = given.throughput, given.limits.throughput_mibps
            if asked is None:
                continue
            path, iops = (*given.path, "throughput"), max(given.iops or 0, GP3_IOPS)
            most = given.limits.most_throughput(iops)
            if limits is None or most is None:
                yield self.finding(path, f"the throughput of {given.kind} can't be chosen", "leave `throughput` out")
            elif not limits.least <= asked <= most:
                what = f"{given.kind} with {iops:,} IOPS has {limits.least} to {most} MB/s, not {asked}"
                hint = f"write `throughput: {min(max(asked, limits.least), most)} MB/s`"
                needed = ceil(asked / given.limits.mibps_per_iops) if given.limits.mibps_per_iops else None
                if (
                    asked <= (limits.most or 0)
                    and needed
                    and iops < needed <= (given.limits.most_iops(given.size) or 0)
                ):
                    hint += f", or `iops: {needed}`"
                yield self.finding(path, what, hint)


class DiskFasterThanMachine(AwsRule):
    """A disk is paid to be faster than its machine can read and write."""

    code = "CW-STO-114"
    severity = "warning"
    why = (
        "a machine has a bandwidth of its own to all its disks "
        "(docs.aws.amazon.com/AWSEC2/latest/UserGuide/ebs-optimized.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for given in attached(context):
            if given.throughput is None or given.machine is None:
                continue
            most = given.machine.ebs_mbps * 10**6 // MEBIBYTE_BITS
            if given.throughput > most:
                what = f"the disk moves {given.throughput} MB/s, and its machine {most} at most over time"
                yield self.finding((*given.path, "throughput"), what, f"write `throughput: {max(most, 125)} MB/s`")
