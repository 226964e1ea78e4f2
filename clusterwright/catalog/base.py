"""What the machine types of all providers have in common, and the table that reads those of one provider."""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from clusterwright.catalog.rows import FOLDER, Row

Architecture = Literal["x86_64", "arm64"]


class Gpus(Row):
    """The GPUs of one machine, `memory_mib` each.

    `kind` is the name of a row of gpus.json, or the cloud's own name where that file has none. `count` is of whole
    GPUs: a machine with a `share` of a GPU below 1 has count 0, and the memory is that of its share.
    """

    kind: str
    count: int
    memory_mib: int
    share: float = 1.0


class LocalDisks(Row):
    """Disks that come with the machine and are wiped when it stops; `size_gb` is of each, as the cloud counts.

    An `optional` one is there only if it is asked for.
    """

    count: int
    size_gb: int
    optional: bool = False


class Provenance(Row):
    """Where rows come from, and when they were read (YYYY-MM-DD)."""

    source: str
    date: str


class Machine(Row):
    """A machine type. What is not known, or depends on where a node runs, is None.

    `network_gbps` is what the whole machine can send at most, in Gbit/s; with `network_burst` for a while only.
    `read` is where the row is from, if not from where the file's other rows are.
    """

    vcpus: int | None
    threads_per_core: int | None
    memory_mib: int | None
    architecture: Architecture | None
    gpus: Gpus | None = None
    network_gbps: float | None
    network_burst: bool = False
    local_disks: LocalDisks | None = None
    read: Provenance | None = None

    @property
    def gpu_count(self) -> int:
        """Whole GPUs; 0 for a machine without, and for one with a share of a GPU."""
        return self.gpus.count if self.gpus else 0

    @property
    def processes_per_node(self) -> int:
        """The ranks of one machine: one a GPU, or one on the CPU."""
        return max(1, self.gpu_count)

    @property
    def threads_per_process(self) -> int:
        """The CPU threads of one rank: its share of the machine's cores, one at least."""
        cores = (self.vcpus or 1) // (self.threads_per_core or 1)
        return max(1, cores // self.processes_per_node)


class CloudMachine(Machine):
    """A machine type of a cloud, whose size is always known. Rows are frozen, so narrower types are safe."""

    vcpus: int  # pyright: ignore[reportIncompatibleVariableOverride]
    threads_per_core: int  # pyright: ignore[reportIncompatibleVariableOverride]
    memory_mib: int  # pyright: ignore[reportIncompatibleVariableOverride]
    architecture: Architecture  # pyright: ignore[reportIncompatibleVariableOverride]


AnyMachine = TypeVar("AnyMachine", bound=Machine)


class Table(Generic[AnyMachine]):
    """The machine types of one data file, read when first asked for.

    A row is checked when it is first used, so a spec pays for the rows that it names and no others.
    """

    def __init__(self, file: str, kind: type[AnyMachine], folder: Path = FOLDER) -> None:
        self._path = folder / file
        self._kind = kind
        self._checked: dict[str, AnyMachine] = {}

    @cached_property
    def _content(self) -> Mapping[str, Any]:
        return json.loads(self._path.read_text(encoding="utf-8"))

    def provenance(self, name: str | None = None) -> Provenance:
        """Where the machine type of that name is from; without a name, the file's rows but those that say otherwise.

        The member `sources` of a file has the sources by family: what stands before the first dash of a name.
        """
        row = self.machine(name) if name else None
        if row and row.read:
            return row.read
        family = (name or "").partition("-")[0]
        source = self._content.get("sources", {}).get(family, self._content["source"])
        return Provenance(source=source, date=self._content["date"])

    def names(self) -> tuple[str, ...]:
        """The names of all machine types, as the file orders them."""
        return tuple(self._content["machines"])

    def machine(self, name: str) -> AnyMachine | None:
        """The machine type of that name, or None."""
        if name not in self._checked and name in self._content["machines"]:
            self._checked[name] = self.check(self._content["machines"][name])
        return self._checked.get(name)

    def check(self, row: Mapping[str, Any]) -> AnyMachine:
        """The machine type that a row of the file describes. Raises pydantic's ValidationError for a bad one."""
        return self._kind.model_validate_json(json.dumps(row))

    def row(self, name: str) -> AnyMachine:
        """The machine type of a name that is known to be in the table. Raises KeyError if it is not."""
        found = self.machine(name)
        if found is None:
            raise KeyError(name)
        return found
