"""Whoever runs jobs may write anything below jobs/: it harms no run but its own, and never the head."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusterwright.node.slurm.commands import Job, Slurm
from tests.node.slurm.test_head import NAME, NOW, A, B, World

THEIRS = f"{B}.1"
FILES = ("request", "status", "members", "launch", "slurm", "failure", "suspects", "cancel")
OWN = {
    "job_id": B,
    "group": "train",
    "nodes": 2,
    "processes_per_node": 1,
    "threads_per_process": 1,
    "phases": ["command"],
    "command": ["train.py"],
}
WORDS = st.sampled_from(["", "-n", "--wrap=id", "a\nJobId=1", "a b", "../..", "\0", "\ud800", "x" * 5000, "train", B])
PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.sampled_from([0, -1, 10**9, 10**400, float("nan")])
)
ANY = st.recursive(
    PLAIN, lambda some: st.lists(some, max_size=3) | st.dictionaries(WORDS, some, max_size=3), max_leaves=6
)
KEYS = st.sampled_from(
    (
        *("run", "job_id", "bundle", "requested", "launch", "job", "state", "reason", "phase", "attempt", "updated"),
        *("attempt_started", "progress", "stalled", "nodes", "jobs", "started", "retry", "suspects"),
    )
)
CHANGES = st.dictionaries(KEYS, ANY, max_size=4)
LAUNCHES = st.dictionaries(st.sampled_from([*OWN, "source", "deadline_s"]), ANY, max_size=3)
GOOD: dict[str, dict[str, Any]] = {
    "status": {"state": "running", "attempt": 1, "attempt_started": NOW, "stalled": 0, "progress": ""},
    "members": {"nodes": ["train-1", "train-2"], "started": NOW},
    "launch": OWN,
    "slurm": {"jobs": {"command": 103}, "attempt": [103, 0], "started": NOW},
    "failure": {"reason": "no luck", "retry": False},
    "suspects": {"suspects": [{"node": "train-1", "reason": "slow"}]},
    "cancel": {},
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    one = World(tmp_path)
    one.run_first()
    return one


def theirs(world: World, **launch: Any) -> None:
    value = {"run": THEIRS, "job_id": B, "bundle": world.digest, "requested": NOW, "launch": {**OWN, **launch}}
    world.put(f"jobs/{THEIRS}/request.json", **value)


def goes_on(world: World) -> None:
    """The run that was there before is told from its start to its end, whatever lies beside it."""
    for seconds in (2.0, 2.0, 60.0):
        told = world.step(seconds)
        assert not [reason for reason in told["reasons"] if "Error: " in reason.partition(": ")[2]], "a fault of ours"
    assert world.status()[0] == "running"
    world.slurm_says(101, state="COMPLETED")
    for phase in ("pretrain", "finetune"):
        world.put(f"jobs/{NAME}/phases/{phase}.json")
    world.step()
    assert world.status()[0] == "finished"
    assert not [one for one in world.slurm.asked if one[0] == "cancel" and 101 in one]


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(launch=LAUNCHES, changes=st.dictionaries(st.sampled_from(FILES), CHANGES, max_size=4))
def test_no_json_harms_another_run(
    tmp_path_factory: pytest.TempPathFactory, launch: dict[str, Any], changes: dict[str, dict[str, Any]]
) -> None:
    world = World(tmp_path_factory.mktemp("world"))
    world.run_first()
    theirs(world, **launch)
    for name, change in changes.items():
        old = world.read(f"jobs/{THEIRS}/request.json") if name == "request" else GOOD[name]
        world.put(f"jobs/{THEIRS}/{name}.json", **{**old, **change})
    goes_on(world)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("text", ["", "[" * 100_000, "\xff", "null", "7", "[]", '{"a": NaN}', "1" * 10_000])
def test_a_damaged_file_harms_no_other_run(world: World, name: str, text: str) -> None:
    theirs(world)
    world.bucket.write(f"jobs/{THEIRS}/{name}.json", text.encode("latin-1"))
    goes_on(world)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", [*FILES, "checkpoints/pretrain/latest", "phases", "checkpoints"])
@pytest.mark.parametrize("kind", ["folder", "pipe", "loop", "outside"])
def test_what_is_no_file_harms_no_other_run(world: World, name: str, kind: str, tmp_path: Path) -> None:
    theirs(world)
    path = world.bucket.root / "jobs" / THEIRS / (f"{name}.json" if name in FILES else name)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "loop":
            path.symlink_to(path.name)
        case _:
            path.symlink_to("/dev/zero")
    goes_on(world)


def test_a_file_in_the_place_of_a_run_harms_no_other(world: World) -> None:
    (world.bucket.root / "jobs" / THEIRS).write_text("")
    goes_on(world)


def test_nothing_is_written_through_a_link_out_of_the_bucket(world: World, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    value = {"run": THEIRS, "job_id": B, "bundle": world.digest, "requested": NOW, "launch": OWN, "job": {"a": 1}}
    (away / "request.json").write_text(json.dumps(value))
    (world.bucket.root / "jobs" / THEIRS).symlink_to(away)
    goes_on(world)
    assert [path.name for path in away.iterdir()] == ["request.json"]


@pytest.mark.parametrize(
    "launch",
    [
        {"group": "train --wrap=id"},
        {"group": "-n"},
        {"group": "train\n"},
        {"group": ["train"]},
        {"nodes": 10**30},
        {"nodes": True},
        {"nodes": "2 --uid=root"},
        {"phases": ["a\nJobId=1 JobName=x"]},
        {"phases": ["../../x"]},
        {"phases": "command"},
        {"command": "train.py"},
        {"command": ["a\0b"]},
        {"deadline_s": float("inf")},
        {"deadline_s": "soon"},
    ],
)
def test_a_launch_that_could_be_read_otherwise_is_never_given_to_slurm(world: World, launch: dict[str, Any]) -> None:
    theirs(world, **launch)
    world.step()
    assert world.asked() == []
    state, reason, _ = world.status(THEIRS)
    assert state == "failed"
    assert f"{next(iter(launch))} is" in str(reason)


def test_a_reason_of_suspects_is_a_single_plain_line(world: World) -> None:
    said: list[list[str]] = []
    Slurm(lambda *command, **_: said.append(list(command)) or "").set_nodes(
        ["train-1"], "drain", "a\nb\0c\ud800\x1b[31m"
    )
    assert said[0][-1] == "Reason=a b c [31m"


def test_a_mistake_of_ours_in_one_part_keeps_no_other_from_its_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[Job]:
        raise KeyError("oops")

    monkeypatch.setattr(world.slurm, "jobs", broken)
    told = world.step()
    assert told["reasons"] == ["jobs: KeyError: 'oops'"]
    assert "spend" in told


def test_a_job_of_a_name_that_holds_lines_hides_no_other() -> None:
    def line(id: int, name: str) -> str:
        return (
            f"JobId={id} ArrayJobId=1 JobName={name} UserId=cluster(2000) GroupId=c JobState=RUNNING Reason=None "
            "Dependency=(null) Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:0 RunTime=1 NodeList=train-1 X=1"
        )

    answer = f"{line(1, 'a' + chr(10) + 'b')}\n{line(2, f'{A}.1/pretrain')}\n"
    assert [one.id for one in Slurm(lambda *_, **__: answer).jobs()] == [2]


def test_a_claim_that_names_no_machine_is_removed_and_its_name_is_free(world: World) -> None:
    for name, text in (("train-1", b"{"), ("train-2", b"{}"), ("train-3", b'{"group": "train", "machine": 7}')):
        world.bucket.write(f"nodes/claims/{name}.json", text)
    assert world.step()["groups"]["train"]["reason"] is None
    assert world.bucket.names("nodes/claims") == ()
