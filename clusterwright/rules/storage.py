"""Rules about storage."""

import difflib
from collections.abc import Iterator

from clusterwright.rules.base import CLOUDS, Context, Rule
from clusterwright.rules.names import repeated
from clusterwright.spec.findings import Finding


class MountUsedTwice(Rule):
    """Two storages are mounted at the same place."""

    code = "CW-STO-001"
    why = "one of the two would hide the other"

    def check(self, context: Context) -> Iterator[Finding]:
        storage = context.spec.storage
        for index, first in repeated(part.mounted_at for part in storage):
            mount = storage[index].mounted_at
            what = f"the mount `{mount}` is used twice: storage `{storage[first].name}` has it already"
            free = next(new for n in range(2, len(storage) + 2) if (new := f"{mount}{n}") not in _mounts(context))
            yield self.finding(("storage", index, "mount"), what, f"mount this one elsewhere: `mount: {free}`")


class SecondBucket(Rule):
    """A local cluster has more than one bucket."""

    code = "CW-STO-002"
    providers = ("local",)
    why = "a local cluster has one bucket, which also holds its control files and jobs"

    def check(self, context: Context) -> Iterator[Finding]:
        buckets = [(index, storage) for index, storage in enumerate(context.spec.storage) if storage.kind == "bucket"]
        for index, storage in buckets[1:]:
            first = buckets[0][1]
            what = f"the bucket `{storage.name}` is one too many"
            yield self.finding(("storage", index), what, f"remove it, and use a folder in `{first.mounted_at}`")


class NestedMount(Rule):
    """A storage is mounted inside another one."""

    code = "CW-STO-003"
    why = "it would hide what the outer one holds there, and would be gone whenever the outer one is mounted late"

    def check(self, context: Context) -> Iterator[Finding]:
        storage = context.spec.storage
        for index, inner in enumerate(storage):
            outer = next((other for other in storage if inner.mounted_at.startswith(f"{other.mounted_at}/")), None)
            if outer:
                what = f"the mount `{inner.mounted_at}` is inside `{outer.mounted_at}`, where `{outer.name}` is"
                path = ("storage", index, "mount")
                yield self.finding(path, what, f"mount it beside the other: `mount: /{inner.name}`")


SYSTEM = ("bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "opt", "proc", "root", "run", "sbin", "sys", "tmp")
SYSTEM += ("usr", "var")
OWN = ("/local", "/srv/clusterwright")
"""Where nodes have their own disks mounted, and the head the one with its state."""


def _taken(mount: str) -> str | None:
    """The directory of the system's or of this project's that a mount is in, or would hide; None where it is free."""
    paths = (*(f"/{name}" for name in SYSTEM), *OWN)
    return next((path for path in paths if f"{mount}/".startswith(f"{path}/") or path.startswith(f"{mount}/")), None)


class ReservedMount(Rule):
    """A storage is mounted over a directory of the system's or of this project's."""

    code = "CW-STO-004"
    why = (
        "nodes boot from what is in these directories (Filesystem Hierarchy Standard 3.0, chapter 3), and keep "
        f"their software in /opt and their own disks at {' and '.join(OWN)}"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for index, storage in enumerate(context.spec.storage):
            if taken := _taken(storage.mounted_at):
                how = "is in" if storage.mounted_at.startswith(f"{taken}/") else "would hide"
                what = f"the mount `{storage.mounted_at}` {how} {taken}, which nodes need for themselves"
                good = f"/mnt/{storage.name}" if _taken(f"/{storage.name}") else f"/{storage.name}"
                path = ("storage", index, "mount" if storage.mount else "name")
                yield self.finding(path, what, f"write `mount: {good}`")


class NoSuchBucket(Rule):
    """A Lustre file system shows the objects of a bucket that the spec does not have."""

    code = "CW-STO-005"
    providers = CLOUDS
    why = "the association is made with a bucket of the cluster's own, so that it may read it and write back to it"

    def check(self, context: Context) -> Iterator[Finding]:
        storages = context.spec.storage
        buckets = [storage.name for storage in storages if storage.kind == "bucket"]
        for index, storage in enumerate(storages):
            if storage.kind == "lustre" and storage.bucket and storage.bucket not in buckets:
                near = (difflib.get_close_matches(storage.bucket, buckets, n=1) or buckets)[:1]
                hint = f"write `bucket: {near[0]}`" if near else "add one: `- {name: data, kind: bucket}`"
                what = f"there is no bucket `{storage.bucket}` in this spec"
                yield self.finding(("storage", index, "bucket"), what, hint)


def _mounts(context: Context) -> set[str]:
    return {storage.mounted_at for storage in context.spec.storage}
