"""Nodes of this machine, from local.json: they share its CPU and memory, so a node has no size of its own.

A rank has one thread: two nodes of the default group fill the two cores that the project's timings assume, and ranks
that share cores with more threads than cores are slower than one thread each. A node that trains holds about half a
gigabyte (a PyTorch process, its agent and its supervisor), so 64 of them fill 32 GB.
"""

from clusterwright.catalog.base import Architecture, Machine, Table


class LocalMachine(Machine):
    """A node of this machine: its `ranks`, the CPU `threads` of each, and how many nodes a cluster has at most."""

    vcpus: int | None = None
    threads_per_core: int | None = None
    memory_mib: int | None = None
    architecture: Architecture | None = None
    network_gbps: float | None = None
    ranks: int
    threads: int
    most_nodes: int

    @property
    def processes_per_node(self) -> int:
        return self.ranks

    @property
    def threads_per_process(self) -> int:
        return self.threads


TABLE = Table("local.json", LocalMachine)
machine, row, names, provenance = TABLE.machine, TABLE.row, TABLE.names, TABLE.provenance
