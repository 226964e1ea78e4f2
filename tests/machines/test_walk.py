"""A cluster of machines under the real engine, from its first node to its last trace: Slurm schedules, BERT is trained,
nodes are lost, told to go, broken, and mended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.project import Project, wait_for
from tests.machines.cluster import Cluster, traces

pytestmark = [pytest.mark.machines, pytest.mark.engine, pytest.mark.slow, pytest.mark.walk, pytest.mark.timeout(900)]

TINY = json.loads((Path(__file__).parents[1] / "engine" / "tiny-job.json").read_text())
IDLE = "30 s"


def spec(*, seed: int = 1, steps: int = 300) -> dict[str, object]:
    return {
        "runtime": "machine",
        "groups": [{"name": "train", "nodes": {"min": 0, "max": 2}, "idle_timeout": IDLE}],
        "storage": [{"name": "data", "kind": "bucket", "mount": "/data", "on_destroy": "keep"}],
        "job": {**TINY, "nodes": 2, "seed": seed, "pretrain": {**TINY["pretrain"], "steps": steps}},
    }


@pytest.fixture(scope="module")
def cluster(project: Project) -> Cluster:
    project.write_spec("iron", **spec())
    return Cluster(project, "iron")


@pytest.fixture(scope="module")
def first_run(cluster: Cluster) -> str:
    return wait_for("the job is queued", cluster.runs)[0]


def test_the_queue_grows_the_group_from_nothing(cluster: Cluster) -> None:
    assert set(cluster.up()) == {"create"}
    wait_for("the head is healthy", lambda: cluster.report("head").get("state") == "healthy")
    for node in ("train-1", "train-2"):
        wait_for(f"{node} is healthy", lambda node=node: cluster.report(node).get("state") == "healthy")


def test_watch_tells_what_each_phase_of_the_boot_took(cluster: Cluster) -> None:
    shown = cluster.watch()
    for phase in ("bundle", "disks", "mounts", "software", "joining"):
        assert phase in shown


def test_slurm_runs_a_program_on_both(cluster: Cluster) -> None:
    assert sorted(cluster.shell("head", "srun", "-N2", "--overlap", "hostname").split()) == ["train-1", "train-2"]


def test_the_bert_job_runs_on_both_and_finishes(cluster: Cluster, first_run: str) -> None:
    wait_for("the job finishes", lambda: cluster.status(first_run) in ("finished", "failed"), seconds=420)
    assert cluster.status(first_run) == "finished", cluster.run_status(first_run)
    assert sorted(cluster.members(first_run)) == ["train-1", "train-2"]
