"""The head as a whole: a bucket, a bundle, and stand-ins for Slurm and for who lends machines."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from clusterwright.bootstrap.archive import pack
from clusterwright.bucket.folder import FolderBucket
from clusterwright.node.files import Damaged
from clusterwright.node.place import NodePlace
from clusterwright.node.slurm.commands import SlurmError
from clusterwright.node.slurm.dispatch import STOP_TIME
from clusterwright.node.slurm.head import Head
from tests.node.slurm.fakes import FakeGroup, FakeSlurm, job, node

A, B, NOW = "a" * 12, "b" * 12, 1000.0
NAME = f"{A}.1"
CODE = b"an archive"
GROUP = {"name": "train", "min": 0, "max": 4, "usd_per_hour": 3600.0, "gpus": 0, "actions": []}


class World:
    """A cluster of one group; `step` is a look of its head, which is a new one each time when `replaced`."""

    def __init__(self, folder: Path, **budget: Any) -> None:
        self.bucket = FolderBucket(folder / "bucket")
        self.slurm = FakeSlurm()
        self.group = FakeGroup()
        self.place = NodePlace("demo", "head", "head", "head", self.bucket, folder / "node", "python3")
        self.facts = folder / "cluster.json"
        self.count = folder / "spend.json"
        money = {"limit_cents": None, "deadline_s": None, "on_finish": "keep", **budget}
        cluster = {"provider": "local", "groups": [GROUP], "head": {"usd_per_hour": None}, "budget": money}
        self.facts.write_text(json.dumps(cluster))
        self.digest = self.deploy(A)
        self.head = self.replace()
        self.now = NOW

    def replace(self) -> Head:
        return Head(self.place, self.bucket, self.facts, self.slurm, lambda _: self.group, self.count)

    def deploy(self, job_id: str, **launch: Any) -> str:
        wanted = {
            "job_id": job_id,
            "group": "train",
            "nodes": 2,
            "processes_per_node": 1,
            "threads_per_process": 1,
            "phases": ["pretrain", "finetune"],
            **launch,
        }
        files = {"job/launch.json": json.dumps(wanted).encode(), "job/job.json": b'{"seed": 1}', "job/run.sh": b""}
        if launch.get("source"):
            files["job/source.tar.gz"] = CODE
        data = pack(files)
        self.digest = hashlib.sha256(data).hexdigest()
        self.bucket.write(f"control/bundles/{self.digest}.tar.gz", data)
        return self.digest

    def step(self, seconds: float = 2.0) -> dict[str, Any]:
        self.now += seconds
        return self.head.step(self.digest, self.now)

    def put(self, key: str, **value: Any) -> None:
        self.bucket.write(key, json.dumps(value).encode())

    def lend(self) -> None:
        """The run's two nodes have machines, at a dollar a second each, and the head has seen them."""
        self.slurm.known_nodes = [node("train-1", "ALLOCATED"), node("train-2", "ALLOCATED")]
        self.group.machines = ["i-1", "i-2"]
        for name, machine in (("train-1", "i-1"), ("train-2", "i-2")):
            self.put(f"nodes/claims/{name}.json", machine=machine, group="train", name=name)
        self.step()

    def read(self, key: str) -> dict[str, Any]:
        return json.loads(self.bucket.read(key))

    def status(self, name: str = NAME) -> tuple[str, str | None, int]:
        value = self.read(f"jobs/{name}/status.json")
        return value["state"], value["reason"], value["attempt"]

    def asked(self) -> list[Any]:
        """What was asked of Slurm since the last time, submissions by name."""
        found = [one if one[0] != "submit" else one[:2] for one in self.slurm.asked]
        self.slurm.asked.clear()
        return found

    def slurm_says(self, id: int, **changes: Any) -> None:
        self.slurm.known_jobs = [
            dataclasses.replace(one, **changes) if one.id == id else one for one in self.slurm.known_jobs
        ]

    def run_first(self) -> None:
        """The job is declared, submitted and started."""
        self.step()
        self.step()
        first = next(one.id for one in self.slurm.known_jobs if one.name == f"{NAME}/pretrain")
        self.slurm_says(first, state="RUNNING", nodes="train-[1-2]")
        self.step()
        self.slurm.asked.clear()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_declared_job_becomes_a_chain_of_slurm_jobs(world: World) -> None:
    world.step()
    assert world.read(f"jobs/{NAME}/request.json")["bundle"] == world.digest
    world.step()
    first, second = world.slurm.asked
    script = str(world.place.bundles / world.digest / "job" / "run.sh")
    assert first[:4] == ("submit", 101, f"--job-name={NAME}/pretrain", f"--comment={NAME}")
    assert first[-3:] == (script, NAME, "pretrain")
    assert {"--nodes=2", "--requeue", "--partition=train"} <= set(first)
    assert {"--dependency=afterok:101", "--kill-on-invalid-dep=yes"} <= set(second)
    assert not [word for word in first if str(word).startswith(("--dependency", "--time", "--gpus"))]
    assert world.read(f"jobs/{NAME}/job.json") == {"seed": 1}
    assert world.read(f"jobs/{NAME}/launch.json")["phases"] == ["pretrain", "finetune"]
    assert world.read(f"jobs/{NAME}/slurm.json")["jobs"] == {"pretrain": 101, "finetune": 102}


def test_the_report_says_why_a_group_is_short_and_since_when(world: World) -> None:
    world.slurm.known_nodes = [node("train-1", "ALLOCATED", "POWERING_UP")]
    world.group.why = "VcpuLimitExceeded: your limit is 0"
    for _ in range(2):
        told = world.step()["groups"]["train"]
        assert told == {
            "asked": 1,
            "machines": 0,
            "idle": 0,
            "outdated": [],
            "reason": world.group.why,
            "since": NOW + 2,
        }


def test_a_run_is_told_from_its_start_over_a_lost_node_to_its_end(world: World) -> None:
    world.run_first()
    assert world.status() == ("running", None, 1)
    members = world.read(f"jobs/{NAME}/members.json")
    assert members["nodes"] == ["train-1", "train-2"]
    began = members["started"]
    world.slurm_says(101, state="PENDING", reason="BeginTime", restarts=1, nodes="")
    world.step()
    assert world.asked() == [("start now", 101)]
    world.slurm_says(101, state="RUNNING", reason="None", nodes="train-[1-2]")
    world.step()
    assert world.status() == ("running", None, 2)
    world.put(f"jobs/{NAME}/phases/pretrain.json")
    world.slurm_says(101, state="COMPLETED")
    world.slurm_says(102, reason="Priority")
    world.step()
    assert world.status() == ("running", "between phases: finetune is next (Priority)", 2)
    world.slurm_says(102, state="RUNNING", reason="None", nodes="train-[1-2]")
    world.step()
    assert world.status() == ("running", None, 2), "the next phase is no new attempt"
    assert world.read(f"jobs/{NAME}/members.json")["started"] == began, "it began with its first phase"
    world.put(f"jobs/{NAME}/phases/finetune.json")
    world.step()
    assert world.status()[0] == "finished"
    assert world.step()["reasons"] == []
    assert world.asked() == []


def test_a_replaced_head_submits_nothing_twice(world: World) -> None:
    world.step()
    world.step()
    world.bucket.delete(f"jobs/{NAME}/slurm.json")  # killed before it could write the ids down
    world.slurm.asked.clear()
    world.head = world.replace()
    world.step()
    assert world.asked() == []


def test_a_slurm_that_lost_its_queue_gets_the_run_again(world: World) -> None:
    world.run_first()
    world.slurm.known_jobs.clear()
    world.step()
    assert world.asked() == [("submit", 103), ("submit", 104)]
    world.slurm_says(103, state="RUNNING", nodes="train-[1-2]")
    world.step()
    assert world.status() == ("running", None, 2)


def test_a_job_that_is_declared_again_goes_on_as_the_same_run(world: World) -> None:
    first = world.digest
    world.run_first()
    world.deploy(B)
    world.step()
    assert world.asked() == [("cancel", 101, 102)]
    assert world.status() == ("superseded", f"job {B} was declared instead", 1)
    world.slurm_says(101, state="CANCELLED")
    world.slurm_says(102, state="CANCELLED")
    world.digest = first
    world.step()
    assert world.status()[0] == "queued"
    world.step()
    assert world.asked()[-2:] == [("submit", 103), ("submit", 104)]


def test_a_submitted_run_brings_its_own_launch_and_is_cancelled_on_request(world: World) -> None:
    world.run_first()
    own = {**world.read(f"jobs/{NAME}/launch.json"), "job_id": B, "phases": ["command"], "command": ["train.py"]}
    world.put(
        f"jobs/{B}.1/request.json", run=f"{B}.1", job_id=B, bundle=world.digest, requested=NOW, launch=own, job=None
    )
    world.step()
    assert world.asked() == [("submit", 103)]
    assert world.read(f"jobs/{B}.1/launch.json")["command"] == ["train.py"]
    world.put(f"jobs/{B}.1/cancel.json")
    world.step()
    assert world.asked() == [("cancel", 103)]
    assert world.status(f"{B}.1") == ("cancelled", "cancelled on request", 0)
    assert world.status()[0] == "running", "the other run is left alone"


def test_the_users_code_lies_in_the_runs_folder_before_its_job_starts(world: World) -> None:
    world.deploy(A, source=True, command=["train.py"], phases=["command"])
    world.step()
    world.step()
    assert world.bucket.read(f"jobs/{NAME}/source.tar.gz") == CODE


def test_suspects_are_drained_before_the_job_may_start_again(world: World) -> None:
    world.run_first()
    world.slurm.known_nodes = [node("train-1"), node("train-2"), node("prep-1", partition="prep")]
    slow = [{"node": "train-2", "reason": "half the speed"}, {"node": "prep-1", "reason": "not its node"}]
    world.put(f"jobs/{NAME}/suspects.json", suspects=slow)
    world.slurm_says(101, state="PENDING", reason="BeginTime", restarts=1, nodes="")
    world.step()
    assert world.asked() == [("drain", "train-2"), ("start now", 101)]
    assert "suspects.json" not in world.bucket.names(f"jobs/{NAME}")


def test_the_deadline_is_slurms_time_limit(world: World) -> None:
    world.deploy(A, deadline_s=5400)
    world.step()
    world.step()
    assert "--time=90" in world.slurm.asked[0]


def test_a_run_whose_files_are_damaged_fails_alone(world: World) -> None:
    world.run_first()
    world.bucket.write(f"jobs/{NAME}/failure.json", b"{")
    told = world.step()
    assert world.status()[0] == "failed"
    assert told["reasons"] == []


HOSTILE: dict[str, dict[str, Any]] = {
    "status.json": {"state": "queued", "attempt": "first", "stalled": -9},
    "slurm.json": {"jobs": {"pretrain": 7}, "attempt": [7]},
    "suspects.json": {"suspects": [1, {"node": []}]},
    "failure.json": {"retry": False, "reason": {"rank": 0}},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_job_writes_into_its_folder_stops_no_other_run(name: str, world: World) -> None:
    launch = {"job_id": B, "group": "train", "nodes": 1, "processes_per_node": 1, "threads_per_process": 1}
    request = {"launch": {**launch, "phases": ["pretrain"]}, "bundle": world.digest, "requested": 1.0}
    world.put(f"jobs/{B}.1/request.json", **request)
    world.put(f"jobs/{B}.1/{name}", **HOSTILE[name])
    world.run_first()
    assert world.status() == ("running", None, 1)


@pytest.mark.parametrize(
    "odd", [{"group": ["train"]}, {"phases": [["pretrain"]]}, {"deadline_s": "soon"}, {"processes_per_node": "2"}]
)
def test_a_request_of_another_form_fails_alone(odd: dict[str, Any], world: World) -> None:
    launch = {"job_id": B, "group": "train", "nodes": 1, "processes_per_node": 1, "threads_per_process": 1}
    request = {"launch": {**launch, "phases": ["pretrain"], **odd}, "bundle": world.digest, "requested": 1.0}
    world.put(f"jobs/{B}.1/request.json", **request)
    world.put(f"jobs/{B}.1/slurm.json", started=1.0)
    world.run_first()
    assert world.status(f"{B}.1")[0] == "failed"
    assert world.status() == ("running", None, 1)


def test_a_folder_in_place_of_a_run_s_file_stops_no_other_run(world: World) -> None:
    launch = {"job_id": B, "group": "train", "nodes": 1, "processes_per_node": 1, "threads_per_process": 1}
    request = {"launch": {**launch, "phases": ["pretrain"]}, "bundle": world.digest, "requested": 1.0}
    world.put(f"jobs/{B}.1/request.json", **request)
    for name in ("status.json", "failure.json", "launch.json"):
        (world.bucket.root / "jobs" / f"{B}.1" / name).mkdir()
    world.run_first()
    assert world.status() == ("running", None, 1)


def test_a_checkpoint_whose_name_is_no_text_stops_no_other_run(world: World) -> None:
    world.run_first()
    world.bucket.write(f"jobs/{NAME}/checkpoints/pretrain/latest", b"\xff")
    assert world.step()["reasons"] == []


def test_a_slurm_that_does_not_answer_is_a_reason_and_changes_nothing(world: World) -> None:
    world.run_first()

    def dead() -> Any:
        raise SlurmError("scontrol: Unable to contact slurm controller (connect failure)")

    world.slurm.nodes = world.slurm.jobs = dead  # pyright: ignore[reportAttributeAccessIssue]
    told = world.step()
    assert [reason.partition(":")[0] for reason in told["reasons"]] == ["nodes", "jobs"]
    assert world.status()[0] == "running"


def test_at_the_spend_limit_jobs_checkpoint_machines_go_and_nothing_starts(tmp_path: Path) -> None:
    world = World(tmp_path, limit_cents=1000)
    world.run_first()
    world.lend()
    told = world.step(10.0)
    assert told["spend"]["usd"] == 20.0
    assert world.asked() == [("TERM", 101)]
    assert world.slurm.states == {"train": "DOWN"}
    reason = "the spend limit of 10.00 USD is reached (20.00 USD): raise budget.limit and deploy"
    assert (world.status(), told["spend"]["notes"][-1]) == (("running", reason, 1), reason)
    world.slurm_says(101, state="PENDING", reason="PartitionDown", restarts=1, nodes="")
    world.slurm.known_nodes = [node("train-1"), node("train-2")]
    world.step(1.0)
    assert world.asked() == [("power_down_asap", "train-1", "train-2")]
    facts = json.loads(world.facts.read_text())
    facts["budget"]["limit_cents"] = 100_000
    world.facts.write_text(json.dumps(facts))
    world.head = world.replace()
    world.step()
    assert world.slurm.states == {"train": "UP"}


def test_a_job_that_does_not_stop_at_the_limit_is_taken_away_and_queued(tmp_path: Path) -> None:
    world = World(tmp_path, limit_cents=1000)
    world.run_first()
    kept = {"since": 0, "time": world.now, "usd": 11.0, "unpriced": 0.0, "machines": {}, "stopped": world.now}
    world.count.write_text(json.dumps(kept))
    world.head = world.replace()
    world.step()
    assert world.asked() == [("TERM", 101)]
    world.step(STOP_TIME)
    assert ("cancel", 101, 102) in world.asked()
    assert world.status()[0] == "queued"


def test_when_the_job_is_done_all_machines_go_and_what_still_costs_is_told(tmp_path: Path) -> None:
    world = World(tmp_path, on_finish="scale_to_zero")
    world.run_first()
    world.slurm.known_nodes = [node("train-1"), node("train-2")]
    for phase in ("pretrain", "finetune"):
        world.put(f"jobs/{NAME}/phases/{phase}.json")
    world.step()
    assert "after_finish" not in world.step(), "a job of Slurm's own is still there"
    world.slurm.known_jobs = [job(101, f"{NAME}/pretrain", "COMPLETED")]
    told = world.step()
    assert told["after_finish"] == {"head": None, "storage": None}
    assert world.asked() == [("power_down_asap", "train-1", "train-2")]
    world.put(f"jobs/{A}.2/request.json", run=f"{A}.2", job_id=A, bundle=world.digest, requested=world.now)
    assert "after_finish" not in world.step()


@pytest.mark.parametrize(("fill", "size"), [("1970-01-01T00:00Z", 4), ("2100-01-01T00:00Z", 0)])
def test_a_group_is_filled_when_its_block_begins(world: World, fill: str, size: int) -> None:
    facts = json.loads(world.facts.read_text())
    facts["groups"][0]["actions"] = [{"at": fill, "action": "fill"}, {"at": "2101-01-01T00:00Z", "action": "drain"}]
    world.facts.write_text(json.dumps(facts))
    world.head = world.replace()
    world.step()
    assert world.group.sizes == [size]


def test_facts_of_another_form_are_damaged(world: World) -> None:
    world.facts.write_text('{"groups": []}')
    with pytest.raises(Damaged, match="not as this release knows it: 'budget'"):
        world.replace()
