"""What a node is doing until it is healthy, in the words of its report, and how long each took."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from clusterwright.node.files import read_json, write_json

# The phase that a step belongs to, by its name without the number that orders it.
PHASES = {
    "folders": "disks",
    "users": "disks",
    "disks": "disks",
    "mounts": "mounts",
    "drivers": "software",
    "fabric": "software",
    "software": "software",
    "munge": "software",
    "slurm": "software",
    "telemetry": "software",
    "health": "joining",
    "join": "joining",
}
BOOT = ("booting", "bundle", *dict.fromkeys(PHASES.values()))
"""The phases of a boot, in their order."""
_STARTTIME = 22 - 3  # /proc/<pid>/stat: field 22, counted from the third, which follows the name in parentheses


def phase_of(step: str, before: str) -> str:
    """The phase that step `NN-name` belongs to; one that the table does not know goes on with the phase before it."""
    return PHASES.get(step.lstrip("0123456789").lstrip("-"), before)


def seconds_since_boot(stat: Path = Path("/proc/1/stat")) -> float:
    """Seconds since this machine's first process started.

    A container's own boot, not that of the kernel it shares (proc_pid_stat(5): starttime, in clock ticks after boot).
    """
    started = int(stat.read_text().rpartition(")")[2].split()[_STARTTIME]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


@dataclass
class BootClock:
    """How long each phase of this boot took until the node was first healthy, in seconds; the sum is the whole time.

    Kept in a file that lives as long as the boot, so that an agent that is started anew does not begin again.
    """

    file: Path
    booted: float
    phases: dict[str, float] = field(default_factory=dict)
    done: bool = False
    _phase: str = "booting"
    _since: float = 0.0

    @classmethod
    def load(cls, file: Path, age: float, now: float) -> BootClock:
        """The clock of the boot that began `age` seconds before `now` (unix seconds)."""
        known = read_json(file)
        if known is None:
            return cls(file, round(now - age, 1))
        return cls(file, known["booted"], known["phases"], known["done"], known["phase"], known["since"])

    def enter(self, phase: str, age: float) -> None:
        """The node is in `phase` from `age` seconds after its boot on; the first `healthy` stops the clock."""
        if self.done or phase == self._phase:
            return
        age = max(age, self._since)  # of clocks that are set in between
        self.phases[self._phase] = round(self.phases.get(self._phase, 0.0) + age - self._since, 1)
        self._phase, self._since, self.done = phase, round(age, 1), phase == "healthy"
        known = {"booted": self.booted, "phases": self.phases, "done": self.done}
        write_json(self.file, {**known, "phase": self._phase, "since": self._since})
