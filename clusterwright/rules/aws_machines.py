"""AWS: rules about machine types: where there are any, what starts on them, and what stands in for them."""

import difflib
from collections.abc import Iterator

from clusterwright.catalog import offerings
from clusterwright.catalog.aws import AwsMachine, machine, names
from clusterwright.decide.capacity import bought
from clusterwright.rules.aws import AwsRule, Part, groups, parts
from clusterwright.rules.base import Context, written
from clusterwright.spec.compute import GroupSpec
from clusterwright.spec.findings import Finding, Path

BEFORE_TURING = frozenset({"V100 32GB"})
"""GPUs of the catalog that NVIDIA's open kernel modules can't drive."""


class NotOfferedInRegion(AwsRule):
    """A machine type is not offered in the cluster's region, or its zone, as far as the catalog knows."""

    code = "CW-CMP-107"
    severity = "warning"
    why = "the catalog has the offerings of one day, and AWS adds some every week; those of a lock go before them"

    def check(self, context: Context) -> Iterator[Finding]:
        region, zone, lock = context.spec.region, context.spec.zone, context.lock
        if region not in offerings.aws_regions():
            return
        zone_id = lock.zones.get(zone) if lock and zone else None
        for part in parts(context):
            regions = offerings.regions("aws", part.name)
            if regions is None or (lock and part.name in lock.offerings):
                continue
            zones = offerings.zone_ids("aws", part.name, region)
            if region not in regions:
                where, others = f"region {region}", written(regions)
            elif zone_id is not None and zones and zone_id not in zones:
                where, others = f"zone {zone} ({zone_id})", f"zones with the ids {written(zones)}"
            else:
                continue
            what = f"{where} had no {part.name} on {offerings.provenance().date}, and {part.called} asks for it"
            yield self.finding(part.machine_path, what, f"use another machine type, or go where it was: {others}")


class GpuNeedsClosedDriver(AwsRule):
    """The driver of the images that the project uses can't drive a machine's GPUs."""

    code = "CW-CMP-102"
    why = (
        "the images bring NVIDIA's open kernel modules, which drive whole GPUs from Turing on; a share needs the "
        "GRID driver (docs.nvidia.com/datacenter/tesla/driver-installation-guide/kernel-modules.html, "
        "docs.aws.amazon.com/AWSEC2/latest/UserGuide/install-nvidia-driver.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for part in parts(context):
            gpus = part.machine.gpus if part.machine else None
            if gpus is None or part.spec.image is not None:
                continue
            if gpus.share < 1:
                what = f"{part.called} has {part.name}, which has {gpus.share:g} of an {gpus.kind}"
                hint = (
                    "write a type with a whole GPU: `machine: g6.2xlarge`, or an image with that driver: `image: ami-…`"
                )
            elif gpus.kind in BEFORE_TURING:
                what = f"{part.called} has {part.name}, whose {gpus.kind} is older than Turing"
                hint = "write a newer type: `machine: p4d.24xlarge`, or an image with the closed driver: `image: ami-…`"
            else:
                continue
            yield self.finding(part.machine_path, what, hint)


def alternatives(context: Context) -> Iterator[tuple[Path, Part[GroupSpec], str, AwsMachine | None]]:
    """Each alternative of each group: its place, the group, its name, and its row of the catalog if it has one."""
    for group in groups(context):
        for index, name in enumerate(group.spec.alternatives):
            yield (*group.path, "alternatives", index), group, name, machine(name)


class AlternativesNotPossible(AwsRule):
    """A group has alternatives whose machines have to be all of one type."""

    code = "CW-CMP-103"
    why = "ranks keep step with the slowest GPU, and EFA, a reservation and a block are of one machine type each"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            if not group.spec.alternatives:
                continue
            if group.machine and group.machine.gpus:
                reason = "its nodes have GPUs"
            elif group.spec.fabric == "efa":
                reason = "its nodes have EFA"
            elif (kind := bought(group.spec)) in ("reservation", "capacity_block"):
                reason = f"its nodes are of a {kind}"
            else:
                continue
            what = f"{group.called} has alternatives, and {reason}"
            yield self.finding((*group.path, "alternatives"), what, "remove `alternatives`")


class UnknownAlternative(AwsRule):
    """The catalog has no machine type of an alternative's name, or a group names one twice."""

    code = "CW-CMP-104"
    why = "nodes are declared to the scheduler from the catalog, and each alternative needs to be another type"

    def check(self, context: Context) -> Iterator[Finding]:
        for path, group, name, row in alternatives(context):
            before = (group.name, *group.spec.alternatives[: int(path[-1])])
            if row is None:
                near = difflib.get_close_matches(name[:60], names(), n=1, cutoff=0)
                yield self.finding(path, f"AWS has no machine type `{name[:60]}`", f"did you mean `{near[0]}`?")
            elif name in before:
                yield self.finding(path, f"{group.called} has `{name}` already", "remove this one")


class AlternativeOfAnotherArchitecture(AwsRule):
    """An alternative has another processor architecture than its group's machine type."""

    code = "CW-CMP-105"
    why = "all nodes of a group start from one image, and an image is of one architecture"

    def check(self, context: Context) -> Iterator[Finding]:
        for path, group, name, row in alternatives(context):
            if row and group.machine and row.architecture != group.machine.architecture:
                what = (
                    f"`{name}` is {row.architecture}, and {group.name} of {group.called} {group.machine.architecture}"
                )
                yield self.finding(path, what, f"name types that are {group.machine.architecture}")


class AlternativeTooSmall(AwsRule):
    """An alternative has fewer CPUs or less memory than its group's machine type."""

    code = "CW-CMP-106"
    why = (
        "all nodes of a group are declared alike, and Slurm drains a node that has less than was declared "
        "(slurm.schedmd.com/slurm.conf.html, Node Configuration)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for path, group, name, row in alternatives(context):
            first = group.machine
            if row and first and (row.vcpus < first.vcpus or row.memory_mib < first.memory_mib):
                what = f"`{name}` has {_size(row)}, less than the {_size(first)} of {group.name} of {group.called}"
                yield self.finding(path, what, "remove it, or swap it with `machine`, which is to be the smallest type")


def _size(row: AwsMachine) -> str:
    return f"{row.vcpus} vCPUs and {row.memory_mib / 1024:g} GiB"
