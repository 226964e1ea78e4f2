"""Rules about storage."""

from collections.abc import Iterator

from clusterwright.rules.base import Context, Rule
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
        first, *others = context.spec.storage
        for index, storage in enumerate(others, start=1):
            what = f"the bucket `{storage.name}` is one too many"
            yield self.finding(("storage", index), what, f"remove it, and use a folder in `{first.mounted_at}`")


def _mounts(context: Context) -> set[str]:
    return {storage.mounted_at for storage in context.spec.storage}
