"""One machine: started in a cgroup and on a root of its own, it outlives whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Literal

from components.local.runtime import files
from components.local.runtime.errors import LocalError
from components.local.runtime.machine import root
from components.local.runtime.machine.cgroup import Cgroup
from components.local.runtime.machine.network import BRIDGE, Network
from components.local.runtime.machine.place import Place
from components.local.runtime.machine.programs import start

RUN = Path(__file__).with_name("run.sh")
SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PROPAGATE = Path("/run/systemd/nspawn/propagate")
"""Where systemd-nspawn makes a folder a machine, which it leaves when it is killed."""
# systemd gives services 90 s to stop; a machine that is ended has no work that is worth as long.
STOP_SECONDS = 30.0
POWER_OFF = signal.SIGRTMIN + 4
"""What systemd takes as a wish to be powered off (https://www.freedesktop.org/software/systemd/man/systemd.html)."""

State = Literal["starting", "running", "ending", "dead"]
Notice = Literal["spot", "maintenance"]


@dataclass(frozen=True)
class Machine:
    """A machine of `group`, whose root is its own over `layers`, the upmost first."""

    place: Place
    id: str
    group: str
    role: Literal["head", "compute"]
    address: IPv4Address
    layers: Sequence[Path]

    @property
    def folder(self) -> Path:
        return self.place.machines / self.id

    @property
    def cgroup(self) -> Cgroup:
        return Cgroup(f"{self.place.name}/{self.id}")

    @property
    def console(self) -> Path:
        return self.folder / "console.log"

    def create(self, network: Network, user_data: str, configuration: Mapping[str, bytes]) -> None:
        """Make its folder: a record last, so that a folder without one is nothing yet."""
        files.remove_tree(self.folder)
        self.folder.mkdir(mode=0o700, parents=True)
        seed = root.seed(network, self.id, self.address, user_data)
        root.make(self.folder, seed, {**configuration, "etc/resolv.conf": root.resolver()})
        record = {**asdict(self), "address": str(self.address), "layers": [str(layer) for layer in self.layers]}
        files.write_json(self.folder / "machine.json", {n: v for n, v in record.items() if n != "place"})

    def start(self, network: Network) -> None:
        """Start it; returns as soon as its first process is in its cgroup.

        Raises:
            LocalError: it ended at once.
        """
        options = [
            "--quiet",
            "--boot",
            "--register=no",
            "--keep-unit",
            "--settings=no",
            f"--machine={self.id}",
            f"--network-bridge={BRIDGE}",
            "--resolv-conf=off",
            "--timezone=off",
            "--link-journal=no",
            "--console=pipe",
            *root.binds(self.place, self.role == "head"),
        ]
        joins = map(str, self.cgroup.make())
        command = ["sh", str(RUN), str(self.folder), ":".join(map(str, self.layers)), *joins, "--", *options]
        apart = ["unshare", "--mount", "--propagation=slave", "nsenter", f"--net={network.path}"]
        # No lock: nobody else can find this root to use it.
        env = {"PATH": SEARCH, "SYSTEMD_NSPAWN_LOCK": "0"}
        start([*apart, *command], f"machine {self.id}", self.console, env, 0o022, self.cgroup.pids)

    def state(self) -> State:
        """Dead without a process, ending once it was asked to, starting until its first process runs."""
        pids = self.cgroup.pids()
        if not pids:
            return "dead"
        if self._ending.exists():
            return "ending"
        return "running" if _leader(pids) else "starting"

    def leader(self) -> int | None:
        """The process id, on the host, of its first process; None while it has none."""
        return _leader(self.cgroup.pids())

    def end(self) -> None:
        """Ask it to power off; what is left after some seconds is for `settle` to kill."""
        self._ending.touch()
        if leader := self.leader():
            with suppress(ProcessLookupError):
                os.kill(leader, POWER_OFF)

    def overdue(self) -> bool:
        """Whether it was asked to end so long ago that it is not waited for."""
        try:
            return time.time() - self._ending.stat().st_mtime > STOP_SECONDS
        except FileNotFoundError:
            return False

    def is_ending(self) -> bool:
        return self._ending.exists()

    def cut(self) -> None:
        """End it as a power cut does."""
        self.cgroup.kill()

    def remove(self) -> None:
        """Leave nothing of it."""
        self.cgroup.kill()
        self.cgroup.remove()
        files.remove_tree(self.folder)
        files.remove_tree(PROPAGATE / self.id)

    def notice(self) -> tuple[Notice, float] | None:
        """What the cloud would have announced for it, and when (unix time) that is to happen."""
        found = files.read_json(self.folder / "notice.json")
        return (found["kind"], found["at"]) if found else None

    def announce(self, kind: Notice, at: float) -> None:
        files.write_json(self.folder / "notice.json", {"kind": kind, "at": at})

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program inside, as its root. Raises LocalError while the machine is not up."""
        return subprocess.run(self.enter(*command), stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def enter(self, *command: str) -> list[str]:
        """The command line on the host that runs `command` inside. Raises LocalError while the machine is not up."""
        leader = self.leader()
        if leader is None:
            raise LocalError(f"machine {self.id} is not up: it is {self.state()}, {self.console} may say why")
        # Not --wd: it opens the folder on the host, and what asks for the current folder inside then fails. A shell
        # forks in place of nsenter, which stops with a child that is stopped: systemd stops all processes when a
        # machine goes down, and the machine would wait for ever for one that nobody collects.
        inside = ["nsenter", f"--target={leader}", "--all", "--wdns=/", "--no-fork", "sh", "-c", '"$@"; exit $?', "sh"]
        return [*inside, "env", "-i", f"PATH={SEARCH}", "HOME=/root", "LANG=C.UTF-8", *command]

    @property
    def _ending(self) -> Path:
        return self.folder / "ending"


def read(place: Place, id: str) -> Machine | None:
    """The machine of that id; None where there is no whole one."""
    found: dict[str, Any] | None = files.read_json(place.machines / id / "machine.json")
    if found is None:
        return None
    layers = [Path(layer) for layer in found["layers"]]
    return Machine(place, id, found["group"], found["role"], IPv4Address(found["address"]), layers)


def _leader(pids: set[int]) -> int | None:
    """The one that is process 1 of a namespace of its own (proc(5), NSpid)."""
    return next((pid for pid in sorted(pids) if _namespaced(pid)[1:] == ["1"]), None)


def _namespaced(pid: int) -> list[str]:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("NSpid:"):
                return line.split()[1:]
    return []
