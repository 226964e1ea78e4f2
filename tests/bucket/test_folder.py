"""What a folder promises beyond every bucket: its files are others' to see."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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


def test_a_link_is_no_part_of_a_folder(tmp_path: Path) -> None:
    # Jobs may write below jobs/, and root reads and writes there too.
    outside, bucket = tmp_path / "outside", FolderBucket(tmp_path / "bucket")
    outside.mkdir()
    (outside / "secret").write_text("hidden")
    bucket.write("jobs/a.1/metrics", b"1")
    (bucket.root / "jobs" / "b.1").symlink_to(outside)
    (bucket.root / "jobs" / "a.1" / "failure.json").symlink_to(outside / "secret")
    for key in ("jobs/b.1/secret", "jobs/a.1/failure.json"):
        assert not bucket.exists(key)
        with pytest.raises(OSError, match="a link"):
            bucket.read(key)
        with pytest.raises(OSError, match="a link"):
            bucket.download(key, tmp_path / "copy")
    with pytest.raises(OSError, match="a link"):
        bucket.write("jobs/b.1/status.json", b"{}")
    with pytest.raises(OSError, match="a link"):
        bucket.delete("jobs/b.1/secret")
    assert [path.name for path in outside.iterdir()] == ["secret"]
    assert [entry.key for entry in bucket.walk("jobs")] == ["jobs/a.1/metrics"]
    bucket.write("jobs/a.1/failure.json", b"{}")
    assert (outside / "secret").read_text() == "hidden"


@pytest.mark.timeout(10)
def test_a_pipe_is_not_waited_for_and_a_folder_is_no_object(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a")
    (tmp_path / "b").mkdir()
    for key in ("a", "b"):
        with pytest.raises(FileNotFoundError, match="no file"):
            FolderBucket(tmp_path).read(key)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what is another's")
def test_a_folder_that_root_makes_below_a_users_is_that_users(tmp_path: Path) -> None:
    os.chown(tmp_path, 2000, 2001)
    FolderBucket(tmp_path).write("jobs/a.1/status.json", b"{}")
    found = (tmp_path / "jobs" / "a.1").stat()
    assert (found.st_uid, found.st_gid) == (2000, 2001)
