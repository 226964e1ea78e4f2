"""reports/<node>.json: what this node tells the cluster about itself; a machine without a name goes by its id."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from clusterwright.node.files import read_json
from clusterwright.node.objects import write_object
from clusterwright.node.phases import BootClock, seconds_since_boot
from clusterwright.node.place import HEARTBEAT, MachinePlace, NodePlace

LOST_AFTER = 15.0  # seconds without a heartbeat after which a node counts as lost that beats every HEARTBEAT


@dataclass
class Step:
    """One step of converging; `seconds` so far while it runs, `state` is running, ok or failed."""

    name: str
    state: str = "running"
    seconds: float = 0.0
    started: float = 0.0
    reason: str | None = None


@dataclass
class Report:
    """The node's own view; `publish` writes it when it has changed or its heartbeat is due.

    `address`, `clock`, `notice` (what the cloud has announced), on a compute node `load` and, on the head, `cluster`
    are a machine's; a node that is a tree of processes has none.
    """

    place: NodePlace
    state: str = "booting"
    phase: str = "booting"
    bundle: str | None = None
    steps: list[Step] = field(default_factory=list)
    rejected: dict[str, str] | None = None
    reason: str | None = None
    worker: str = "idle"
    run: str | None = None
    attempt: int | None = None
    log_tail: list[str] = field(default_factory=list)
    address: str | None = None
    clock: BootClock | None = None
    cluster: dict[str, Any] | None = None
    load: dict[str, float] | None = None
    notice: list[Any] = field(default_factory=list)
    _written: dict[str, Any] = field(default_factory=dict, repr=False)
    _heartbeat: float = field(default=0.0, repr=False)
    _problem: str = field(default="", repr=False)

    def enter(self, phase: str) -> None:
        self.phase = phase
        if self.clock is not None:
            self.clock.enter(phase, seconds_since_boot())

    def publish(self) -> None:
        """Write the report if it is time. A bucket that cannot be had is told to the node's own log: work goes on."""
        now = time.time()
        value = self._value()
        # How long a step has been running, what a node does and what a cluster costs change all the time: they go with
        # the next beat.
        news = {**value, "cluster": None, "load": None, "steps": [_without_time(step) for step in value["steps"]]}
        if news == self._written and now - self._heartbeat < self.place.period:
            return
        try:
            write_object(self.place.bucket, self.place.report_key, {**value, "heartbeat": now})
        except OSError as error:
            if str(error) != self._problem:
                print(f"report: not written: {error}", file=sys.stderr, flush=True)
            self._problem = str(error)
            return
        self._written, self._heartbeat, self._problem = news, now, ""

    def _value(self) -> dict[str, Any]:
        machine = self.place if isinstance(self.place, MachinePlace) else None
        value = {
            "schema": 2,
            "node": self.place.node,
            "group": self.place.group,
            "role": self.place.role,
            "provider": machine.provider if machine else "local",
            "machine": machine.machine if machine else None,
            "address": self.address,
            "generation": _generation(self.place),
            "state": self.state,
            "phase": self.phase,
            "boot": None if self.clock is None else {"booted": self.clock.booted, "phases": dict(self.clock.phases)},
            "bundle": self.bundle,
            "steps": [asdict(step) for step in self.steps],
            "rejected": self.rejected,
            "reason": self.reason,
            "worker": self.worker,
            "run": self.run,
            "attempt": self.attempt,
            "log_tail": self.log_tail,
            "notice": self.notice,
            "load": self.load,
            "period": self.place.period,
        }
        return value if self.cluster is None else {**value, "cluster": self.cluster}


def _without_time(step: Mapping[str, Any]) -> dict[str, Any]:
    return {**step, "seconds": None} if step["state"] == "running" else dict(step)


def _generation(place: NodePlace) -> int | None:
    return (read_json(place.folder / "node.json") or {}).get("generation")


def lost_after(report: Mapping[str, Any]) -> float:
    """Seconds without a heartbeat after which this node counts as lost: LOST_AFTER for a period of HEARTBEAT."""
    return LOST_AFTER / HEARTBEAT * (report.get("period") or HEARTBEAT)


def is_lost(report: Mapping[str, Any] | None, now: float) -> bool:
    """Whether nothing has been heard of a node for too long; `now` in unix seconds.

    A heartbeat that lies ahead is from before the clock was set back: a node that lives soon tells another.
    """
    return report is None or abs(now - report["heartbeat"]) > lost_after(report)


def is_healthy(report: Mapping[str, Any] | None, now: float) -> bool:
    """Whether a node says that it is healthy, and said so lately; `now` in unix seconds."""
    return report is not None and report["state"] == "healthy" and not is_lost(report, now)
