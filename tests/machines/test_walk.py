"""A cluster of machines under the real engine, from its first node to its last trace: Slurm schedules, BERT is trained,
nodes are lost, told to go, broken, and mended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.project import Project, wait_for
from tests.machines.cluster import MachineStack

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.walk, pytest.mark.timeout(900)]

TINY = json.loads((Path(__file__).parents[1] / "engine" / "tiny-job.json").read_text())
NODES = ("train-1", "train-2")


def spec(*, seed: int = 1, steps: int = 150, job_nodes: int = 2) -> dict[str, object]:
    return {
        "runtime": "machine",
        "groups": [{"name": "train", "nodes": {"min": 0, "max": 2}, "idle_timeout": "20 s"}],
        "storage": [{"name": "data", "kind": "bucket", "mount": "/data", "on_destroy": "keep"}],
        "job": {**TINY, "nodes": job_nodes, "seed": seed, "pretrain": {**TINY["pretrain"], "steps": steps}},
    }


@pytest.fixture(scope="module")
def walk(project: Project) -> MachineStack:
    project.write_spec("iron", **spec())
    return MachineStack(project, "iron")


@pytest.fixture(scope="module")
def first_run(walk: MachineStack) -> str:
    return wait_for("the job is queued", walk.runs)[0]


def finish(walk: MachineStack, run: str) -> None:
    assert wait_for(f"{run} ends", lambda: walk.ended(run), seconds=400) == "finished", walk.explained(run)


def test_the_queue_grows_the_group_from_nothing(walk: MachineStack) -> None:
    assert set(walk.up()) == {"create"}
    wait_for("the head is healthy", lambda: walk.is_healthy("head"))
    for node in NODES:
        wait_for(f"{node} is healthy", lambda node=node: walk.is_healthy(node))


def test_watch_tells_what_each_phase_of_the_boot_took(walk: MachineStack) -> None:
    shown = walk.look()
    for phase in ("bundle", "disks", "mounts", "software", "joining"):
        assert phase in shown


def test_the_bert_job_runs_on_both_and_finishes(walk: MachineStack, first_run: str) -> None:
    finish(walk, first_run)
    members = json.loads((walk.bucket / "jobs" / first_run / "members.json").read_text())
    assert sorted(members["nodes"]) == sorted(NODES)


def test_slurm_runs_a_program_on_both(walk: MachineStack) -> None:
    assert sorted(walk.said("head", "srun", "-N2", "hostname").split()) == sorted(NODES)
