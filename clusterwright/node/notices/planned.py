"""Ends that are known from the start: of a block of capacity, and of a machine that runs for a stated time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from clusterwright.node.health.facts import Facts
from clusterwright.node.notices.notice import Notice

NODE_ENV = Path("/etc/clusterwright/node.env")
"""Written once, at a machine's first boot: its time is when the machine began to run."""
RUN_LEAD = 600.0
"""Seconds before a machine's time is over: for a last checkpoint, and for boot before the file was written."""


class Planned:
    def __init__(self, facts: Facts, first_boot: Path = NODE_ENV) -> None:
        self.facts = facts
        self.first_boot = first_boot

    def notices(self) -> Sequence[Notice]:
        """Never unreachable; raises OSError when the file of the first boot is gone, which nothing of ours removes."""
        found = [
            Notice(f"end {at}", "capacity_end", f"the reserved capacity ends, its jobs stop at {at}", _seconds(at))
            for at in self.facts.drain_at
        ]
        if self.facts.runs_for is not None:
            end = self.first_boot.stat().st_mtime + self.facts.runs_for
            reason = f"this machine may run for {self.facts.runs_for} s and its time is nearly over"
            found.append(Notice("run time", "capacity_end", reason, end - RUN_LEAD))
        return found


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()
