"""The worker's state, and what the agent makes of it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from clusterwright.node import runs, worker
from clusterwright.node.files import write_json
from clusterwright.node.runs import Run
from clusterwright.node.worker import WorkerState
from tests.node.conftest import Cluster

RUN = f"{'a' * 12}.1"


def run(state: str = "running", attempt: int = 1, updated: float = 0.0) -> Run:
    return Run(RUN, "a" * 12, 1, "d" * 64, 0.0, state=state, attempt=attempt, updated=updated, members=("train-1",))


@pytest.mark.parametrize(
    ("state", "turn", "last", "expected"),
    [
        (WorkerState("idle", None, None), None, None, None),
        (WorkerState("idle", None, None), run(), None, "start"),
        (WorkerState("idle", RUN, 1), run(), run(), "start"),
        (WorkerState("waiting", RUN, 1), run(), run(), None),
        (WorkerState("running", RUN, 1), run(), run(), None),
        (WorkerState("running", RUN, 1), run(attempt=2), run(attempt=2), "restart"),
        (WorkerState("running", "other.1", 1), run(), None, "restart"),
        (WorkerState("running", RUN, 1), None, run("superseded"), "stop"),
        (WorkerState("running", RUN, 1), None, run("failed"), "stop"),
        (WorkerState("running", RUN, 1), None, None, "stop"),
        (WorkerState("running", RUN, 1), None, run("finished", updated=990.0), None),
        (WorkerState("running", RUN, 1), None, run("finished", updated=900.0), "stop"),
        (WorkerState("waiting", RUN, 1), None, run("superseded"), None),
    ],
)
def test_what_brings_the_worker_to_its_turn(
    state: WorkerState, turn: Run | None, last: Run | None, expected: str | None
) -> None:
    assert worker.wanted_action(state, turn, last, now=1000.0) == expected


def test_the_worker_runs_as_long_as_anything_holds_its_lock(cluster: Cluster) -> None:
    place = cluster.place
    assert worker.read_state(place) == WorkerState("idle", None, None)
    write_json(place.folder / "worker.json", {"state": "running", "run": RUN, "attempt": 3})
    hold = "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); input()"
    command = [sys.executable, "-c", hold, str(place.folder / "worker.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert worker.read_state(place) == WorkerState("running", RUN, 3)
        holder.kill()
    assert worker.read_state(place) == WorkerState("idle", RUN, 3)


def start(cluster: Cluster, attempt: int) -> None:
    jobs = cluster.place.jobs
    runs.request(jobs, RUN, "d" * 64, 0.0)
    write_json(jobs / RUN / "members.json", {"nodes": ["train-1"], "bundle": "d" * 64, "started": 0.0})
    runs.write_status(jobs, runs.read_runs(jobs)[0], state="running", attempt=attempt)


def test_a_node_without_a_run_has_nothing_to_launch(cluster: Cluster) -> None:
    assert worker.next_launch(cluster.place) is None


def test_an_attempt_is_launched_once_and_only_when_the_rendezvous_answers(cluster: Cluster) -> None:
    start(cluster, attempt=1)
    write_json(cluster.place.folder / "worker.json", {"state": "waiting", "run": RUN, "attempt": 1})
    waits: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = {"host": "127.0.0.1", "port": server.getsockname()[1]}

        def sleep(_: float) -> None:
            if not waits:
                waits.append("attempt 1 was launched before")
                start(cluster, attempt=2)
            elif len(waits) == 1:
                waits.append("no address yet")
                write_json(cluster.place.reports / "rendezvous.json", {"host": "127.0.0.1", "port": 1})
            else:
                waits.append("nobody answers there")
                write_json(cluster.place.reports / "rendezvous.json", address)

        launch = worker.next_launch(cluster.place, sleep)
    assert launch is not None
    turn, endpoint = launch
    assert (turn.name, turn.attempt, endpoint) == (RUN, 2, f"127.0.0.1:{address['port']}")
    assert len(waits) == 3


def test_the_program_becomes_the_run_and_remembers_its_attempt(
    cluster: Cluster, node_code: dict[str, bytes], tmp_path: Path
) -> None:
    train = b'printf "%s %s %s" "$CLUSTERWRIGHT_RUN" "$CLUSTERWRIGHT_ATTEMPT" "$CLUSTERWRIGHT_NODES" >seen; exit 5'
    digest = cluster.publish({**node_code, "job/train.sh": train})
    jobs = cluster.place.jobs
    runs.request(jobs, RUN, digest, 0.0)
    write_json(jobs / RUN / "members.json", {"nodes": ["train-1"], "bundle": digest, "started": 0.0})
    runs.write_status(jobs, runs.read_runs(jobs)[0], state="running", attempt=4)
    place = cluster.place
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        **{
            f"CLUSTERWRIGHT_{name.upper()}": getattr(place, name)
            for name in ("cluster", "role", "group", "node", "python")
        },
        "CLUSTERWRIGHT_BUCKET": str(place.bucket.root),
        "CLUSTERWRIGHT_NODE_DIR": str(place.folder),
    }
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        write_json(place.reports / "rendezvous.json", {"host": host, "port": port})
        command = [sys.executable, "-m", "clusterwright.node.worker"]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert done.returncode == 5, done.stderr
    assert (tmp_path / "seen").read_text() == f"{RUN} 4 1"
    memory = json.loads((place.folder / "worker.json").read_text())
    assert memory == {"state": "running", "run": RUN, "attempt": 4}
