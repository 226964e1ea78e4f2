"""Taking this node out of Slurm's hands to change what is installed on it, and giving it back.

Slurm's own words: `scontrol update State=DRAIN` lets no new job begin and waits for those that run, `State=RESUME`
undoes it (scontrol(1), NODES - SPECIFICATIONS FOR UPDATE COMMAND). A node that someone else has drained is not ours to
give back: we use the pause and leave it drained.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from clusterwright.node.commands import run

REASON = "clusterwright: new bundle"
_BUSY = {"ALLOCATED", "MIXED", "COMPLETING"}
# `scontrol --oneliner show node` prints `State=IDLE+CLOUD+DRAIN` and, where there is one, `Reason=words [root@time]`.
_STATE = re.compile(r"\bState=(\S+)")
_REASON = re.compile(r"\bReason=(.*?) \[[^\]\s]+@[^\]]+\]")


@dataclass(frozen=True)
class SlurmState:
    """What Slurm thinks of a node."""

    drained: bool
    busy: bool
    reason: str | None

    @property
    def by_us(self) -> bool:
        """Whether it is drained for a bundle."""
        return self.drained and self.reason is not None and self.reason.startswith(REASON)


def read_state(name: str) -> SlurmState:
    """Raises CommandFailed when Slurm does not answer or does not know the node."""
    words = run("scontrol", "--oneliner", "show", "node", name)
    state, reason = _STATE.search(words), _REASON.search(words)
    flags = set(re.findall("[A-Z_]+", state[1])) if state else set()
    return SlurmState("DRAIN" in flags, bool(flags & _BUSY), reason[1] if reason else None)


def drain(name: str, digest: str) -> SlurmState:
    """Let no new job begin on the node; its state then. Raises CommandFailed."""
    before = read_state(name)
    if before.drained:
        return before
    run("scontrol", "update", f"NodeName={name}", "State=DRAIN", f"Reason={REASON} {digest[:12]}")
    return read_state(name)


def resume(name: str) -> None:
    """Give the node back if it was drained for a bundle. Raises CommandFailed."""
    if read_state(name).by_us:
        run("scontrol", "update", f"NodeName={name}", "State=RESUME")
