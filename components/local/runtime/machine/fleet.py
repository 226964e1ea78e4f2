"""The machines of a cluster by group, with the operations that an Auto Scaling group or a MIG has.

What is wanted is in files, what is there is told by the kernel, and `settle` brings one to the other; so every
operation may be repeated, may be cut off anywhere, and may be called by the plugin and the supervisor at once.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from components.local.runtime import files
from components.local.runtime.errors import LocalError
from components.local.runtime.machine import deployer, machine, network
from components.local.runtime.machine.cgroup import Cgroup
from components.local.runtime.machine.machine import STOP_SECONDS, Machine, Notice
from components.local.runtime.machine.place import Place


@dataclass(frozen=True)
class Group:
    """What may be started: at most `maximum` machines of `role` with this user data, their roots over `layers`."""

    name: str
    role: Literal["head", "compute"]
    maximum: int
    user_data: str
    layers: Sequence[Path]

    def as_json(self) -> dict[str, Any]:
        return {
            "role": self.role,
            "maximum": self.maximum,
            "user_data": self.user_data,
            "layers": [str(layer) for layer in self.layers],
        }


@dataclass(frozen=True)
class Fleet:
    place: Place

    def define(self, group: Group) -> None:
        """Make the group known, or change it; machines that run stay as they are."""
        with self._locked():
            files.write_json(self._file(group.name), group.as_json())

    def group(self, name: str) -> Group | None:
        """The group of that name; the name may come from a machine, so it is looked up and never made a path."""
        known = {path.stem: path for path in self.place.groups.glob("*.json")}
        found = files.read_json(known[name]) if name in known else None
        if found is None:
            return None
        return Group(name, **{**found, "layers": [Path(layer) for layer in found["layers"]]})

    def list(self, group: str | None = None) -> Sequence[Machine]:
        """The machines of `group`, or all of them, those that have died included."""
        if not self.place.machines.is_dir():
            return []
        found = (machine.read(self.place, path.name) for path in sorted(self.place.machines.iterdir()))
        return [one for one in found if one and group in (None, one.group)]

    def grow(self, name: str, size: int) -> None:
        """Start machines until `size` of the group live; it never ends one.

        Raises:
            LocalError: there is no such group, `size` is above its maximum, or a machine does not start.
        """
        with self._locked():
            group = self._known(name)
            if size > group.maximum:
                raise LocalError(f"group {name} can have {group.maximum} machines at most, and {size} were asked for")
            there = [one for one in self.list(name) if one.state() in ("starting", "running")]
            for _ in range(size - len(there)):
                self._create(group)

    def keep(self, name: str) -> Machine:
        """The one machine of a group that is to have one: made if there is none, started again if it is dead."""
        with self._locked():
            there = self.list(name)
            if not there:
                return self._create(self._known(name))
            (kept,) = there
            if kept.state() == "dead":
                kept.cgroup.remove()
                kept.start(self._network())
            return kept

    def end(self, name: str, ids: Iterable[str]) -> None:
        """Ask these to power off; `settle` removes them. An id that is unknown is of a machine that has ended."""
        with self._locked():
            for one in self.list(name):
                if one.id in ids:
                    one.end()

    def settle(self) -> None:
        """Remove what has ended, and end what was to end and does not."""
        with self._locked():
            for one in self.list():
                if one.overdue() or _is_due(one):
                    one.cut()
                if one.state() == "dead" and (one.role == "compute" or one.is_ending()):
                    one.remove()

    def drop(self, name: str) -> None:
        """End all machines of the group, wait for them, and forget it. May take half a minute."""
        with self._locked():
            self._file(name).unlink(missing_ok=True)
        self.end(name, [one.id for one in self.list(name)])
        deadline = time.monotonic() + STOP_SECONDS
        while self.list(name) and time.monotonic() < deadline:
            self.settle()
            time.sleep(0.1)
        with self._locked():
            for one in self.list(name):
                one.remove()

    def announce(self, id: str, kind: Notice, at: float) -> None:
        """Let the metadata stand-in tell the machine that it ends, or is to be mended, at the unix time `at`."""
        self.machine(id).announce(kind, at)

    def machine(self, id: str) -> Machine:
        """Raises LocalError where there is none of this id."""
        found = machine.read(self.place, id)
        if found is None:
            raise LocalError(f"there is no machine {id}")
        return found

    def power_off(self) -> None:
        """What a restart of the host does: everything ends at once, the supervisor too, and the network is gone."""
        everything = Cgroup(self.place.name)
        everything.kill()
        everything.remove()
        network.remove(self.place)

    def remove(self) -> None:
        """Leave nothing of the machines of this cluster; its bucket and its volumes are not theirs."""
        self.power_off()
        for one in self.list():
            one.remove()
        for folder in (self.place.machines, self.place.groups, self.place.sockets):
            files.remove_tree(folder)
        for path in (self.place.control_socket, self.place.supervisor_log, self.place.supervisor_lock, self._lock):
            path.unlink(missing_ok=True)

    def _create(self, group: Group) -> Machine:
        net = self._network()
        used = {one.address for one in self.list()}
        free = [address for address in net.machines if address not in used]
        if not free:
            raise LocalError(f"subnet {net.subnet} has no address left for a machine of group {group.name}")
        # Any free one, so that an address is seldom given to another machine while others remember its last owner.
        address = net.head if group.role == "head" else secrets.choice(free)
        made = Machine(self.place, f"m-{secrets.token_hex(4)}", group.name, group.role, address, group.layers)
        try:
            made.create(net, group.user_data, deployer.configuration(os.environ))
            made.start(net)
        except BaseException:
            made.remove()
            raise
        return made

    def _known(self, name: str) -> Group:
        group = self.group(name)
        if group is None:
            raise LocalError(f"there is no group {name}: it was destroyed, or the cluster is being made")
        return group

    def _network(self) -> network.Network:
        found = network.find(self.place)
        if found is None:
            raise LocalError(network.GONE)
        return found

    def _file(self, name: str) -> Path:
        return self.place.groups / f"{name}.json"

    @property
    def _lock(self) -> Path:
        return self.place.folder / ".machines.lock"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with files.locked(self._lock):
            yield


def as_answer(machines: Iterable[Machine]) -> Sequence[Mapping[str, str]]:
    """Machines as they are told over a socket; the dead are not machines any more."""
    told = ({"id": one.id, "state": one.state(), "address": str(one.address)} for one in machines)
    return [one for one in told if one["state"] != "dead"]


def _is_due(one: Machine) -> bool:
    """Whether the cloud's time for it is over: a spot machine ends when its notice said so."""
    notice = one.notice()
    return notice is not None and notice[0] == "spot" and time.time() >= notice[1]
