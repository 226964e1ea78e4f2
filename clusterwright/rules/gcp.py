"""What the rules of GCP share: its machines in the spec, and its lock."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from clusterwright.catalog.gcp import GcpMachine, machine
from clusterwright.catalog.steps import Sizes
from clusterwright.decide.machines import machine_name
from clusterwright.rules.base import Context, Rule
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import GroupSpec, HeadSpec
from clusterwright.spec.findings import Path
from clusterwright.spec.lock import Lock
from clusterwright.spec.units import Size

PartSpec = TypeVar("PartSpec", HeadSpec, GroupSpec)


class GcpRule(Rule):
    """A bad state that only a cluster on GCP can have."""

    providers = ("gcp",)


class LockRule(GcpRule):
    """A bad state that the lock shows. A lock of another place says nothing of this spec: LockOfAnotherPlace does."""

    def applies(self, context: Context) -> bool:
        return super().applies(context) and not (context.lock and list(elsewhere(context.spec, context.lock)))


@dataclass(frozen=True)
class Part(Generic[PartSpec]):
    """The head or a group of a spec: its place, its machine type, and that type's row of the catalog if it has one."""

    path: Path
    spec: PartSpec
    name: str
    machine: GcpMachine | None

    @property
    def machine_path(self) -> Path:
        """Where the machine type is written, or the part that it is decided for."""
        return (*self.path, "machine") if self.spec.machine else self.path

    @property
    def called(self) -> str:
        """The part as messages call it."""
        return f"group `{self.spec.name}`" if isinstance(self.spec, GroupSpec) else "the head"


def head(context: Context) -> Part[HeadSpec]:
    """The head."""
    return _part(context, ("head",), context.spec.head)


def groups(context: Context) -> Iterator[Part[GroupSpec]]:
    """Each group."""
    for index, group in enumerate(context.spec.groups):
        yield _part(context, ("groups", index), group)


def parts(context: Context) -> Iterator[Part[HeadSpec] | Part[GroupSpec]]:
    """The head and each group."""
    yield head(context)
    yield from groups(context)


def _part(context: Context, path: Path, spec: PartSpec) -> Part[PartSpec]:
    name = machine_name(context.spec, spec)
    return Part(path, spec, name, machine(name))


def elsewhere(spec: ClusterSpec, lock: Lock) -> Iterator[tuple[str, str, str]]:
    """Each key in which the lock is of another place than the spec: the key, the spec's value, the lock's."""
    for key, here, there in (
        ("provider", spec.provider, lock.provider),
        ("project", spec.project, lock.account),
        ("region", spec.region, lock.region),
    ):
        if here is not None and here != there:
            yield key, here, there


def written(words: list[str]) -> str:
    """Words as a sentence lists them: a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def sizes_hint(sizes: Sizes, asked: Size, key: str = "size") -> str:
    """The hint that names the nearest of `sizes`, below and above, as values of `key`."""
    near = [end for end in sizes.near(asked) if end is not None]
    return "write " + " or ".join(f"`{key}: {end // 2**30} GiB`" for end in near)
