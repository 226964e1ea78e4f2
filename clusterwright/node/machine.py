"""The agent of a machine: claims a name, converges on bundles, keeps what Slurm needs right, reports.

A loop over what is there, not over events: killed at any point and started again, it goes on from what it finds. What
it has done since the machine booted lies in memory (/run), so that an agent that is started anew does not run the
steps under a running job. A compute node is drained before its steps run again, and given back afterwards; a change of
the job alone runs none. The head decides about names, sizes and runs between its own looks.
"""

from __future__ import annotations

import ipaddress
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from clusterwright.node import bundle as bundles
from clusterwright.node import claims
from clusterwright.node.commands import CommandFailed
from clusterwright.node.converge import StepFailed
from clusterwright.node.drain import SlurmNode
from clusterwright.node.files import Damaged, read_json, write_json
from clusterwright.node.follow import Follower
from clusterwright.node.load import Load
from clusterwright.node.logs import Logs, keep_failed
from clusterwright.node.notices.service import announced
from clusterwright.node.objects import read_object
from clusterwright.node.phases import BootClock, seconds_since_boot
from clusterwright.node.place import MachinePlace
from clusterwright.node.report import Report
from clusterwright.node.system import end_jobs, keep_hostname, keep_hosts, known_address, own_address, restart, stop

PERIOD = 2.0  # seconds between two looks until the node is healthy, and between two decisions of the head
HEAD = "head"
NOTICES = "clusterwright-notices"  # the service of clusterwright.node.notices
CHECK = "CLUSTERWRIGHT_CHECK"  # set: the agent says whether it could start, and ends
STARTED = "CLUSTERWRIGHT_STARTED"  # unix seconds at which this boot's first program began, if it says so


class Leader(Protocol):
    """What the head does with the cluster: its queue, its sizes, its money."""

    def step(self, digest: str, now: float) -> dict[str, Any]:
        """One look and what follows from it; returns what the head's report tells of the cluster."""
        ...


class MachineAgent(Follower):
    retry_last = 3600.0  # a bundle that was refused drains the node each time that it is tried

    def __init__(self, place: MachinePlace) -> None:
        super().__init__(place, Report(place))
        self.place: MachinePlace = place
        self.logs = Logs()
        self._next_look = 0.0
        self._load = Load() if place.role == "compute" else None
        self._give_back = place.role == "compute"
        self._has_old_report = True
        self._leader: tuple[str, Leader] | None = None
        place.run.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.report.clock = BootClock.load(place.run / "boot.json", seconds_since_boot(), time.time())
        if STARTED in os.environ:
            self.report.clock.enter("bundle", float(os.environ.pop(STARTED)) - self.report.clock.booted)
        name = place.node if place.role == HEAD else claims.remembered(place)
        if name is not None:
            self._named(name)

    def step(self) -> None:
        """One look at everything that is due."""
        now = time.monotonic()
        if now >= self._next_look:
            self._safely(self._look)
            settled = self.report.state in ("healthy", "failed")
            self._next_look = now + (self.place.period if settled else PERIOD)
        if self.place.role == HEAD and self.report.state == "healthy" and self.converged is not None:
            self._safely(self._lead)
        self.report.publish()
        if self.report.state in ("healthy", "failed"):
            self.logs.publish(self.place, self.report.state == "failed")

    def _safely(self, look: Callable[[], None]) -> None:
        """What fails for now, a bucket that does not answer for one, is told and tried again; the node stays up."""
        try:
            look()
        except (ValueError, CommandFailed, OSError) as error:
            self.report.reason = str(error)
            print(f"agent: {error}", file=sys.stderr, flush=True)

    def _look(self) -> None:
        if self.report.state in ("healthy", "booting"):
            self.report.reason = None
        self.report.address = own_address()
        self.report.notice = self._announced()
        if self._load is not None:
            self.report.load = self._load.look(time.monotonic())
        if not self._has_name() or not self._knows_addresses():
            return
        keep_hostname(self.place.node, self.place.etc)
        self.follow()
        if self._give_back and self.report.state == "healthy" and self.waiting is None:
            self._slurm_node().resume()
            self._give_back = False

    def _lead(self) -> None:
        digest = self.converged or ""
        if self._leader is None or self._leader[0] != digest:
            facts = self.place.bundles / digest / "facts" / "cluster.json"
            # Only the head's machine has what this needs: the clouds' clients for its groups.
            head = import_module("clusterwright.node.slurm.head").Head
            self._leader = digest, head(self.place, self.place.bucket, facts)
        self.report.cluster = self._leader[1].step(digest, time.time())

    def _announced(self) -> list[Any]:
        """What the service that asks the cloud for notices has found; it runs once a compute node has joined."""
        joined = self.place.role == "compute" and self.report.state == "healthy" and self._marker.exists()
        return announced(self.place.folder, self._marker.stat().st_mtime if joined else None, time.time())

    # Names and addresses

    def _has_name(self) -> bool:
        if self.place.role != HEAD and not self._has_claim():
            return False
        if self._has_old_report:
            self._forget_report(f"reports/{self.place.machine}.json")
            self._has_old_report = False
        return True

    def _has_claim(self) -> bool:
        if self.place.node != self.place.machine and not claims.holds(self.place, self.place.node):
            self._lose_name()
        if self.place.node == self.place.machine:
            name = claims.claim(self.place, self.report.address)
            if name is None:
                self.report.reason = "waits for a name"
                return False
            self._named(name)
        return True

    def _named(self, name: str) -> None:
        """This machine is node `name`: where it was before in this boot, it goes on."""
        self.place = self.report.place = replace(self.place, node=name)
        os.environ["CLUSTERWRIGHT_NODE"] = name
        done = read_json(self._marker) or {}
        if done.get("node") == name and done.get("bundle") == bundles.adopted(self.place):
            self.converged = self.report.bundle = done["bundle"]
            self.report.state = "healthy"
            self.report.enter("healthy")

    def _lose_name(self) -> None:
        """The head has given this machine's name up: it thinks that we are gone, and may give the name to another.

        Its job runs elsewhere by then: what is left of it here would write into the same run.
        """
        print(f"agent: the name {self.place.node} is not ours any more", file=sys.stderr, flush=True)
        stop(NOTICES)
        stop("slurmd")
        if self.converged is not None:  # else it has not joined, and may not even have the user of jobs
            end_jobs()
        self._forget_report(self.place.report_key)
        self._marker.unlink(missing_ok=True)
        claims.forget(self.place)
        self.place = self.report.place = replace(self.place, node=self.place.machine)
        self.converged = None
        self.report.state, self.report.bundle, self.report.steps = "booting", None, []
        self.report.enter("booting")
        self._give_back = self._has_old_report = True

    def _forget_report(self, key: str) -> None:
        """Remove our report from under a name that we have no more; that of another machine stays."""
        found = read_object(self.place.bucket, key)
        if found is not None and found.get("machine") in (None, self.place.machine):
            self.place.bucket.delete(key)

    def _knows_addresses(self) -> bool:
        """Keep the lines of /etc/hosts; whether the head can be found."""
        own = self.report.address
        if own is None:
            self.report.reason = "waits for an address: this machine has no route"
            return False
        if self.place.role == HEAD:
            keep_hosts({HEAD: own}, self.place.etc)
            return True
        before = known_address(HEAD, self.place.etc)
        head = _address(read_object(self.place.bucket, f"reports/{HEAD}.json") or {}) or before
        if head is None:
            self.report.reason = "waits for the head to report its address"
            return False
        keep_hosts({HEAD: head, self.place.node: own}, self.place.etc)
        if head != before:
            restart("slurmd")
        return True

    # Bundles

    def check(self, folder: Path) -> Sequence[str]:
        return ["env", f"{CHECK}=1", *self.start(folder)]

    def start(self, folder: Path) -> Sequence[str]:
        return ["bash", str(folder / "scripts" / "start.sh")]

    def needs_steps(self, folder: Path) -> bool:
        return self.converged is None or bundles.system(self.place.bundles / self.converged) != bundles.system(folder)

    def waits(self, digest: str, folder: Path) -> str | None:
        """Nothing is installed under a running job. Before it has joined, a node has none."""
        if self.place.role == HEAD or self.converged is None or not self.needs_steps(folder):
            return None
        self._give_back = True
        try:
            node = self._slurm_node()
            ours = node.take(digest[:12])
            busy = node.busy
        except CommandFailed as error:
            return f"bundle {digest[:12]} waits, for this node cannot be drained: {error}"
        if not ours:
            return f"bundle {digest[:12]} waits until nobody else gives this node back"
        return f"bundle {digest[:12]} waits for the jobs on this node to end" if busy else None

    def _slurm_node(self) -> SlurmNode:
        return SlurmNode(self.place.node, "clusterwright: new bundle ")

    def converge(self, folder: Path) -> None:
        self._marker.unlink(missing_ok=True)
        self.logs.hasten()
        try:
            super().converge(folder)
        except StepFailed as error:
            keep_failed(self.place, error.step)
            raise

    def settled(self, digest: str, before: str | None) -> None:
        if self.place.role == "compute" and self.stepped:
            try:
                restart(NOTICES)  # it goes by the facts of the bundle that it began with
            except CommandFailed as error:
                raise StepFailed(NOTICES, str(error), []) from error
        write_json(self._marker, {"bundle": digest, "node": self.place.node})

    def may_prune(self) -> bool:
        """A job may run from a bundle that a compute node has left; when its steps have run, there was none."""
        return self.place.role == HEAD or self.stepped

    @property
    def _marker(self) -> Path:
        """What this node has converged on since it booted."""
        return self.place.run / "converged.json"


def _address(report: Mapping[str, Any]) -> str | None:
    """A report's address. Raises Damaged for what is none: it goes into the system's own file of names."""
    address = report.get("address")
    if address is None:
        return None
    try:
        return str(ipaddress.ip_address(str(address)))
    except ValueError as error:
        raise Damaged(f"reports/{HEAD}.json names no address of the head: {error}") from error


def main() -> None:
    place = MachinePlace.from_environment()
    if CHECK in os.environ:
        print(f"the agent of {place.node} can start")
        return
    agent = MachineAgent(place)
    while True:
        agent.step()
        time.sleep(PERIOD)


if __name__ == "__main__":
    main()
