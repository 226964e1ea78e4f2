"""Taking a node out of Slurm's hands, with a reason, and giving it back by who took it.

Slurm's own words: `scontrol update State=DRAIN` lets no new job begin and waits for those that run, `State=RESUME`
undoes it (scontrol(1), NODES - SPECIFICATIONS FOR UPDATE COMMAND). It takes root or SlurmUser, as all administration of
Slurm does. It also gives a node that is drained already another reason.
"""

from __future__ import annotations

from clusterwright.node.slurm.commands import Node, Slurm

_BEFORE = "; drained before: "
_UNSAID = "nobody said why"

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

    def take(self, reason: str) -> bool:
        """Drain the node with our reason, also where another stands, which `resume` will put back; whether it is ours.

        False when another's reason had to go: who drained the node may have looked before that, and give it back yet.
        The next call knows.
        """
        node = self._slurm.node(self.name)
        if self._ours(node):
            return True
        before = f"{_BEFORE}{node.reason or _UNSAID}" if node.drained else ""
        self._slurm.set_nodes([self.name], "drain", f"{self.prefix}{reason}{before}")
        return not node.drained

    def resume(self) -> bool | None:
        """Give the node back if it is drained with this prefix, to who had drained it before; whether it was.

        None while another has taken it from us, who will put our reason back.
        """
        node = self._slurm.node(self.name)
        if not self._ours(node):
            return None if f"{_BEFORE}{self.prefix}" in (node.reason or "") else False
        before = (node.reason or "").partition(_BEFORE)[2]
        if before:
            self._slurm.set_nodes([self.name], "drain", before)
        else:
            self._slurm.set_nodes([self.name], "resume")
        return True

    def _ours(self, node: Node) -> bool:
        return node.drained and (node.reason or "").startswith(self.prefix)
