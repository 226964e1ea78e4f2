"""The head and the groups of a spec, each with its machine type's row of the catalog."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from clusterwright.catalog.machines import Machine
from clusterwright.decide.machines import machine_name
from clusterwright.rules.base import Context
from clusterwright.spec.compute import DiskSpec, GroupSpec, HeadSpec
from clusterwright.spec.findings import Path
from clusterwright.spec.units import Size

PartSpec = TypeVar("PartSpec", HeadSpec, GroupSpec)
Row = TypeVar("Row", bound=Machine)


@dataclass(frozen=True)
class Part(Generic[PartSpec, Row]):
    """The head or a group of a spec: its place, its machine type, and that type's row of the catalog if it has one."""

    path: Path
    spec: PartSpec
    name: str
    machine: Row | None

    @property
    def machine_path(self) -> Path:
        """Where the machine type is written, or the part that it is decided for."""
        return (*self.path, "machine") if self.spec.machine else self.path

    @property
    def called(self) -> str:
        """The part as messages call it."""
        return f"group `{self.spec.name}`" if isinstance(self.spec, GroupSpec) else "the head"

    @property
    def disk_size(self) -> tuple[Path, Size] | None:
        """The size of its own disk, with its place; None where the spec leaves it open."""
        disk, path = self.spec.disk, (*self.path, "disk")
        if disk is None:
            return None
        return ((*path, "size"), disk.size) if isinstance(disk, DiskSpec) else (path, disk)


class Parts(Generic[Row]):
    """Reads the parts of a spec, their machine types with `row`."""

    def __init__(self, row: Callable[[Context, str], Row | None]) -> None:
        self._row = row

    def head(self, context: Context) -> Part[HeadSpec, Row]:
        """The head."""
        return self._part(context, ("head",), context.spec.head)

    def groups(self, context: Context) -> Iterator[Part[GroupSpec, Row]]:
        """Each group."""
        for index, group in enumerate(context.spec.groups):
            yield self._part(context, ("groups", index), group)

    def parts(self, context: Context) -> Iterator[Part[HeadSpec, Row] | Part[GroupSpec, Row]]:
        """The head and each group."""
        yield self.head(context)
        yield from self.groups(context)

    def _part(self, context: Context, path: Path, spec: PartSpec) -> Part[PartSpec, Row]:
        name = machine_name(context.spec, spec)
        return Part(path, spec, name, self._row(context, name))


_of_any = Parts(Context.machine)
head, groups, parts = _of_any.head, _of_any.groups, _of_any.parts
