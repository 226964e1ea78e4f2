"""The worker program: waits for its turn, then becomes the torchrun of the run that this node is a member of.

`exec` keeps the process: its parent is supervisord, its exit code is torchrun's. While any of it lives it holds a
lock, so that the agent knows the worker's state without asking anyone, and no reused process id can mislead it. What
was launched last is remembered in worker.json: an attempt is launched once on a node, whatever restarts the program.
"""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clusterwright.node import bundle as bundles
from clusterwright.node import runs as queue
from clusterwright.node.converge import environment
from clusterwright.node.files import Damaged, read_json, write_json
from clusterwright.node.place import Place
from clusterwright.node.runs import Run

POLL = 0.5  # seconds
LEAVE_TIME = 60.0  # seconds that a finished run's torchrun may take to say goodbye to its peers


@dataclass(frozen=True)
class WorkerState:
    """`state`: idle (no process), waiting (for its turn) or running; `run` and `attempt` are what was launched last."""

    state: str
    run: str | None
    attempt: int | None


def read_state(place: Place) -> WorkerState:
    """The worker's state as its lock and its memory tell it."""
    memory = read_json(place.folder / "worker.json") or {}
    with _lock_file(place).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return WorkerState(memory.get("state", "waiting"), memory.get("run"), memory.get("attempt"))
    return WorkerState("idle", memory.get("run"), memory.get("attempt"))


def wanted_action(worker: WorkerState, turn: Run | None, last: Run | None, now: float) -> str | None:
    """start, stop, restart or None: what brings the worker to `turn`, the run that this node should work on.

    `last` is the run that the worker launched last, as it stands now.
    """
    if turn is None:
        leaving = last is not None and last.state == "finished" and now - last.updated < LEAVE_TIME
        return "stop" if worker.state == "running" and not leaving else None
    if worker.state == "idle":
        return "start"
    stale = (worker.run, worker.attempt) != (turn.name, turn.attempt)
    return "restart" if worker.state == "running" and stale else None


def next_launch(place: Place, sleep: Callable[[float], None] = time.sleep) -> tuple[Run, str] | None:
    """Wait until this node has an attempt to launch and a rendezvous answers; None when it has no run any more.

    The address is read anew each time: a restarted head listens on another port.
    """
    while True:
        turn = queue.running_on(queue.read_runs(place.jobs), place.node)
        if turn is None:
            return None
        memory = read_json(place.folder / "worker.json") or {}
        if (memory.get("run"), memory.get("attempt")) != (turn.name, turn.attempt):
            endpoint = _rendezvous(place)
            if endpoint is not None:
                return turn, endpoint
        sleep(POLL)


def main() -> int:
    place = Place.from_environment()
    lock = _lock_file(place).open("a")
    fcntl.flock(lock, fcntl.LOCK_EX)  # a torchrun that is still ending is waited for
    os.set_inheritable(lock.fileno(), True)
    memory = read_json(place.folder / "worker.json") or {}
    write_json(place.folder / "worker.json", {**memory, "state": "waiting"})
    try:
        launch = next_launch(place)
        if launch is None:
            return 0
        turn, endpoint = launch
        bundle = bundles.obtain(place, turn.ran_with or turn.bundle)
    except (Damaged, bundles.BundleError) as error:
        print(f"worker: {error}", file=sys.stderr, flush=True)
        time.sleep(5)
        return 1
    write_json(place.folder / "worker.json", {"state": "running", "run": turn.name, "attempt": turn.attempt})
    train = str(bundle / "job" / "train.sh")
    os.execvpe("bash", ["bash", train], {**environment(bundle), **launch_environment(place, turn, endpoint)})  # noqa: S606


def launch_environment(place: Place, turn: Run, endpoint: str) -> dict[str, str]:
    """What `job/train.sh` needs to know about the attempt."""
    return {
        "CLUSTERWRIGHT_RUN": turn.name,
        "CLUSTERWRIGHT_ATTEMPT": str(turn.attempt),
        "CLUSTERWRIGHT_NODES": str(len(turn.members)),
        "CLUSTERWRIGHT_PROCESSES_PER_NODE": str(turn.processes_per_node),
        "CLUSTERWRIGHT_THREADS_PER_PROCESS": str(turn.threads_per_process),
        "CLUSTERWRIGHT_RENDEZVOUS": endpoint,
    }


def _lock_file(place: Place) -> Path:
    return place.folder / "worker.lock"


def _rendezvous(place: Place) -> str | None:
    """`host:port` of the head's store, once something listens there."""
    address = read_json(place.reports / "rendezvous.json")
    if address is None:
        return None
    try:
        socket.create_connection((address["host"], address["port"]), timeout=2).close()
    except OSError:
        return None
    return f"{address['host']}:{address['port']}"


if __name__ == "__main__":
    raise SystemExit(main())
