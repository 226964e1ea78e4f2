"""reports/<node>.json: what this node tells the cluster about itself."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from clusterwright.node.files import read_json, write_json
from clusterwright.node.place import Place

HEARTBEAT = 2.0  # seconds between two reports when nothing changes
LOST_AFTER = 15.0  # seconds without a heartbeat after which a node counts as lost


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
    """The node's own view; `publish` writes it when it has changed or its heartbeat is due."""

    place: Place
    state: str = "booting"
    bundle: str | None = None
    steps: list[Step] = field(default_factory=list)
    rejected: dict[str, str] | None = None
    reason: str | None = None
    worker: str = "idle"
    run: str | None = None
    attempt: int | None = None
    log_tail: list[str] = field(default_factory=list)
    _written: dict[str, Any] = field(default_factory=dict, repr=False)
    _heartbeat: float = field(default=0.0, repr=False)

    def publish(self) -> None:
        now = time.time()
        value = {
            "schema": 1,
            "node": self.place.node,
            "group": self.place.group,
            "role": self.place.role,
            "generation": _generation(self.place),
            "state": self.state,
            "bundle": self.bundle,
            "steps": [asdict(step) for step in self.steps],
            "rejected": self.rejected,
            "reason": self.reason,
            "worker": self.worker,
            "run": self.run,
            "attempt": self.attempt,
            "log_tail": self.log_tail,
        }
        if value == self._written and now - self._heartbeat < HEARTBEAT:
            return
        write_json(self.place.report, {**value, "heartbeat": now})
        self._written, self._heartbeat = value, now


def _generation(place: Place) -> int | None:
    return (read_json(place.folder / "node.json") or {}).get("generation")


def is_lost(report: Mapping[str, Any] | None, now: float) -> bool:
    """Whether nothing has been heard of a node for too long; `now` in unix seconds."""
    return report is None or now - report["heartbeat"] > LOST_AFTER


def is_healthy(report: Mapping[str, Any] | None, now: float) -> bool:
    """Whether a node says that it is healthy, and said so lately; `now` in unix seconds."""
    return report is not None and report["state"] == "healthy" and not is_lost(report, now)
