"""Taking a node out of Slurm's hands, with a reason, and giving it back by who took it.

Slurm's own words: `scontrol update State=DRAIN` lets no new job begin and waits for those that run, `State=RESUME`
undoes it (scontrol(1), NODES - SPECIFICATIONS FOR UPDATE COMMAND). It takes root or SlurmUser, as all administration of
Slurm does.
"""

from __future__ import annotations

from clusterwright.node.slurm.commands import Slurm

HEALTH_CHECK = "health check: "
FIRST_CHECK = "first check of "
"""How the reasons begin of those who drain a node because something is wrong with it."""


class SlurmNode:
    """A node as one who drains it has it: the reasons begin with `prefix`, and those of others are not theirs to undo.

    All methods raise SlurmError, or what `slurm` raises where it has a runner of its own.
    """

    def __init__(self, name: str, prefix: str, slurm: Slurm | None = None) -> None:
        self.name = name
        self.prefix = prefix
        self._slurm = slurm or Slurm()

    @property
    def busy(self) -> bool:
        """Whether there are jobs on the node."""
        return self._slurm.node(self.name).busy

    def drain(self, reason: str) -> bool:
        """Take the node out of use; False when it already is, whose reason then stands."""
        if self._slurm.node(self.name).drained:
            return False
        self._slurm.set_nodes([self.name], "drain", f"{self.prefix}{reason}")
        return True

    def resume(self) -> bool:
        """Give the node back if it was drained with this prefix; whether it was."""
        node = self._slurm.node(self.name)
        if not node.drained or not (node.reason or "").startswith(self.prefix):
            return False
        self._slurm.set_nodes([self.name], "resume")
        return True
