"""Folders that go away entirely."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from components.local.runtime import files


def test_a_folder_goes_with_all_that_may_not_be_written(tmp_path: Path) -> None:
    kept, folder = tmp_path / "kept", tmp_path / "folder"
    kept.touch()
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "link").symlink_to(kept)
    (folder / "inner").chmod(0o500)
    files.remove_tree(folder)
    assert (folder.exists(), kept.exists()) == (False, True)


def test_what_another_removes_meanwhile_is_none_to_remove(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    once = iter([FileNotFoundError(2, "No such file or directory", "loop.py")])
    remove = shutil.rmtree

    def beaten(path: Path) -> None:
        for error in once:
            raise error
        remove(path)

    monkeypatch.setattr(files.shutil, "rmtree", beaten)
    files.remove_tree(folder)
    assert not folder.exists()
