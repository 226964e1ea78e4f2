"""GCP: rules about what machines start from: disks and images."""

from collections.abc import Iterator

from clusterwright.decide.gcp.fabric import fabric
from clusterwright.rules.base import Context, written
from clusterwright.rules.gcp import GcpRule, groups, parts
from clusterwright.spec.compute import DiskSpec
from clusterwright.spec.findings import Finding

FAMILY = "/images/family/"


class BootDiskNotOffered(GcpRule):
    """A machine type can't start from a disk of that kind."""

    code = "CW-CMP-212"
    why = (
        "each machine type starts from some kinds of disk only "
        "(docs.cloud.google.com/compute/docs/accelerator-optimized-machines, "
        "docs.cloud.google.com/compute/docs/general-purpose-machines)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for part in parts(context):
            kind = part.spec.disk.kind if isinstance(part.spec.disk, DiskSpec) else None
            kinds = part.machine.boot_disks if part.machine else None
            if kind and kinds and kind not in kinds:
                what = f"{part.called} starts {part.name} from {kind}"
                hint = f"write `kind: {kinds[0]}`; it starts from {written(list(kinds))}"
                yield self.finding((*part.path, "disk", "kind"), what, hint)


class ImageNotPinned(GcpRule):
    """An image is the newest of a family, and not the same one from day to day."""

    code = "CW-CMP-216"
    why = (
        "a family is another image with each release, so that nodes of one group would differ "
        "(docs.cloud.google.com/compute/docs/images/image-families-best-practices)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for part in parts(context):
            if part.spec.image is not None and FAMILY in part.spec.image:
                what = f"`{part.spec.image}` is a family of images"
                hint = f"name one of them: `image: {part.spec.image.partition(FAMILY)[0]}/images/NAME`"
                yield self.finding((*part.path, "image"), what, hint)


class FabricOfAnotherRelease(GcpRule):
    """A group uses GPUDirect-TCPX, which needs another release of Ubuntu than the nodes have."""

    code = "CW-CMP-217"
    why = (
        "the kernel of GPUDirect-TCPX is of Ubuntu 22.04, whose Slurm is 21.08, and nodes have Slurm 23.11 or newer "
        "from Ubuntu 24.04; where packages for the older release come from is not decided (github.com/"
        "GoogleCloudPlatform/cluster-toolkit, examples/machine-learning/a3-highgpu-8g/README.md, "
        "packages.ubuntu.com/jammy/slurmctld)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for part in groups(context):
            if fabric(context.spec, part.spec).value == "tcpx":
                path = (*part.path, "fabric") if part.spec.fabric else part.path
                yield self.finding(path, f"{part.called} has fabric tcpx", "write `fabric: none`")
