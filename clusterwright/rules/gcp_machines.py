"""GCP: rules about what machines start from: disks and images."""

from collections.abc import Iterator

from clusterwright.decide.gcp.fabric import fabric
from clusterwright.decide.images import image_key
from clusterwright.rules.base import Context
from clusterwright.rules.gcp import GcpRule, LockRule, Part, groups, parts, written
from clusterwright.spec.compute import DiskSpec, Fabric, GroupSpec, HeadSpec
from clusterwright.spec.findings import Finding, Path
from clusterwright.spec.units import Size

FAMILY = "/images/family/"


def fabric_of(context: Context, part: Part[HeadSpec] | Part[GroupSpec]) -> Fabric:
    """The fabric that is decided for the part; the head has none."""
    return fabric(context.spec, part.spec).value if isinstance(part.spec, GroupSpec) else "none"


def disk_of(part: Part[HeadSpec] | Part[GroupSpec]) -> tuple[Path, DiskSpec] | None:
    """The part's own disk as the spec writes it, and where its size stands."""
    disk, path = part.spec.disk, (*part.path, "disk")
    if disk is None:
        return None
    return (path, DiskSpec(size=disk)) if isinstance(disk, Size) else ((*path, "size"), disk)


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
            disk = disk_of(part)
            kinds = part.machine.boot_disks if part.machine else None
            if disk and kinds and disk[1].kind and disk[1].kind not in kinds:
                what = f"{part.called} starts {part.name} from {disk[1].kind}"
                hint = f"write `kind: {kinds[0]}`; it starts from {written(list(kinds))}"
                yield self.finding((*part.path, "disk", "kind"), what, hint)


class DiskSmallerThanImage(LockRule):
    """A disk is smaller than the image that it is made from."""

    code = "CW-CMP-213"
    why = (
        "a disk holds the whole image that it is made from "
        "(docs.cloud.google.com/compute/docs/disks/create-root-persistent-disks)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for part in parts(context):
            disk = disk_of(part)
            if disk is None or part.machine is None:
                continue
            if context.lock is None:
                yield self.unknown(disk[0], f"whether the image fits on the disk of {part.called}")
                continue
            image = context.lock.images.get(part.spec.image or image_key(part.machine, fabric_of(context, part)))
            if image and disk[1].size < image.size:
                what = f"the disk of {part.called} has {disk[1].size}, image {image.name} has {image.size}"
                yield self.finding(disk[0], what, f"write `{disk[0][-1]}: {image.size}` or more")


class ImageOfAnotherArchitecture(LockRule):
    """An image is made for other processors than its machines have."""

    code = "CW-CMP-214"
    why = "an image starts on processors of its own architecture alone (docs.cloud.google.com/compute/docs/images)"

    def check(self, context: Context) -> Iterator[Finding]:
        for part in parts(context):
            if part.spec.image is None or part.machine is None:
                continue
            path = (*part.path, "image")
            if context.lock is None:
                yield self.unknown(path, f"whether image `{part.spec.image}` is made for {part.name}")
                continue
            image, right = context.lock.images.get(part.spec.image), part.machine.architecture
            if image and image.architecture != right:
                what = f"image {image.name} is made for {image.architecture}, {part.name} is {right}"
                yield self.finding(path, what, f"name an image for {right}, or remove `image`")


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


class FabricWithoutImage(GcpRule):
    """A group uses GPUDirect-TCPX, and starts from an image that has not got it."""

    code = "CW-CMP-217"
    why = (
        "the kernel of GPUDirect-TCPX is in no public image: who has Google's grant builds one "
        "(github.com/GoogleCloudPlatform/cluster-toolkit, examples/machine-learning/a3-highgpu-8g/README.md)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for part in groups(context):
            if part.spec.image is None and fabric_of(context, part) == "tcpx":
                what = f"{part.called} has fabric tcpx, and no image of yours"
                hint = "write `image: projects/PROJECT/global/images/NAME`, or `fabric: none`"
                yield self.finding((*part.path, "fabric") if part.spec.fabric else part.path, what, hint)
