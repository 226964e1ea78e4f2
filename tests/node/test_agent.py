"""The agent takes good bundles, refuses bad ones, and stays at work."""

from __future__ import annotations

import dataclasses
import json
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from clusterwright.node import agent as agent_module
from clusterwright.node import bundle, follow, runs, worker
from clusterwright.node.agent import Agent
from clusterwright.node.files import write_json
from clusterwright.node.place import Place
from clusterwright.node.supervisor import Supervisor
from tests.node.conftest import Cluster

GOOD = {"scripts/10-a.sh": b"touch mark-$(basename $CLUSTERWRIGHT_BUNDLE)"}
BAD = {"scripts/10-a.sh": b"echo the disk is full; exit 1"}
SUPERVISORCTL = """import sys
open(sys.argv[1], "a").write(" ".join(sys.argv[2:]) + "\\n")
"""


class Recorded(Agent):
    """An agent that says that it would become the agent of a bundle instead of doing so."""

    def __init__(self, place: Place, supervisor: Supervisor) -> None:
        super().__init__(place, supervisor)
        self.became: list[str] = []

    def become(self, folder: Path) -> None:
        self.became.append(folder.name)


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    return tmp_path / "supervisorctl.calls"


def start(place: Place, calls: Path) -> Recorded:
    program = calls.with_name("supervisorctl.py")
    program.write_text(SUPERVISORCTL)
    return Recorded(place, Supervisor.from_quoted(shlex.join([sys.executable, str(program), str(calls)])))


def test_a_first_bundle_is_converged_on_and_adopted(cluster: Cluster, node_code: dict[str, bytes], calls: Path) -> None:
    digest = cluster.publish({**GOOD, **node_code})
    agent = start(cluster.place, calls)
    agent.step()
    report = cluster.report()
    assert (report["state"], report["bundle"], report["rejected"]) == ("healthy", digest, None)
    assert bundle.adopted(cluster.place) == digest
    assert (cluster.place.folder / f"mark-{digest}").exists()
    assert agent.became == [digest]


def test_without_a_bundle_the_node_is_booting(cluster: Cluster, calls: Path) -> None:
    start(cluster.place, calls).step()
    assert cluster.report()["state"] == "booting"


def test_a_first_bundle_that_fails_is_reported_and_tried_again(
    cluster: Cluster, node_code: dict[str, bytes], calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    agent = start(cluster.place, calls)
    cluster.publish({"scripts/10-a.sh": b"[ -e repaired ] || { echo the disk is full; exit 1; }", **node_code})
    agent.step()
    report = cluster.report()
    assert (report["state"], report["reason"]) == ("failed", "10-a: the disk is full")
    assert report["log_tail"] == ["the disk is full"]
    (cluster.place.folder / "repaired").touch()
    agent.step()
    assert cluster.report()["state"] == "failed", "not before its time"
    clock[0] = time.monotonic() + follow.RETRY_FIRST
    monkeypatch.setattr(follow.time, "monotonic", lambda: clock[0])
    agent.step()
    assert cluster.report()["state"] == "healthy"
    assert cluster.report()["log_tail"] == []


def altered(cluster: Cluster, code: dict[str, bytes]) -> str:
    return cluster.publish({**GOOD, **code, "x": b"x"}, digest="0" * 64)


def failing(cluster: Cluster, code: dict[str, bytes]) -> str:
    return cluster.publish({**BAD, **code})


def broken_agent(cluster: Cluster, code: dict[str, bytes]) -> str:
    return cluster.publish({**GOOD, **code, "lib/clusterwright/node/agent.py": b"raise ValueError('broken')"})


@pytest.mark.parametrize(
    ("publish", "reason"),
    [(altered, "has been altered"), (failing, "10-a: the disk is full"), (broken_agent, "agent: ValueError: broken")],
)
def test_a_bad_bundle_leaves_the_node_on_the_one_before(
    cluster: Cluster, node_code: dict[str, bytes], calls: Path, publish: Any, reason: str
) -> None:
    good = cluster.publish({**GOOD, **node_code})
    agent = start(cluster.place, calls)
    agent.step()
    (cluster.place.folder / f"mark-{good}").unlink()
    bad = publish(cluster, node_code)
    agent.step()
    report = cluster.report()
    assert (report["state"], report["bundle"]) == ("healthy", good)
    assert report["rejected"]["digest"] == bad
    assert reason in report["rejected"]["reason"]
    assert bundle.adopted(cluster.place) == good
    assert agent.became == [good]
    restored = (cluster.place.folder / f"mark-{good}").exists()
    assert restored == (publish is not altered), "the steps of the good bundle run again over those of the bad one"
    (cluster.bucket / "control" / "current").write_text(good)
    agent.step()
    assert cluster.report()["rejected"] is None


def test_a_damaged_name_of_the_current_bundle_is_reported_once(
    cluster: Cluster, node_code: dict[str, bytes], calls: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.publish({**GOOD, **node_code})
    agent = start(cluster.place, calls)
    agent.step()
    (cluster.bucket / "control" / "current").write_text("nonsense")
    for _ in range(3):
        agent.step()
    assert cluster.report()["rejected"]["reason"].startswith("control/current names no bundle")
    assert capsys.readouterr().err.count("names no bundle") == 1


def declare(cluster: Cluster, state: str, attempt: int = 1) -> None:
    name, jobs = f"{'a' * 12}.1", cluster.place.jobs
    runs.request(jobs, name, "d" * 64, 0.0)
    write_json(jobs / name / "members.json", {"nodes": ["train-1"], "bundle": "d" * 64, "started": 0.0})
    runs.write_status(jobs, runs.read_runs(jobs)[0], state=state, attempt=attempt)


def settle(agent: Agent) -> None:
    while agent.supervisor.busy():
        time.sleep(0.01)


def test_software_does_not_change_under_a_running_job(
    cluster: Cluster, node_code: dict[str, bytes], calls: Path
) -> None:
    before = cluster.publish({**GOOD, **node_code})
    agent = start(cluster.place, calls)
    agent.step()
    declare(cluster, "running")
    after = cluster.publish({**GOOD, **node_code, "software/lock.txt": b"two\n"})
    agent.step()
    assert cluster.report()["bundle"] == before
    assert "waits for the running job to end: it changes the software" in cluster.report()["reason"]
    declare(cluster, "finished")
    agent.step()
    assert (cluster.report()["bundle"], cluster.report()["reason"]) == (after, None)
    settle(agent)


def test_a_job_change_does_not_wait(cluster: Cluster, node_code: dict[str, bytes], calls: Path) -> None:
    cluster.publish({**GOOD, **node_code})
    agent = start(cluster.place, calls)
    agent.step()
    declare(cluster, "running")
    after = cluster.publish({**GOOD, **node_code, "job/job.json": b"{}"})
    agent.step()
    settle(agent)
    assert cluster.report()["bundle"] == after


def test_the_worker_is_started_for_a_run_and_stopped_when_another_job_takes_over(
    cluster: Cluster, node_code: dict[str, bytes], calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_module, "REQUEST_PAUSE", 0.0)
    cluster.publish({**GOOD, **node_code})
    agent = start(cluster.place, calls)
    declare(cluster, "running")
    agent.step()
    settle(agent)
    assert calls.read_text() == "start worker\n"
    state = worker.WorkerState("running", f"{'a' * 12}.1", 1)
    monkeypatch.setattr(worker, "read_state", lambda place: state)
    agent.step()
    assert (cluster.report()["worker"], cluster.report()["run"]) == ("running", f"{'a' * 12}.1")
    declare(cluster, "superseded")
    agent.step()
    settle(agent)
    assert calls.read_text() == "start worker\nstop worker\n"


def test_the_head_starts_the_rendezvous_and_changes_it_only_with_the_software(
    cluster: Cluster, node_code: dict[str, bytes], calls: Path
) -> None:
    place = Place("local", "head", "head", "head", cluster.place.bucket, cluster.place.folder, sys.executable)
    agent = start(place, calls)
    for lock, job in ((b"one\n", b"1"), (b"one\n", b"2"), (b"two\n", b"2")):
        cluster.publish({**GOOD, **node_code, "software/lock.txt": lock, "job/note": job})
        agent.step()
    assert calls.read_text().splitlines() == ["start rendezvous", "start rendezvous", "restart rendezvous"]


@pytest.mark.parametrize("role", ["head", "compute"])
def test_a_damaged_run_does_not_take_a_node_down(
    cluster: Cluster, node_code: dict[str, bytes], calls: Path, role: str
) -> None:
    place = Place("local", role, "train", "train-1", cluster.place.bucket, cluster.place.folder, sys.executable)
    cluster.publish({**GOOD, **node_code})
    damaged = cluster.place.jobs / f"{'a' * 12}.1" / "request.json"
    damaged.parent.mkdir(parents=True)
    damaged.write_text("{")
    start(place, calls).step()
    report = json.loads(place.report.read_text())
    assert (report["state"], report["reason"]) == ("healthy", None)


def test_supervisor_tells_of_a_request_that_failed(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ("worker: ERROR (already started)", "worker: ERROR (no such process)"):
        supervisor = Supervisor(["bash", "-c", f"echo '{words}'; exit 1"])
        supervisor.ask("start", "worker")
        while supervisor.busy():
            time.sleep(0.01)
    assert capsys.readouterr().err.count("supervisorctl failed") == 1


@pytest.mark.parametrize("role", ["head", "compute"])
def test_a_node_whose_supervisorctl_is_gone_fails_with_the_reason_and_recovers(
    cluster: Cluster, node_code: dict[str, bytes], calls: Path, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    clock = [100.0]
    place = dataclasses.replace(cluster.place, role=role)
    agent = start(place, calls)
    monkeypatch.setattr(worker, "wanted_action", lambda *arguments: "start")
    monkeypatch.setattr(follow.time, "monotonic", lambda: clock[0])
    digest = cluster.publish({**GOOD, **node_code})
    good, agent.supervisor = agent.supervisor, Supervisor([str(calls.with_name("gone"))])
    for _ in range(3):
        agent.step()
        report = json.loads(place.report.read_text())
        assert (report["state"], report["rejected"]) == ("failed", None)
        assert "gone; `make up`" in report["reason"]
        clock[0] += 1
    agent.supervisor = good
    clock[0] += follow.RETRY_LAST
    agent.step()
    report = json.loads(place.report.read_text())
    assert (report["state"], report["bundle"], report["reason"]) == ("healthy", digest, None)
    while good.busy():
        time.sleep(0.01)


def test_user_data_refuses_an_altered_bundle_and_says_so(cluster: Cluster, node_code: dict[str, bytes]) -> None:
    from clusterwright.bootstrap import user_data
    from tests.plans import make_plan

    cluster.publish({**GOOD, **node_code}, digest="0" * 64)
    place = cluster.place
    environment = {
        "PATH": "/usr/bin:/bin",
        "CLUSTERWRIGHT_NODE": place.node,
        "CLUSTERWRIGHT_BUCKET": str(cluster.bucket),
        "CLUSTERWRIGHT_NODE_DIR": str(place.folder),
        "CLUSTERWRIGHT_PYTHON": place.python,
        "CLUSTERWRIGHT_SUPERVISORCTL": "false",
    }
    command = ["bash", "-c", user_data(make_plan(), "compute", "train")]

    def until(state: str) -> dict[str, Any]:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if place.report.exists() and cluster.report()["state"] == state:
                return cluster.report()
            time.sleep(0.1)
        raise AssertionError(f"never {state}")

    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            assert "has been altered: its SHA-256 is" in until("failed")["reason"]
            digest = cluster.publish({**GOOD, **node_code})
            assert until("healthy")["bundle"] == digest
        finally:
            process.kill()
