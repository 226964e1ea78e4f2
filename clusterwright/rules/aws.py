"""What the rules of AWS share: its machines in the spec, and its lock."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from clusterwright.catalog.aws import AwsMachine, machine
from clusterwright.decide.machines import machine_name
from clusterwright.decide.quotas import Kind
from clusterwright.rules.base import WRITE_THE_LOCK, Context, Rule
from clusterwright.rules.provider import FORMS
from clusterwright.spec.base import SpecModel
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import GroupSpec, HeadSpec
from clusterwright.spec.findings import Path
from clusterwright.spec.lock import Lock
from clusterwright.spec.units import Size

GIB = 2**30
PartSpec = TypeVar("PartSpec", HeadSpec, GroupSpec)

NOT_THERE = f"name one that the account has, or, if it is new, {WRITE_THE_LOCK}"
"""What to do about a name that the lock does not know."""


class AwsRule(Rule):
    """A bad state that only a cluster on AWS can have."""

    providers = ("aws",)


class LockRule(AwsRule):
    """A bad state that the lock shows. A lock of another place says nothing of this spec: LockOfAnotherPlace does."""

    def applies(self, context: Context) -> bool:
        return super().applies(context) and not (context.lock and list(elsewhere(context.spec, context.lock)))


@dataclass(frozen=True)
class Part(Generic[PartSpec]):
    """The head or a group of a spec: its place, its machine type, and that type's row of the catalog if it has one."""

    path: Path
    spec: PartSpec
    name: str
    machine: AwsMachine | None

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


def capacity_of(group: GroupSpec) -> Kind:
    """How a group's machines are bought: on demand where the spec does not say."""
    return group.capacity.kind if group.capacity else "on_demand"


def elsewhere(spec: ClusterSpec, lock: Lock) -> Iterator[tuple[str, str, str]]:
    """Each key in which the lock is of another place than the spec: the key, the spec's value, the lock's."""
    for key, here, there in (("provider", spec.provider, lock.provider), ("region", spec.region, lock.region)):
        if here is not None and here != there:
            yield key, here, there


def well_formed(section: type[SpecModel], key: str, name: str) -> bool:
    """Whether a name is written as AWS writes such names; OtherProvidersName reports one that is not."""
    pattern, _ = FORMS[section, key]["aws"]
    return re.fullmatch(pattern, name) is not None


def whole_gib(size: Size) -> Size:
    """A size as EBS and FSx have it: rounded up to whole GiB."""
    return Size(-(-size // GIB) * GIB)


def written(words: Sequence[str]) -> str:
    """Words as a sentence lists them: a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _part(context: Context, path: Path, spec: PartSpec) -> Part[PartSpec]:
    name = machine_name(context.spec, spec)
    return Part(path, spec, name, machine(name))
