"""GCP: rules about the sizes and rates of disks."""

from collections.abc import Iterator
from dataclasses import dataclass

from clusterwright.catalog.steps import Range
from clusterwright.catalog.storage import Disk, disk
from clusterwright.decide.gcp import storage as decide
from clusterwright.decide.gcp.storage import DiskChoice
from clusterwright.rules.base import Context, written
from clusterwright.rules.gcp import GcpRule, head, parts, sizes_hint
from clusterwright.spec.compute import DiskSpec
from clusterwright.spec.findings import Finding, Path
from clusterwright.spec.storage import VolumeSpec

OF_AWS = ("gp3", "io2")


@dataclass(frozen=True)
class Planned:
    """A disk as it is decided: where the spec has it, what messages call it, and what its kind allows."""

    path: Path
    size_path: Path
    called: str
    choice: DiskChoice
    limits: Disk


def planned(context: Context) -> Iterator[Planned]:
    """The disks that the spec gives a size, of kinds that GCP has."""
    for part in parts(context):
        if part.spec.disk is not None:
            path = (*part.path, "disk")
            size_path = (*path, "size") if isinstance(part.spec.disk, DiskSpec) else path
            yield from _known(path, size_path, f"the disk of {part.called}", decide.disk(context.spec, part.spec))
    for index, storage in enumerate(context.spec.storage):
        if isinstance(storage, VolumeSpec):
            path = ("storage", index)
            yield from _known(path, (*path, "size"), f"volume `{storage.name}`", decide.volume(context.spec, storage))


def _known(path: Path, size_path: Path, called: str, choice: DiskChoice) -> Iterator[Planned]:
    limits = None if choice.kind.value in OF_AWS else disk(choice.kind.value)
    if limits:
        yield Planned(path, size_path, called, choice, limits)


class DiskSize(GcpRule):
    """A disk has a size that its kind does not have."""

    code = "CW-STO-206"
    why = (
        "each kind of disk has a range of sizes (docs.cloud.google.com/compute/docs/disks/persistent-disks, "
        "docs.cloud.google.com/compute/docs/disks/hyperdisks)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for found in planned(context):
            size, kind = found.choice.size.value, found.choice.kind.value
            if not found.limits.sizes.allows(size):
                what = f"{found.called} has {size}, and there is no {kind} of that size"
                yield self.finding(
                    found.size_path, what, sizes_hint(found.limits.sizes, size, str(found.size_path[-1]))
                )


class DiskRate(GcpRule):
    """A disk is to make more or fewer operations, or move more or less, than its kind and its size can."""

    code = "CW-STO-207"
    why = (
        "each Hyperdisk takes some rates within bounds, Balanced within ones that grow with its size; those of a "
        "Persistent Disk follow from its size (docs.cloud.google.com/compute/docs/disks/hyperdisks)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for found in planned(context):
            size, iops, rate = found.choice.size.value, found.choice.iops.value, found.choice.throughput.value
            most = found.limits.most_iops(size)
            yield from self._rate(found, "iops", iops, found.limits.iops, most, "")
            fastest = found.limits.most_throughput(iops or most or 0)
            yield from self._rate(found, "throughput", rate, found.limits.throughput_mibps, fastest, " MB/s")

    def _rate(
        self, found: Planned, key: str, asked: int | None, bounds: Range | None, most: int | None, unit: str
    ) -> Iterator[Finding]:
        if asked is None:
            return
        path, kind, wish = (*found.path, key), found.choice.kind.value, f"is to have {key} of {asked}{unit}"
        if bounds is None:
            what = f"{found.called} {wish}, and those of {kind} can't be chosen"
            yield self.finding(path, what, f"remove `{key}`, or use a disk of kind hyperdisk-balanced")
        elif asked < bounds.least:
            what = f"{found.called} {wish}, {kind} has {bounds.least}{unit} at least"
            yield self.finding(path, what, f"write `{key}: {bounds.least}{unit}`")
        elif most is not None and asked > most:
            what = f"{found.called} {wish}, with {found.choice.size.value} it can have {most}{unit}"
            yield self.finding(path, what, f"write `{key}: {most}{unit}`, or a larger `size`")


class VolumeNotForHead(GcpRule):
    """A volume is of a kind that the head's machine type does not take."""

    code = "CW-STO-208"
    why = (
        "volumes are attached to the head, and each machine type takes some kinds of disk only "
        "(docs.cloud.google.com/compute/docs/general-purpose-machines)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        first = head(context)
        kinds = first.machine.disks if first.machine else None
        for index, storage in enumerate(context.spec.storage):
            if isinstance(storage, VolumeSpec) and kinds and storage.disk and storage.disk not in (*kinds, *OF_AWS):
                what = f"volume `{storage.name}` is of kind {storage.disk}, and {first.name} does not take it"
                hint = f"write `disk: {kinds[0]}`; it takes {written(list(kinds))}"
                yield self.finding(("storage", index, "disk"), what, hint)
