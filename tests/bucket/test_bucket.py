"""What every bucket promises, whichever provider holds it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clusterwright.bucket import Bucket, open_bucket

MANY = [f"jobs/r.1/checkpoints/step-{number}/state.pt" for number in range(7)]


def test_its_address_opens_it_again(bucket: Bucket) -> None:
    bucket.write("a/b", b"1")
    assert open_bucket(bucket.url).read("a/b") == b"1"


def test_what_is_written_replaces_what_was_there(bucket: Bucket) -> None:
    for data in (b"first", b"", b"\x00second"):
        bucket.write("a", data)
        assert bucket.read("a") == data


@pytest.mark.parametrize(("last", "expected"), [(3, b"789"), (10, b"0123456789"), (99, b"0123456789"), (0, b"")])
def test_the_end_of_an_object_is_read_alone(bucket: Bucket, last: int, expected: bytes) -> None:
    bucket.write("log", b"0123456789")
    assert bucket.read("log", last) == expected


def test_an_empty_object_has_an_empty_end(bucket: Bucket) -> None:
    bucket.write("log", b"")
    assert bucket.read("log", 10) == b""


@pytest.mark.parametrize("last", [None, 5])
def test_reading_what_is_not_there_is_the_error_of_a_file(bucket: Bucket, last: int | None, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        bucket.read("no/such", last)
    with pytest.raises(FileNotFoundError):
        bucket.download("no/such", tmp_path / "copy")
    assert list(tmp_path.glob("*copy*")) == []
    assert not bucket.exists("no/such")


def test_names_are_one_level_and_walk_is_all_of_them(bucket: Bucket) -> None:
    for key in (*MANY, "jobs/r.1/status.json", "jobs/r.10/status.json", "jobs/a"):
        bucket.write(key, b"xy")
    assert bucket.names("jobs") == ("a", "r.1", "r.10")
    assert bucket.names("jobs/r.1") == ("checkpoints", "status.json")
    assert bucket.names("jobs/r.1/checkpoints") == tuple(f"step-{number}" for number in range(7))
    found = list(bucket.walk("jobs/r.1"))
    assert [entry.key for entry in found] == [*MANY, "jobs/r.1/status.json"]
    assert {entry.size for entry in found} == {2}
    assert all(abs(entry.modified - time.time()) < 60 for entry in found)


def test_a_folder_that_is_not_there_is_empty(bucket: Bucket) -> None:
    assert bucket.names("no") == ()
    assert list(bucket.walk("no")) == []


def test_a_key_is_created_once(bucket: Bucket) -> None:
    assert bucket.create("nodes/claims/train-1.json", b"first")
    for data in (b"second", b"first"):
        assert not bucket.create("nodes/claims/train-1.json", data)
    assert bucket.read("nodes/claims/train-1.json") == b"first"


def test_of_many_who_create_at_once_one_does(bucket: Bucket) -> None:
    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(lambda number: bucket.create("a", str(number).encode()), range(8)))
    assert created.count(True) == 1
    assert bucket.read("a") == str(created.index(True)).encode()


def test_a_deleted_object_is_gone_and_deleting_it_again_is_nothing(bucket: Bucket) -> None:
    bucket.write("a", b"1")
    for _ in range(2):
        bucket.delete("a")
        assert not bucket.exists("a")
    assert bucket.create("a", b"2")


def test_files_go_there_and_come_back(bucket: Bucket, tmp_path: Path) -> None:
    source, copy = tmp_path / "state.pt", tmp_path / "new" / "copy"
    source.write_bytes(b"\x00\r\n--" * 1000)
    bucket.upload(source, "a/state.pt")
    assert bucket.exists("a/state.pt")
    bucket.download("a/state.pt", copy)
    assert copy.read_bytes() == source.read_bytes()
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


def test_a_file_that_is_not_there_is_not_uploaded(bucket: Bucket, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        bucket.upload(tmp_path / "no", "a")
    assert not bucket.exists("a")


@pytest.mark.parametrize("key", ["", "/a", "a//b", "../a", "a/./b", "a/"])
def test_a_key_that_could_lead_elsewhere_is_refused(bucket: Bucket, key: str) -> None:
    with pytest.raises(ValueError, match="not a key of the bucket"):
        bucket.read(key)
    with pytest.raises(ValueError, match="not a key of the bucket"):
        bucket.write(key, b"")


@pytest.mark.parametrize("url", ["", "a", "file://relative", "s3://", "gs://", "ftp://a"])
def test_other_addresses_are_refused_with_examples(url: str) -> None:
    with pytest.raises(ValueError, match=r"is no address of a bucket: file:///folder, s3://name\?region=us-east-1"):
        open_bucket(url)
