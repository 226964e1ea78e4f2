"""Rules about machine images, as the lock knows them."""

from collections.abc import Iterator

from clusterwright.catalog.base import CloudMachine
from clusterwright.catalog.machines import Machine
from clusterwright.decide.images import image_key
from clusterwright.rules.base import WRITE_THE_LOCK, Context
from clusterwright.rules.lock import NOT_THERE, LockRule
from clusterwright.rules.parts import Part, parts
from clusterwright.rules.provider import well_formed
from clusterwright.spec.compute import GroupSpec, HeadSpec
from clusterwright.spec.findings import Finding, Path
from clusterwright.spec.lock import Lock, LockedImage
from clusterwright.spec.units import GIB, whole_gib

AnyPart = Part[HeadSpec, Machine] | Part[GroupSpec, Machine]


def key_of(part: AnyPart) -> str | None:
    """What the lock has the part's image by; None for a machine type that the catalog does not know."""
    if part.spec.image:
        return part.spec.image
    return image_key(part.machine) if isinstance(part.machine, CloudMachine) else None


def image_of(part: AnyPart, lock: Lock | None) -> LockedImage | None:
    """What the lock says of the image that a part starts from; None where it says nothing."""
    key = key_of(part)
    return next((image for name, image in lock.images.items() if key in (name, image.id)), None) if lock else None


def image_path(part: AnyPart) -> Path:
    """Where the image is written, or the machine type that it is decided for."""
    return (*part.path, "image") if part.spec.image else part.machine_path


class ImageNotInLock(LockRule):
    """The lock does not have the image that a machine starts from."""

    code = "CW-LCK-003"
    why = "the lock pins the image that machines start from, so that all of a group's nodes are alike"

    def check(self, context: Context) -> Iterator[Finding]:
        if context.lock is None:
            return
        reported: set[str] = set()
        for part in parts(context):
            key, own = key_of(part), part.spec.image
            if key is None or key in reported or image_of(part, context.lock):
                continue
            if own and not well_formed(context.spec.provider, HeadSpec, "image", own):
                continue
            reported.add(key)
            what = f"the lock of {context.lock.made} has no image `{key}`, from which {part.called} starts"
            yield self.finding(image_path(part), what, NOT_THERE if own else WRITE_THE_LOCK)


class ImageOfAnotherArchitecture(LockRule):
    """An image is made for other processors than those of the machine that starts from it."""

    code = "CW-CMP-013"
    why = (
        "a machine starts images of its own architecture alone (docs.aws.amazon.com/AWSEC2/latest/APIReference/"
        "API_ProcessorInfo.html, docs.cloud.google.com/compute/docs/images)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for part in parts(context):
            if part.machine is None:
                continue
            if context.lock is None and part.spec.image:
                yield self.unknown(image_path(part), f"whether image `{part.spec.image}` is made for {part.name}")
            image, right = image_of(part, context.lock), part.machine.architecture
            if image and image.architecture != right:
                what = f"image {image.id} is made for {image.architecture}, and {part.name} of {part.called} is {right}"
                yield self.finding(image_path(part), what, f"name an image for {right}, or leave `image` out")


class DiskSmallerThanImage(LockRule):
    """A disk is too small for the image that is written to it."""

    code = "CW-CMP-014"
    why = (
        "a disk holds the whole image that it is made from (docs.aws.amazon.com/AWSEC2/latest/APIReference/"
        "API_EbsBlockDevice.html, docs.cloud.google.com/compute/docs/disks/create-root-persistent-disks)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for part in parts(context):
            if part.disk_size is None or part.machine is None:
                continue
            (path, size), image = part.disk_size, image_of(part, context.lock)
            if context.lock is None:
                yield self.unknown(path, f"whether the image of {part.called} fits into {size}")
            elif image and whole_gib(size) < image.size:
                what = f"the disk of {part.called} has {size}, its image {image.id} takes {image.size}"
                good = f"write `{path[-1]}: {whole_gib(image.size) // GIB} GiB` or more, or leave `disk` out"
                yield self.finding(path, what, good)
