"""One cluster's life under the real engine: made, left alone, hurt, mended, changed, destroyed, made again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.engine.project import Project, Stack, wait_for

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.walk, pytest.mark.timeout(600)]

TINY = json.loads((Path(__file__).parent / "tiny-job.json").read_text())
BUCKET = {"name": "data", "kind": "bucket", "mount": "/data", "on_destroy": "keep"}


def spec(*, nodes: int = 2, seed: int = 1) -> dict[str, object]:
    return {
        "groups": [{"name": "train", "machine": "local", "nodes": nodes}],
        "storage": [BUCKET],
        "job": {**TINY, "nodes": 2, "seed": seed},
    }


@pytest.fixture(scope="module")
def walk(project: Project) -> Stack:
    project.write_spec("walk", **spec())
    return project.stack("walk")


@pytest.fixture(scope="module")
def first_run(walk: Stack) -> str:
    return wait_for("the job is queued", walk.runs)[0]


def test_up_makes_a_cluster_that_trains(walk: Stack) -> None:
    changes = walk.up()
    assert set(changes) == {"create"}
    assert sorted(walk.nodes()) == ["head", "train-1", "train-2"]
    [run] = wait_for("the job is queued", walk.runs)
    wait_for("pre-training runs", lambda: walk.step(run, "pretrain") > 0)


def test_nodes_are_private_and_listen_on_loopback_alone(walk: Stack) -> None:
    assert all(path.stat().st_mode & 0o077 == 0 for path in (walk.folder / "nodes").iterdir())
    addresses = {
        connection.laddr.ip
        for process in walk.processes()
        for connection in process.net_connections(kind="inet")
        if connection.status == "LISTEN"
    }
    assert addresses, "the rendezvous listens somewhere"
    assert addresses <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def test_a_second_up_changes_nothing(walk: Stack) -> None:
    before = walk.nodes()
    assert set(walk.up("--expect-no-changes")) == {"same"}
    assert walk.nodes() == before


def test_a_killed_worker_comes_back_and_the_job_goes_on_from_its_checkpoint(walk: Stack, first_run: str) -> None:
    checkpoint = wait_for("a checkpoint is written", lambda: walk.checkpoint_step(first_run, "pretrain"))
    before, [victim], killed = walk.nodes(), walk.ranks("train-2"), time.time()
    victim.send_signal(signal.SIGKILL)
    resumed = wait_for("stepping again", lambda: walk.steps_since(killed, first_run, "pretrain", attempt=2))
    assert min(resumed) > checkpoint
    assert walk.nodes() == before


def look(walk: Stack) -> subprocess.CompletedProcess[str]:
    """Five seconds of watching, then Ctrl-C."""
    watch = (".venv/bin/clusterwright", "watch", walk.name)
    return walk.project.run("timeout", "--preserve-status", "--signal", "INT", "5", *watch)


def test_ctrl_c_stops_watching_and_not_the_cluster(walk: Stack) -> None:
    before = walk.nodes()
    assert look(walk).returncode == 130
    assert walk.nodes() == before
    assert len(walk.ranks("train-1")) == 1


def test_a_killed_node_is_seen_by_watch_refresh_and_preview(walk: Stack) -> None:
    os.kill(walk.node("train-2")["pid"], signal.SIGKILL)
    wait_for("nothing outlives the node", lambda: not walk.processes(node="train-2"))
    wait_for("watch reports it", lambda: "lost" in look(walk).stdout, seconds=60)
    assert "dead" in walk.refresh()
    assert "train-2" in walk.preview()


def test_up_mends_it_and_the_job_finishes_from_its_checkpoint(walk: Stack, first_run: str) -> None:
    reached, others = walk.checkpoint_step(first_run, "pretrain"), walk.nodes()
    assert reached, "the node was killed in the middle of pre-training"
    changes = walk.up()
    assert changes["update"] == 1
    assert set(changes) == {"same", "update"}
    mended = walk.nodes()
    assert mended["train-2"][1] == others.pop("train-2")[1] + 1
    assert {name: mended[name] for name in others} == others
    wait_for("the job finishes", lambda: walk.status(first_run) in ("finished", "failed"))
    assert walk.status(first_run) == "finished"
    steps = [record["step"] for record in walk.metrics(first_run, "pretrain") if "loss" in record]
    assert steps == sorted(set(steps)), "no step is recorded twice"


def test_the_finished_job_is_not_trained_again(walk: Stack, first_run: str) -> None:
    assert set(walk.up("--expect-no-changes")) == {"same"}
    assert walk.runs() == [first_run]


def test_results_hold_a_model_that_learnt(walk: Stack) -> None:
    answer = walk.project.run(".venv/bin/clusterwright", "results", "walk")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    result = json.loads((walk.project.folder / "runs" / "walk" / "result.json").read_text())
    assert result["accuracy"] > result["majority_accuracy"]
    assert (walk.project.folder / "runs" / "walk" / "report.html").stat().st_size > 10_000


def test_a_job_change_runs_the_new_job_on_the_same_nodes(walk: Stack, first_run: str) -> None:
    before = walk.nodes()
    walk.project.write_spec("walk", **spec(seed=2))
    walk.up()
    new = wait_for("the new job is queued", lambda: [run for run in walk.runs() if run != first_run])
    wait_for("the new job trains", lambda: walk.step(new[0], "pretrain") > 0)
    assert walk.nodes() == before


def test_a_third_node_is_added_beside_the_two_and_the_job_goes_on(walk: Stack, first_run: str) -> None:
    before = walk.nodes()
    [running] = [run for run in walk.runs() if run != first_run]
    walk.project.write_spec("walk", **spec(nodes=3, seed=2))
    walk.up()
    after = walk.nodes()
    assert sorted(set(after) - set(before)) == ["train-3"]
    assert {name: after[name] for name in before} == before
    wait_for("the third node is healthy", lambda: walk.report("train-3").get("state") == "healthy")
    assert [run for run in walk.runs() if run != first_run] == [running]
    assert walk.run_status(running)["attempt"] == 1


def test_destroy_leaves_the_kept_bucket_alone(walk: Stack, first_run: str) -> None:
    answer = walk.project.make("down", "STACK=walk")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert str(walk.bucket) in answer.stdout
    assert walk.processes() == []
    assert walk.ports() == []
    assert [path.name for path in walk.folder.iterdir() if not path.name.startswith(".")] == ["bucket"]
    assert (walk.bucket / "jobs" / first_run / "evaluation.json").exists()


def test_up_again_under_the_same_name_takes_the_kept_data_up(walk: Stack, first_run: str) -> None:
    walk.project.write_spec("walk", **spec(seed=1))
    walk.up()
    wait_for("the nodes are healthy", lambda: walk.report("train-2").get("state") == "healthy")
    assert walk.status(first_run) == "finished"
    assert set(walk.up("--expect-no-changes")) == {"same"}


def test_purge_leaves_nothing(walk: Stack) -> None:
    answer = walk.project.make("purge", "STACK=walk", "YES=1")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert walk.processes() == []
    assert not walk.folder.exists()
