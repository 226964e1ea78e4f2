"""Which process this is among those that srun has started: man srun, OUTPUT ENVIRONMENT VARIABLES."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from clusterwright.node.health.system import System, Unseen

PORTS = 20000
"""Below the kernel's own choice of ports, from 32768: nobody else is given one of these by chance."""


@dataclass(frozen=True)
class Place:
    """`rank` of `size` processes on `nodes` nodes; `master` is the first node's address, `hosts` Slurm's list."""

    rank: int
    size: int
    local: int
    nodes: int
    node: str
    master: str
    port: int
    hosts: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Place:
        """Raises SystemExit with what is missing or odd."""
        names = ("SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", "SLURMD_NODENAME", "MASTER_ADDR")
        missing = [name for name in names if not environment.get(name)]
        if missing:
            raise SystemExit(f"error: this is no process of srun: {', '.join(missing)} not set")
        nodes = environment.get("SLURM_STEP_NUM_NODES") or environment.get("SLURM_JOB_NUM_NODES") or "1"
        place = cls(
            rank=int(environment["SLURM_PROCID"]),
            size=int(environment["SLURM_NTASKS"]),
            local=int(environment["SLURM_LOCALID"]),
            nodes=int(nodes),
            node=environment["SLURMD_NODENAME"],
            master=environment["MASTER_ADDR"],
            port=int(environment.get("MASTER_PORT") or 10000 + int(environment.get("SLURM_JOB_ID", "0")) % PORTS),
            hosts=environment.get("SLURM_STEP_NODELIST") or environment.get("SLURM_JOB_NODELIST", ""),
        )
        if place.size % place.nodes:
            raise SystemExit(f"error: {place.size} processes are not as many on each of {place.nodes} nodes")
        return place

    @property
    def per_node(self) -> int:
        return self.size // self.nodes

    def names(self) -> list[str]:
        """All nodes of the job, in Slurm's order. Raises SystemExit when Slurm does not say."""
        if self.nodes == 1:
            return [self.node]
        try:
            return System().run("scontrol", "show", "hostnames", self.hosts).split()
        except Unseen as error:
            raise SystemExit(f"error: the nodes of the job are not known: {error}") from error
