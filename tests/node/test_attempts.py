"""Real supervisors, agents, rendezvous and torchrun with a toy in place of the training package."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from clusterwright import paths
from clusterwright.bootstrap import render_bundle, user_data
from clusterwright.bootstrap.archive import pack
from clusterwright.plan.model import ClusterPlan
from components.local.runtime import supervisord
from tests.plans import make_plan

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]
TOY = Path(__file__).with_name("toy_training.py")


class Nodes:
    """A head and compute nodes, as the local runtime starts them, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bucket = folder / "bucket"
        self.supervisors: dict[str, subprocess.Popen[bytes]] = {}

    def deploy(self, plan: ClusterPlan) -> str:
        files = {**render_bundle(plan).files, "lib/training/__main__.py": TOY.read_bytes()}
        data = pack(files)
        digest = hashlib.sha256(data).hexdigest()
        bundles = self.bucket / "control" / "bundles"
        bundles.mkdir(parents=True, exist_ok=True)
        (bundles / f"{digest}.tar.gz").write_bytes(data)
        (self.bucket / "control" / "current").write_text(digest + "\n")
        return digest

    def start(self, plan: ClusterPlan, name: str) -> None:
        role = "head" if name == "head" else "compute"
        node = self.folder / name
        (node / "log").mkdir(parents=True, exist_ok=True)
        (node / "user-data.sh").write_text(user_data(plan, role, "train"))
        (node / "supervisord.conf").write_text(supervisord.render(role))
        control = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(node / "supervisord.conf")]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
            "CLUSTERWRIGHT_CLUSTER": plan.name,
            "CLUSTERWRIGHT_ROLE": role,
            "CLUSTERWRIGHT_GROUP": role if role == "head" else "train",
            "CLUSTERWRIGHT_NODE": name,
            "CLUSTERWRIGHT_BUCKET": str(self.bucket),
            "CLUSTERWRIGHT_NODE_DIR": str(node),
            "CLUSTERWRIGHT_ENVIRONMENTS": str(paths.environments_dir()),
            "CLUSTERWRIGHT_PYTHON": getattr(sys, "_base_executable", sys.executable),
            "CLUSTERWRIGHT_SUPERVISORCTL": shlex.join(control),
            "CLUSTERWRIGHT_TOKEN": f"{self.folder}/{name}",
        }
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(node / "supervisord.conf")]
        self.supervisors[name] = subprocess.Popen(
            command, cwd=node, env=environment, start_new_session=True, stdout=subprocess.DEVNULL
        )

    def kill(self, name: str) -> None:
        """A power cut, as far as a process node can have one."""
        self.supervisors[name].kill()
        self.supervisors[name].wait()

    def processes(self, name: str) -> list[psutil.Process]:
        token, found = f"{self.folder}/{name}", []
        for process in psutil.process_iter():
            try:
                if process.environ().get("CLUSTERWRIGHT_TOKEN") == token:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def rank(self, name: str) -> psutil.Process:
        return next(process for process in self.processes(name) if "RANK" in process.environ())

    def report(self, name: str) -> dict[str, Any]:
        return json.loads((self.bucket / "reports" / f"{name}.json").read_text())

    def status(self, run: str) -> dict[str, Any]:
        path = self.bucket / "jobs" / run / "status.json"
        return json.loads(path.read_text()) if path.exists() else {"state": None, "attempt": 0}

    def starts(self, run: str) -> list[dict[str, Any]]:
        path = self.bucket / "jobs" / run / "starts.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def step(self, run: str) -> int:
        path = self.bucket / "jobs" / run / "checkpoints" / "toy" / "latest"
        return int(path.read_text()) if path.exists() else 0


def wait_for(what: str, condition: Callable[[], object], seconds: float) -> float:
    """Seconds until `condition` holds; fails with `what` when it does not in time."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            pytest.fail(f"not within {seconds} s: {what}")
        time.sleep(0.1)
    return time.monotonic() - began


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    # The socket of a supervisor allows no long path, so not tmp_path.
    folder = Path(tempfile.mkdtemp(prefix="cw-"))
    nodes = Nodes(folder)
    yield nodes
    for supervisor in nodes.supervisors.values():
        supervisor.send_signal(signal.SIGTERM)
    for name, supervisor in nodes.supervisors.items():
        supervisor.wait(60)
        for process in nodes.processes(name):
            process.kill()
    shutil.rmtree(folder)


def test_killed_rank_and_killed_node_resume_from_the_checkpoint(
    nodes: Nodes, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = make_plan(job={"phases": ["toy"]})
    assert plan.job is not None
    run = f"{plan.job.id}.1"
    digest = nodes.deploy(plan)
    for name in ("head", "train-1", "train-2"):
        nodes.start(plan, name)
    # Building the environment counts here when this machine does not have it yet.
    started = wait_for("the run trains", lambda: nodes.step(run) > 5, 300)
    assert nodes.status(run)["state"] == "running"
    assert nodes.report("train-1")["bundle"] == digest

    nodes.rank("train-1").kill()
    rank_back = wait_for("the run goes on after a killed rank", lambda: len(nodes.starts(run)) == 2, 60)
    reached = nodes.step(run)
    wait_for("steps after the killed rank", lambda: nodes.step(run) > reached + 5, 10)

    nodes.kill("train-2")
    wait_for("nothing of the killed node is left", lambda: not nodes.processes("train-2"), 10)
    time.sleep(5)
    nodes.start(plan, "train-2")
    node_back = wait_for("the run goes on after a killed node came back", lambda: len(nodes.starts(run)) == 3, 60)

    (nodes.bucket / "data" / "enough").touch()
    ended = wait_for("the run is finished", lambda: nodes.status(run)["state"] == "finished", 30)
    starts = nodes.starts(run)
    assert [start["world_size"] for start in starts] == [2, 2, 2]
    assert 0 == starts[0]["step"] < starts[1]["step"] < starts[2]["step"]
    assert nodes.status(run)["attempt"] == 3
    wait_for("the workers are idle", lambda: nodes.report("train-1")["worker"] == "idle", 10)
    with capsys.disabled():
        print(f"start {started:.1f} s, rank {rank_back:.1f} s, node {node_back:.1f} s, end {ended:.1f} s")


def test_a_job_change_and_a_killed_head_lose_no_step(nodes: Nodes) -> None:
    first, second = (make_plan(job={"phases": ["toy"], "seed": seed}) for seed in (1, 2))
    assert first.job is not None
    assert second.job is not None
    one, two = f"{first.job.id}.1", f"{second.job.id}.1"
    nodes.deploy(first)
    for name in ("head", "train-1", "train-2"):
        nodes.start(first, name)
    wait_for("the first job trains", lambda: nodes.step(one) > 5, 300)

    nodes.deploy(second)
    wait_for("the second job trains on the same nodes", lambda: nodes.step(two) > 5, 90)
    assert nodes.status(one)["state"] == "superseded"
    reached = nodes.step(one)

    nodes.kill("head")
    nodes.start(second, "head")
    wait_for("the second job goes on at the new rendezvous", lambda: len(nodes.starts(two)) == 2, 90)
    assert nodes.starts(two)[1]["step"] > 5

    (nodes.bucket / "data" / "enough").touch()
    wait_for("the second job is finished", lambda: nodes.status(two)["state"] == "finished", 30)
    nodes.deploy(first)
    wait_for("the first job goes on and is finished", lambda: nodes.status(one)["state"] == "finished", 90)
    assert nodes.starts(one)[1]["step"] == reached
