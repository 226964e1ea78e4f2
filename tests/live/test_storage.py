from __future__ import annotations

import threading
from pathlib import Path

import pytest

from clusterwright.live.storage import FolderStorage


def test_reads_all_or_the_end_of_an_object(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("0123456789")
    storage = FolderStorage(tmp_path)
    assert storage.read_bytes("a") == b"0123456789"
    assert storage.read_bytes("a", last=3) == b"789"
    assert storage.read_bytes("a", last=99) == b"0123456789"


def test_a_missing_object_is_not_found_and_a_missing_folder_is_empty(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    with pytest.raises(FileNotFoundError):
        storage.read_text("jobs/none")
    assert storage.names("jobs") == ()
    assert list(storage.walk("jobs")) == []
    assert not storage.exists("jobs/none")


@pytest.mark.parametrize("key", ["../other", "/etc/passwd", "jobs//x", "jobs/./x", ""])
def test_a_key_that_leaves_the_bucket_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        FolderStorage(tmp_path).read_bytes(key)


def test_lists_names_and_walks_keys_without_files_being_written(tmp_path: Path) -> None:
    for key in ("jobs/b/request.json", "jobs/a/model/config.json", "jobs/a/.status.json.123.tmp", "jobs/a/x.tmp"):
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).touch()
    storage = FolderStorage(tmp_path)
    assert storage.names("jobs") == ("a", "b")
    assert list(storage.walk("jobs")) == ["jobs/a/model/config.json", "jobs/b/request.json"]


def test_write_new_refuses_a_taken_key_and_keeps_what_is_there(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    storage.write_new("jobs/x/request.json", b"first")
    with pytest.raises(FileExistsError):
        storage.write_new("jobs/x/request.json", b"second")
    assert storage.read_bytes("jobs/x/request.json") == b"first"
    (written,) = (tmp_path / "jobs/x").iterdir()
    assert (written.name, written.stat().st_mode & 0o777) == ("request.json", 0o600)


def test_of_many_writers_one_wins(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    won: list[int] = []
    start = threading.Barrier(8)

    def write(number: int) -> None:
        start.wait()
        try:
            storage.write_new("request.json", str(number).encode())
        except FileExistsError:
            return
        won.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert storage.read_text("request.json") == str(won[0])


def test_downloads_into_a_new_folder(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("weights")
    FolderStorage(tmp_path).download("a", tmp_path / "out" / "deep" / "a")
    assert (tmp_path / "out" / "deep" / "a").read_text() == "weights"
