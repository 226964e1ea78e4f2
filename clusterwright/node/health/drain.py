"""A node's state in Slurm: taken out of use with a reason, and given back by who took it out."""

from __future__ import annotations

import re

from clusterwright.node.health.system import System

LONGEST = 240  # characters of a reason: it is read in one line of `sinfo -R`


class SlurmNode:
    """Needs root or SlurmUser, as all of Slurm's administration does. All methods raise Unseen when Slurm refuses."""

    def __init__(self, name: str, system: System) -> None:
        self.name = name
        self.system = system

    def drained_because(self) -> str | None:
        """Why no job is put on the node; None when it is in use."""
        shown = self.system.run("scontrol", "--oneliner", "show", "node", self.name)
        state = re.search(r"\bState=(\S+)", shown)
        if not state or "DRAIN" not in state[1]:
            return None
        reason = re.search(r"\bReason=(.*?) \[[^\]@]+@[^\]]+\]", shown)
        return reason[1] if reason else ""

    def drain(self, reason: str) -> bool:
        """Take the node out of use; False when it already is, whose reason then stands."""
        if self.drained_because() is not None:
            return False
        words = " ".join(reason.split())
        short = words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
        self.system.run("scontrol", "update", f"NodeName={self.name}", "State=DRAIN", f"Reason={short}")
        return True

    def resume(self, prefix: str) -> bool:
        """Give the node back if the reason why it is out of use begins with `prefix`: others' reasons are theirs."""
        reason = self.drained_because()
        if reason is None or not reason.startswith(prefix):
            return False
        self.system.run("scontrol", "update", f"NodeName={self.name}", "State=RESUME")
        return True
