"""A cluster of machines under the real engine: Slurm asks for nodes, BERT is trained on them, one of them is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.project import Project, read_json, wait_for
from tests.machines.cluster import MachineStack

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.walk, pytest.mark.timeout(900)]

TINY = json.loads((Path(__file__).parents[1] / "engine" / "tiny-job.json").read_text())
NODES = ("train-1", "train-2")


def spec(*, seed: int = 1, steps: int = 200) -> dict[str, object]:
    return {
        "runtime": "machine",
        "groups": [{"name": "train", "nodes": {"min": 0, "max": 2}, "idle_timeout": "90 s"}],
        "storage": [{"name": "data", "kind": "bucket", "mount": "/data", "on_destroy": "keep"}],
        "job": {**TINY, "nodes": 2, "seed": seed, "pretrain": {**TINY["pretrain"], "steps": steps}},
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


def test_a_power_cut_in_mid_training_costs_a_new_machine_and_no_step(walk: MachineStack, first_run: str) -> None:
    wait_for("a checkpoint", lambda: walk.checkpoint_step(first_run, "pretrain"))
    lost, kept = walk.machines()["train-2"], walk.machines()["train-1"]
    walk.cut("train-2")
    wait_for("another machine has the name", lambda: walk.machines().get("train-2") not in (None, lost))
    wait_for("the run goes on", lambda: walk.run_status(first_run)["attempt"] > 1 or walk.ended(first_run))
    assert walk.machines()["train-1"] == kept


def test_the_bert_job_finishes_on_both_and_repeats_no_step(walk: MachineStack, first_run: str) -> None:
    finish(walk, first_run)
    members = read_json(walk.bucket / "jobs" / first_run / "members.json")
    assert sorted(members["nodes"]) == sorted(NODES)
    steps = [record["step"] for record in walk.metrics(first_run, "pretrain") if "loss" in record]
    assert steps == sorted(set(steps))
    assert read_json(walk.bucket / "jobs" / first_run / "evaluation.json")
