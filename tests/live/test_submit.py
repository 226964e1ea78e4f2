"""A user's own command becomes a run, sent whole or not at all, by creating and never by replacing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clusterwright.bootstrap.source import pack_source
from clusterwright.errors import ClusterwrightError
from clusterwright.live.rerun import RunRefused, request_rerun
from clusterwright.live.submit import request_submit

JOB = "0a1b2c3d4e5f"
NOW = 1_780_000_000.0


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    (tmp_path / "code/train.py").write_text("print(1)\n")
    return tmp_path / "code"


@pytest.fixture
def up(bucket):
    bucket.deploy_machines()
    bucket.machine("head")
    return bucket


def submit(bucket, *words: str, **options: Any) -> str:
    command = words or ("train.py" if "source" in options else "hostname",)
    return request_submit(bucket.storage, "mine", command, now=NOW, **options)


def request(bucket, run: str) -> dict[str, Any]:
    return json.loads((bucket.root / f"jobs/{run}/request.json").read_text())


def test_a_request_says_what_runs_where_and_on_whose_word(up, code: Path) -> None:
    run = submit(up, "train.py", "--steps", "10", source=code, nodes=2, label="try")
    job_id = run.partition(".")[0]
    launch = {"job_id": job_id, "group": "train", "nodes": 2, "processes_per_node": 8, "threads_per_process": 12}
    what = {"phases": ["command"], "command": ["train.py", "--steps", "10"], "source": True, "deadline_s": 3600}
    assert request(up, run) == {
        "run": run, "job_id": job_id, "bundle": "ab" * 32, "requested": NOW, "launch": {**launch, **what},
        "source": True, "job": None, "label": "try",
    }  # fmt: skip
    assert (up.root / f"jobs/{run}/source.tar.gz").read_bytes() == pack_source(code, 100).data


def test_the_code_is_there_before_the_run_is_one(up, code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    create = type(up.storage).create
    monkeypatch.setattr(type(up.storage), "create", lambda own, key, data: made.append(key) or create(own, key, data))
    monkeypatch.setattr(type(up.storage), "write", lambda *_: pytest.fail("replaces what may be another's"))
    run = submit(up, source=code)
    assert made == [f"jobs/{run}/source.tar.gz", f"jobs/{run}/request.json"]


def test_the_same_again_is_the_jobs_next_run_and_anything_else_another_job(up, code: Path) -> None:
    first = submit(up, source=code)
    up.status("finished", first)
    job = first.partition(".")[0]
    assert submit(up, source=code, label="other words") == f"{job}.2"
    up.status("finished", f"{job}.2")
    others = [
        submit(up, "train.py", "x", source=code),
        submit(up, source=code, nodes=2),
        submit(up, source=code, group="prep"),
        submit(up),
    ]
    (code / "train.py").write_text("print(2)\n")
    others.append(submit(up, source=code))
    assert len({job, *(run.partition(".")[0] for run in others)}) == 6


def test_the_very_same_job_is_not_run_twice_at_once_and_other_jobs_are_in_nobodys_way(up) -> None:
    up.start()
    run = submit(up)
    with pytest.raises(RunRefused, match=rf"run {run} is queued, so no other of the same job(.|\n)*cancel mine {run}"):
        submit(up)
    submit(up, "uptime")


def test_of_two_who_submit_the_same_one_is_refused(up, code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(up.storage), "create", lambda *_: False)
    with pytest.raises(RunRefused, match="by someone else just now"):
        submit(up, source=code)
    with pytest.raises(RunRefused, match="by someone else just now"):
        submit(up)


def test_a_cluster_of_processes_takes_no_commands(bucket) -> None:
    bucket.deploy()
    with pytest.raises(ClusterwrightError, match=r"no scheduler(.|\n)*clusterwright rerun mine(.|\n)*runtime: machine"):
        submit(bucket)
    assert not (bucket.root / "jobs").exists()


@pytest.mark.parametrize(
    ("program", "sent", "why"),
    [
        (
            "train.py",
            False,
            r"do not have train.py\n  why: without --source(.|\n)*submit mine --source DIR -- train.py --steps 1$",
        ),
        ("./start.sh", False, r"nodes do not have ./start.sh"),
        ("tran.py", True, r"/code has no file tran.py\n  why: .*its programs: train.py\n"),
        ("./start.sh", True, r"has no file ./start.sh"),
        ("../other.py", True, r"has no file ../other.py"),
    ],
)
def test_a_program_that_nodes_will_not_have_is_refused_before_its_turn_comes(
    up, code: Path, program: str, sent: bool, why: str
) -> None:
    (code.parent / "other.py").touch()
    with pytest.raises(ClusterwrightError, match=why):
        submit(up, program, "--steps", "1", source=code if sent else None)
    assert not (up.root / "jobs").exists()


@pytest.mark.parametrize(
    ("program", "sent"),
    [("./train.py", True), ("bash", True), ("bash", False), ("/data/train.py", False), ("/data/train.py", True)],
)
def test_a_program_of_the_code_or_of_the_nodes_is_sent(up, code: Path, program: str, sent: bool) -> None:
    run = submit(up, program, source=code if sent else None)
    assert request(up, run)["launch"]["command"] == [program]


@pytest.mark.parametrize(
    ("words", "options", "why"),
    [
        ([], {}, r"no command to run\n.*\n.*rerun mine"),
        (["a\nb"], {}, r"the word 'a\\nb'"),
        (["x" * 501], {}, "at most 500 characters"),
        (["x"] * 101, {}, "101 words"),
        (["ls"], {"group": "none"}, r"no group none\n  why: its groups are train, prep"),
        (["ls"], {"nodes": 5}, r"5 nodes of group train are more than there can be\n  why: it has at most 4"),
        (["a.py"], {"source": Path("/nowhere")}, "is no folder"),
    ],
    ids=["none", "line break", "long word", "many words", "group", "nodes", "source"],
)
def test_what_can_not_run_is_refused_and_nothing_is_sent(
    up, words: list[str], options: dict[str, Any], why: str
) -> None:
    with pytest.raises(ClusterwrightError, match=why):
        request_submit(up.storage, "mine", words, now=NOW, **options)
    assert not (up.root / "jobs").exists()


def test_without_a_job_in_the_spec_the_first_group_runs_it(up) -> None:
    up.deploy_machines(job_id=None)
    assert request(up, submit(up))["launch"]["group"] == "train"


def test_under_slurm_the_specs_job_is_run_again_beside_other_jobs_and_not_beside_itself(up) -> None:
    up.start("ffffffffffff.1")
    assert request_rerun(up.storage, "mine", NOW) == f"{JOB}.1"
    with pytest.raises(RunRefused, match="of the same job"):
        request_rerun(up.storage, "mine", NOW)
