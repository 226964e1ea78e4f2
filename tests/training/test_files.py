"""Readers never meet half a file or folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from training import files


def test_a_failed_fill_leaves_nothing(tmp_path: Path) -> None:
    def fill(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise RuntimeError("disk on fire")

    with pytest.raises(RuntimeError, match="disk on fire"):
        files.build_folder(tmp_path / "target", fill)
    assert list(tmp_path.iterdir()) == []


def test_the_second_of_two_builders_keeps_the_first_ones_work(tmp_path: Path) -> None:
    target = tmp_path / "target"

    def fill_first(folder: Path) -> None:
        (folder / "who").write_text("first")

    def fill(folder: Path) -> None:
        files.build_folder(target, fill_first)
        (folder / "who").write_text("second")

    files.build_folder(target, fill)
    assert (target / "who").read_text() == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["target"]


def test_json_comes_back_and_no_temporary_file_stays(tmp_path: Path) -> None:
    files.write_json(tmp_path / "new" / "a.json", {"x": [1, 2]})
    assert files.read_json(tmp_path / "new" / "a.json") == {"x": [1, 2]}
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["a.json"]
