"""The disk that a machine starts from, as far as it is the same on every cloud."""

from clusterwright.decide.choice import GIVEN, Choice
from clusterwright.decide.machines import machine_of
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import DiskSpec, GroupSpec, HeadSpec
from clusterwright.spec.units import GIB, Size

HEAD_DISK = Size(100 * GIB)
NODE_DISK = Size(200 * GIB)


def given_disk(part: HeadSpec | GroupSpec) -> DiskSpec | None:
    """What the spec says of the disk of `part`; a size alone is one with the rest left open."""
    return part.disk if part.disk is None or isinstance(part.disk, DiskSpec) else DiskSpec(size=part.disk)


def disk_size(spec: ClusterSpec, part: HeadSpec | GroupSpec, image: Size | None) -> Choice[Size]:
    """Its size; `image` is the size of its image's root volume, where it is known."""
    if given := given_disk(part):
        return Choice(given.size, GIVEN)
    row = machine_of(spec, part) if isinstance(part, GroupSpec) else None
    gpus = row is not None and row.gpus is not None
    size, why = (NODE_DISK, "drivers, CUDA and PyTorch take 60 GiB") if gpus else (HEAD_DISK, "system and software")
    if image is not None and image > size:
        return Choice(image, "its image's own size")
    return Choice(size, why)
