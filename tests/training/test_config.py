"""A job file is read strictly, and every complaint names the key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from training import config
from training.errors import JobError


def test_a_good_job_is_read(document: dict[str, Any]) -> None:
    job = config.parse(document)
    assert (job.model.hidden, job.pretrain.batch, job.finetune.warmup, job.phases) == (16, 8, 0.1, config.PHASES)
    assert (job.pretrain.dropout, job.pretrain.micro_batch) == (0.1, 64)


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("schema", 2, "schema must be at least 1 and at most 1, not 2"),
        ("colour", "red", "colour is not a setting"),
        ("model.hiden", 64, "model.hiden is not a setting (did you mean hidden?)"),
        ("model.layers", 0, "model.layers must be at least 1, not 0"),
        ("model.layers", "two", 'model.layers must be a whole number, not "two"'),
        ("model.layers", True, "model.layers must be a whole number, not true"),
        ("model", [], "model must be an object, not []"),
        ("model.heads", 3, "model.hidden (16) must be a multiple of model.heads (3)"),
        ("pretrain.sequence", 64, "pretrain.sequence (64) exceeds model.max_positions (32)"),
        ("pretrain.warmup", 13, "pretrain.warmup (13) exceeds pretrain.steps (12)"),
        ("pretrain.masking", 1, "pretrain.masking must be at least 0.01 and at most 0.9, not 1"),
        ("pretrain.whole_word", 1, "pretrain.whole_word must be true or false, not 1"),
        ("precision", "fp8", 'precision must be one of fp32, bf16, auto, not "fp8"'),
        (
            "phases",
            ["pretrain", "prepare"],
            "phases must be some of prepare, pretrain, finetune, evaluate, in this order",
        ),
        ("compare", ["luck"], 'compare must be a list of distinct words of majority, tfidf, scratch, not ["luck"]'),
        ("corpus.pretrain", " ", "corpus.pretrain must not be empty"),
    ],
)
def test_a_bad_value_is_named(document: dict[str, Any], path: str, value: Any, complaint: str) -> None:
    *parents, key = path.split(".")
    place = document
    for parent in parents:
        place = place[parent]
    place[key] = value
    with pytest.raises(JobError) as caught:
        config.parse(document)
    assert str(caught.value) == complaint


def test_all_complaints_come_at_once(document: dict[str, Any]) -> None:
    del document["seed"]
    document["pretrain"]["steps"] = -1
    with pytest.raises(JobError, match=r"seed is missing; pretrain\.steps must be at least 1"):
        config.parse(document)


def test_a_file_that_is_not_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text("{")
    with pytest.raises(JobError, match=r"job\.json is not JSON: .* line 1"):
        config.load(tmp_path / "job.json")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"cannot read the job file .*nowhere\.json: No such file"):
        config.load(tmp_path / "nowhere.json")


def test_a_complaint_names_the_file(document: dict[str, Any], write_job: Callable[[dict[str, Any]], Path]) -> None:
    document["seed"] = -1
    with pytest.raises(JobError, match=r"job\.json: seed must be at least 0"):
        config.load(write_job(document))
