"""Machine types, from machines.yaml."""

from collections.abc import Mapping
from functools import cache
from typing import Literal

from clusterwright.catalog.rows import Row, read


class Machine(Row):
    """A machine type: who offers it, and how many ranks and CPU threads a rank it is given."""

    provider: Literal["local"]
    processes_per_node: int
    threads_per_process: int
    most_nodes: int
    source: str


class Machines(Row):
    """All of machines.yaml."""

    machines: Mapping[str, Machine]


@cache
def machines() -> Mapping[str, Machine]:
    """The catalog of machine types by name."""
    return read("machines.yaml", Machines).machines
