"""The command: every phase in one process, what it leaves, and how it fails."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from training import __main__ as command
from training import distributed, predict
from training.files import read_json

Write = Callable[[dict[str, Any]], Path]


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """The command takes over signals; give them back."""
    before = {s: signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    distributed._stop_requested = False


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_job: Write) -> Callable[..., int]:
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)

    def start(content: dict[str, Any] | None, *more: str) -> int:
        job = write_job(content) if content is not None else tmp_path / "missing.json"
        places = ["--job", str(job), "--data", str(tmp_path / "data"), "--output", str(tmp_path / "out")]
        monkeypatch.setattr(sys, "argv", ["training", *places, *more])
        return command.main()

    return start


def test_all_phases_run_and_a_second_run_does_nothing(
    run: Callable[..., int], document: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    document["finetune"].update(epochs=8, learning_rate=1e-2, dropout=0.0, checkpoint_every=30)
    assert run(document) == 0
    evaluation = read_json(out / "evaluation.json")
    assert evaluation["accuracy"] > evaluation["majority_accuracy"] == 0.5
    assert evaluation["tfidf_accuracy"] > 0.8
    assert 0 <= evaluation["scratch_accuracy"] <= 1
    assert 0 < evaluation["mlm_loss"] < 10
    assert evaluation["labels"] == ["land", "sea"]
    assert sum(map(sum, evaluation["confusion"])) == 16
    assert set(evaluation["seconds"]) == {"prepare", "pretrain", "finetune", "evaluate"}
    assert evaluation["versions"]["torch"]
    assert evaluation["examples"][0]["label"] in {"land", "sea"}
    assert {p.name for p in (out / "model").iterdir()} == {"pretrained", "classifier", "scratch"}
    assert read_json(out / "phases" / "finetune.json")["scratch"]["steps"] == 64
    steps = [json.loads(line).get("step") for line in (out / "metrics.jsonl").read_text().splitlines()]
    assert steps.count(12) >= 2  # the last pre-training step and its held-out measures

    classifier = predict.Classifier(out / "model" / "classifier")
    best = classifier.classify(["ship the bank wants", "wheat the bank wants"], sequence=32).argmax(-1)
    assert [classifier.labels[i] for i in best] == ["sea", "land"]

    before = {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.is_file()}
    capsys.readouterr()
    assert run(document) == 0
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.is_file()} == before
    assert capsys.readouterr().out.count("done before") == 4


def test_phases_can_be_run_one_by_one(run: Callable[..., int], document: dict[str, Any], tmp_path: Path) -> None:
    assert run(document, "--phase", "prepare") == 0
    assert run(document, "--phase", "pretrain") == 0
    assert sorted(p.stem for p in (tmp_path / "out" / "phases").iterdir()) == ["prepare", "pretrain"]


@pytest.mark.parametrize(
    ("phase", "complaint"),
    [("pretrain", "run the phase prepare first"), ("finetune", "run the phase pretrain first")],
)
def test_a_phase_without_the_one_before_says_so(
    run: Callable[..., int], document: dict[str, Any], tmp_path: Path, phase: str, complaint: str
) -> None:
    if phase == "finetune":
        assert run(document, "--phase", "prepare") == 0
    assert run(document, "--phase", phase) == 2
    failure = read_json(tmp_path / "out" / "failure.json")
    assert complaint in failure.pop("reason")
    assert failure.pop("time") > 1e9
    assert failure == {"phase": phase, "rank": 0, "retry": False}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (None, "cannot read the job file"),
        ({"precision": "fp8"}, "precision must be one of"),
        ({"corpus": {"pretrain": "s3://x/y", "finetune": "/none"}}, "buckets are not supported yet"),
    ],
)
def test_a_job_that_can_never_work_ends_in_one_sentence(
    run: Callable[..., int],
    document: dict[str, Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, Any] | None,
    reason: str,
) -> None:
    assert run(None if change is None else {**document, **change}) == 2
    assert reason in read_json(tmp_path / "out" / "failure.json")["reason"]
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert "Traceback" not in said


def test_an_old_failure_is_forgotten(run: Callable[..., int], document: dict[str, Any], tmp_path: Path) -> None:
    assert run({**document, "seed": -1}) == 2
    assert run(document, "--phase", "prepare") == 0
    assert not (tmp_path / "out" / "failure.json").exists()


def test_an_unexpected_error_is_reported_and_may_be_retried(
    run: Callable[..., int], document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burn(*_: object) -> None:
        raise OSError("disk on fire")

    monkeypatch.setattr(command, "prepare", burn)
    assert run(document) == 1
    failure = read_json(tmp_path / "out" / "failure.json")
    assert failure["reason"].startswith("OSError: disk on fire")
    assert failure["retry"] is True


def test_the_first_failure_is_not_overwritten(tmp_path: Path) -> None:
    for rank in (1, 0):
        command._fail(tmp_path, {"phase": "pretrain", "rank": rank}, f"rank {rank} says", retry=True)
    assert read_json(tmp_path / "failure.json")["reason"] == "rank 1 says"
    assert [p.name for p in tmp_path.iterdir()] == ["failure.json"]


def test_a_request_to_stop_saves_and_the_next_run_goes_on(
    run: Callable[..., int], document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = distributed.agree
    calls = iter(range(100))

    def agree(*arguments: Any) -> Any:
        if next(calls) == 5:
            signal.raise_signal(signal.SIGTERM)
        return original(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(distributed, "agree", agree)
        assert run(document, "--phase", "prepare", "--phase", "pretrain") == 75
    assert (tmp_path / "out" / "checkpoints" / "pretrain" / "latest").read_text() == "step-00000005\n"
    assert not (tmp_path / "out" / "failure.json").exists()
    distributed._stop_requested = False
    assert run(document, "--phase", "pretrain") == 0
    done = read_json(tmp_path / "out" / "phases" / "pretrain.json")
    assert (done["steps"], done["attempts"]) == (12, 2)
