"""The storage of a cluster in a cloud: what the spec names, and what is decided beside it."""

from collections.abc import Iterator
from math import ceil

from clusterwright.plan.decisions import Decisions
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.storage import BucketSpec, Storage, VolumeSpec
from clusterwright.spec.units import Duration, Size

GIB = 2**30
OLD_VERSIONS = Duration(30 * 86400)
UNFINISHED_DAYS = 7
SHORT_LIVED = {"reports/": 1, "jobs/": 3}
"""The days that old versions are kept in parts of the cluster's own bucket.

Reports are overwritten every few seconds, and nobody asks for an old one. Runs prune checkpoints and write their logs
and metrics anew all the time, and every version costs as much as the newest; a model that was deleted can be had back
after a weekend. Where rules overlap both clouds take the shorter time
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html,
https://docs.cloud.google.com/storage/docs/lifecycle).

A rule is for all of jobs/, since it knows beginnings of keys without wildcards, and checkpoints are below each run's
name (https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html). So no rule ends what finished
runs left by its age: it would end their models and records too.
"""
STATE = VolumeSpec(name="state", kind="volume", mount="/srv/clusterwright", size=Size(20 * GIB), on_destroy="delete")
"""What a new head goes on from: Slurm's state and its accounting."""

HOME = "/home"
HOME_SIZE = Size(100 * GIB)
REASONS = {
    "bucket": "nodes are told through a bucket what to run",
    "volume": "homes are on a disk of the head's; a storage of kind nfs at /home is shared with nodes",
}
"""Why storage that the spec does not name is there."""

LUSTRE_OPTIONS = ("_netdev", "flock", "lazystatfs", "noatime")
"""With `flock` all nodes see the same locks; `lazystatfs` lets `df` answer while a server is away."""
DISK_OPTIONS = ("nofail", "noatime")
"""A head without one of its disks still boots, and can be looked at."""


def storages(spec: ClusterSpec) -> tuple[Storage, ...]:
    """The spec's storage, and what is decided beside it: a bucket where it has none, a disk where nothing is at /home.

    The first bucket is the cluster's own.
    """
    decided: list[Storage] = []
    if not any(isinstance(storage, BucketSpec) for storage in spec.storage):
        decided.append(BucketSpec(name=_free(spec, "control")))
    if HOME not in {storage.mounted_at for storage in spec.storage}:
        decided.append(VolumeSpec(name=_free(spec, "home"), kind="volume", mount=HOME, size=HOME_SIZE))
    return (*spec.storage, *decided)


def _free(spec: ClusterSpec, name: str) -> str:
    taken = {storage.name for storage in spec.storage}
    return next(one for one in (name, *(f"{name}-{number}" for number in range(2, 102))) if one not in taken)


def cluster_bucket(spec: ClusterSpec) -> str:
    """The name of the cluster's own bucket."""
    return next(storage.name for storage in storages(spec) if isinstance(storage, BucketSpec))


def volume_names(spec: ClusterSpec) -> tuple[str, ...]:
    """The names of the head's own disks, but for its state's."""
    return tuple(storage.name for storage in storages(spec) if isinstance(storage, VolumeSpec))


def noted(spec: ClusterSpec, decisions: Decisions) -> Iterator[tuple[Storage, str, Decisions]]:
    """Each storage with its place in the spec and where to note what else is decided of it.

    Notes what is the same for every kind; of a storage that was decided as a whole, one note says everything.
    """
    given = "storage" in spec.model_fields_set
    for index, storage in enumerate(storages(spec)):
        path = f"storage[{index}]"
        if given and index < len(spec.storage):
            decisions.default(storage, f"{path}.mount", storage.mounted_at, "a slash and its name")
            decisions.default(storage, f"{path}.on_destroy", storage.on_destroy, "data outlives clusters")
            yield storage, path, decisions
            continue
        value = f"{storage.name}: a {storage.kind} at {storage.mounted_at}, {storage.on_destroy}"
        beside = "holds texts, checkpoints and models, and outlives the cluster"
        decisions.note(path, value, REASONS[storage.kind] if index >= len(spec.storage) else beside)
        yield storage, path, Decisions()


def note_state(decisions: Decisions) -> None:
    """Notes the head's own disk, of which a spec says nothing."""
    decisions.note("head.state", f"{STATE.size} at {STATE.mounted_at}", "a new head goes on from it")


def note_short_lived(path: str, decisions: Decisions) -> None:
    """Notes what of the cluster's own bucket is not kept as long as the rest."""
    value = ", ".join(f"{folder} {kept} d" for folder, kept in SHORT_LIVED.items())
    decisions.note(f"{path}.short_lived", value, "runs and reports are overwritten all the time, at full price")


def days(seconds: int) -> int:
    """Whole days, at least one."""
    return max(1, ceil(seconds / 86400))


def gib(size: int) -> int:
    """Whole GiB that hold `size` bytes, since clouds have no smaller unit."""
    return ceil(size / GIB)
