"""AWS: rules about machine images."""

from collections.abc import Iterator

from clusterwright.decide.images import image_key
from clusterwright.rules.aws import GIB, NOT_THERE, LockRule, Part, parts, well_formed, whole_gib
from clusterwright.rules.base import WRITE_THE_LOCK, Context
from clusterwright.spec.compute import DiskSpec, GroupSpec, HeadSpec
from clusterwright.spec.findings import Finding
from clusterwright.spec.lock import Lock, LockedImage


def image_of(part: Part[HeadSpec] | Part[GroupSpec], lock: Lock | None) -> LockedImage | None:
    """What the lock says of the image that a part starts from; None where it says nothing."""
    if lock is None or part.machine is None:
        return None
    if own := part.spec.image:
        return next((image for image in lock.images.values() if image.id == own), None)
    return lock.images.get(image_key(part.machine))


class ImageNotInLock(LockRule):
    """The lock does not have the image that a machine starts from."""

    code = "CW-LCK-104"
    why = "the lock pins the image that machines start from, so that all of a group's nodes are alike"

    def check(self, context: Context) -> Iterator[Finding]:
        if context.lock is None:
            return
        reported: set[str] = set()
        for part in parts(context):
            own = part.spec.image
            if part.machine is None or image_of(part, context.lock):
                continue
            if own and not well_formed(HeadSpec, "image", own):
                continue
            key = own or image_key(part.machine)
            if key not in reported:
                reported.add(key)
                path = (*part.path, "image") if own else part.machine_path
                what = f"the lock of {context.lock.made} has no image `{key}`, from which {part.called} starts"
                yield self.finding(path, what, NOT_THERE if own else WRITE_THE_LOCK)


class ImageOfAnotherArchitecture(LockRule):
    """An image is of another architecture than the machine that starts from it."""

    code = "CW-CMP-112"
    why = (
        "a machine starts images of its own architecture alone "
        "(docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ProcessorInfo.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for part in parts(context):
            image = image_of(part, context.lock)
            if image and part.machine and image.architecture != part.machine.architecture:
                right = part.machine.architecture
                what = f"image {image.id} is {image.architecture}, and {part.name} of {part.called} {right}"
                path = (*part.path, "image") if part.spec.image else part.machine_path
                yield self.finding(path, what, f"name an image that is {right}, or leave `image` out")


class DiskSmallerThanImage(LockRule):
    """A disk is too small for the image that is written to it."""

    code = "CW-CMP-113"
    why = (
        "a root volume has at least the size of its image's snapshot "
        "(docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EbsBlockDevice.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for part in parts(context):
            disk = part.spec.disk
            if disk is None or part.machine is None:
                continue
            size = disk.size if isinstance(disk, DiskSpec) else disk
            path = (*part.path, "disk", "size") if isinstance(disk, DiskSpec) else (*part.path, "disk")
            image = image_of(part, context.lock)
            if context.lock is None:
                yield self.unknown(path, f"whether the image of {part.called} fits into {size}")
            elif image and whole_gib(size) < image.size:
                what = f"the disk of {part.called} has {size}, its image {image.id} takes {image.size}"
                good = whole_gib(image.size) // GIB
                yield self.finding(path, what, f"write `{path[-1]}: {good} GiB` or more, or leave `disk` out")
