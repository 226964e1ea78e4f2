"""A checkpoint is there whole or not at all, and only the job that wrote it reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from training import checkpoint
from training.errors import JobError

CPU = torch.device("cpu")


def save(folder: Path, step: int) -> None:
    checkpoint.save(folder, step, {"weights": torch.full((3,), float(step))}, identity="me")


def test_the_newest_comes_back(tmp_path: Path) -> None:
    save(tmp_path, 9)
    save(tmp_path, 10)
    path = checkpoint.newest(tmp_path, "me")
    assert path is not None
    assert path.name == "step-00000010"
    assert checkpoint.load(path, CPU)["weights"].tolist() == [10.0] * 3
    assert (tmp_path / "latest").read_text() == "step-00000010\n"


def test_two_are_kept(tmp_path: Path) -> None:
    for step in range(5):
        save(tmp_path, step)
    assert sorted(p.name for p in tmp_path.glob("step-*")) == ["step-00000003", "step-00000004"]


def test_nothing_is_found_where_nothing_was_written(tmp_path: Path) -> None:
    assert checkpoint.newest(tmp_path / "none", "me") is None


@pytest.mark.parametrize("damage", ["shorten", "drop description", "drop state"])
def test_a_damaged_one_is_skipped_and_can_be_written_again(tmp_path: Path, damage: str) -> None:
    save(tmp_path, 1)
    save(tmp_path, 2)
    broken = tmp_path / "step-00000002"
    if damage == "shorten":
        (broken / "state.pt").write_bytes((broken / "state.pt").read_bytes()[:-10])
    else:
        (broken / ("checkpoint.json" if damage == "drop description" else "state.pt")).unlink()
    assert checkpoint.newest(tmp_path, "me") == tmp_path / "step-00000001"
    save(tmp_path, 2)
    assert checkpoint.newest(tmp_path, "me") == broken


def test_half_written_ones_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, 1)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", die)
    with pytest.raises(KeyboardInterrupt):
        save(tmp_path, 2)
    assert checkpoint.newest(tmp_path, "me") == tmp_path / "step-00000001"
    # What a kill -9 leaves behind: a temporary folder.
    (tmp_path / ".step-00000003.abc").mkdir()
    assert checkpoint.newest(tmp_path, "me") == tmp_path / "step-00000001"


def test_that_of_another_job_is_refused(tmp_path: Path) -> None:
    save(tmp_path, 1)
    with pytest.raises(JobError, match="was written by a job with other settings: use a new output folder"):
        checkpoint.newest(tmp_path, "somebody else")
