"""Process groups that nothing leaves: which processes are a machine's, and how all of them end.

A machine is started in a cgroup of its own, in each hierarchy that systemd uses
(https://systemd.io/CGROUP_DELEGATION/): the unified one, or on hosts that still have both, `unified` and `systemd`.
Two machines in one cgroup would share the payload's and see each other's services.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from components.local.runtime.errors import LocalError

MOUNT = Path("/sys/fs/cgroup")
KILL_SECONDS = 10.0


def hierarchies(mount: Path = MOUNT) -> Sequence[Path]:
    """The hierarchies that systemd uses below `mount`; none on a host without cgroups."""
    if (mount / "cgroup.controllers").exists():
        return [mount]
    return [mount / name for name in ("unified", "systemd") if (mount / name / "cgroup.procs").exists()]


@dataclass(frozen=True)
class Cgroup:
    """The cgroup `name` in every hierarchy; a slash in the name makes one inside another."""

    name: str

    @property
    def folders(self) -> Sequence[Path]:
        return [hierarchy / self.name for hierarchy in hierarchies()]

    def make(self) -> Sequence[Path]:
        """Make it; the files that a process writes its id into to join."""
        for folder in self.folders:
            folder.mkdir(parents=True, exist_ok=True)
        return [folder / "cgroup.procs" for folder in self.folders]

    def pids(self) -> set[int]:
        """Every process in it or in one below."""
        return {pid for folder in self.folders for path, *_ in os.walk(folder) for pid in _pids(Path(path))}

    def kill(self) -> None:
        """End every process at once, as a power cut does.

        Raises:
            LocalError: processes are left that do not end.
        """
        deadline = time.monotonic() + KILL_SECONDS
        while pids := self.pids():
            if time.monotonic() > deadline:
                raise LocalError(
                    f"processes {', '.join(map(str, sorted(pids)))} of cgroup {self.name} do not end although they "
                    "were killed; they probably wait for a disk. Run the same command again when they are gone"
                )
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)

    def remove(self) -> None:
        """Remove it and all below; it holds no process any more."""
        for folder in self.folders:
            for path, *_ in os.walk(folder, topdown=False):
                with suppress(FileNotFoundError):
                    os.rmdir(path)


def _pids(folder: Path) -> Iterator[int]:
    with suppress(OSError):  # the cgroup went away, or is one of threads and has no processes of its own
        yield from map(int, (folder / "cgroup.procs").read_text().split())
