"""What a folder promises beyond every bucket: its files are others' to see."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clusterwright.bucket import NotAnObject
from clusterwright.bucket.folder import FolderBucket


def test_files_that_are_being_written_are_not_there_yet(tmp_path: Path) -> None:
    for key in ("jobs/b/request.json", "jobs/a/model/config.json", "jobs/a/.status.json.123", "jobs/a/x.tmp"):
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).touch()
    bucket = FolderBucket(tmp_path)
    assert bucket.names("jobs/a") == ("model",)
    assert [entry.key for entry in bucket.walk("jobs")] == ["jobs/a/model/config.json", "jobs/b/request.json"]


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_files_are_for_whom_the_mode_says_and_nothing_is_left_beside_them(tmp_path: Path, mode: int) -> None:
    bucket = FolderBucket(tmp_path, mode)
    assert bucket.create("a", b"first")
    assert not bucket.create("a", b"second")
    bucket.write("b", b"")
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {"a": mode, "b": mode}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what is another's")
def test_a_folder_that_root_makes_below_a_users_is_that_users(tmp_path: Path) -> None:
    os.chown(tmp_path, 2000, 2001)
    FolderBucket(tmp_path).write("jobs/a.1/status.json", b"{}")
    found = (tmp_path / "jobs" / "a.1").stat()
    assert (found.st_uid, found.st_gid) == (2000, 2001)


@pytest.fixture
def odd(tmp_path: Path) -> FolderBucket:
    """A bucket into which somebody put what is no object."""
    root = tmp_path / "bucket"
    root.mkdir()
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "secret").write_text("x")
    (root / "jobs").symlink_to(tmp_path / "away")
    (root / "secret").symlink_to(tmp_path / "away" / "secret")
    (root / "ring").symlink_to("ring")
    (root / "folder").mkdir()
    (root / "file").write_text("x")
    os.mkfifo(root / "pipe")
    return FolderBucket(root)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("key", ["jobs/secret", "secret", "ring", "folder", "pipe"])
def test_what_is_no_object_is_not_read_and_keeps_nobody_waiting(odd: FolderBucket, tmp_path: Path, key: str) -> None:
    with pytest.raises(NotAnObject):
        odd.read(key)
    with pytest.raises(NotAnObject):
        odd.download(key, tmp_path / "copy")


def test_nothing_is_done_through_a_link_out_of_the_bucket(odd: FolderBucket, tmp_path: Path) -> None:
    for act in (
        lambda: odd.write("jobs/secret", b""),
        lambda: odd.create("jobs/a.1/new", b""),
        lambda: odd.delete("jobs/secret"),
        lambda: odd.upload(tmp_path / "away" / "secret", "jobs/new"),
        lambda: odd.names("jobs"),
    ):
        with pytest.raises(NotAnObject):
            act()
    assert [(path.name, path.read_text()) for path in (tmp_path / "away").iterdir()] == [("secret", "x")]


def test_only_objects_are_walked(odd: FolderBucket) -> None:
    for name in ("ring", "pipe", "secret"):
        (odd.root / name).rename(odd.root / "folder" / name)
    (odd.root / "folder" / "file").write_text("x")
    assert [entry.key for entry in odd.walk("folder")] == ["folder/file"]


def test_below_a_file_there_is_nothing(odd: FolderBucket) -> None:
    with pytest.raises(FileNotFoundError):
        odd.read("file/below")
