"""PyTorch's environment through the bucket: whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clusterwright.bucket.folder import FolderBucket
from clusterwright.node import environment

KEY = "software/abc.tar.gz"


@pytest.fixture
def bucket(tmp_path: Path) -> FolderBucket:
    (tmp_path / "bucket").mkdir()
    return FolderBucket(tmp_path / "bucket")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "head" / "abc"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "run").write_text("#!/bin/sh\n")
    (folder / "bin" / "run").chmod(0o755)
    (folder / "bin" / "python").symlink_to("/usr/bin/python3")
    (folder / ".complete").touch()
    return folder


def test_a_node_gets_the_environment_that_the_head_built(bucket: FolderBucket, built: Path, tmp_path: Path) -> None:
    environment.store(bucket, KEY, built)
    target = tmp_path / "node" / "abc"
    target.mkdir(parents=True)
    (target / "half").touch()  # what a build left that was killed
    environment.fetch(bucket, KEY, target, 0)
    assert sorted(path.relative_to(target).as_posix() for path in target.rglob("*")) == [
        ".complete", "bin", "bin/python", "bin/run",
    ]  # fmt: skip
    assert os.access(target / "bin" / "run", os.X_OK)
    assert os.readlink(target / "bin" / "python") == "/usr/bin/python3"
    assert [path.name for path in target.parent.iterdir()] == ["abc"]


def test_an_archive_that_was_altered_is_not_unpacked(bucket: FolderBucket, built: Path, tmp_path: Path) -> None:
    environment.store(bucket, KEY, built)
    bucket.write(KEY, bucket.read(KEY) + b"x")
    (tmp_path / "node").mkdir()
    with pytest.raises(environment.NotFetched, match=r"has the SHA-256 .* says "):
        environment.fetch(bucket, KEY, tmp_path / "node" / "abc", 0)
    assert not list((tmp_path / "node").iterdir())


def test_a_node_waits_for_the_head_and_not_for_longer_than_it_is_told(
    bucket: FolderBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(environment.time, "sleep", slept.append)
    monkeypatch.setattr(environment.time, "monotonic", lambda: sum(slept))
    with pytest.raises(environment.NotFetched, match="is not there after 12 s"):
        environment.fetch(bucket, KEY, tmp_path / "abc", 12)
    assert slept == [5.0, 5.0, 5.0]


def test_an_archive_counts_only_with_its_digest_beside_it(bucket: FolderBucket, tmp_path: Path) -> None:
    bucket.write(KEY, b"half")
    with pytest.raises(environment.NotFetched, match="is not there"):
        environment.fetch(bucket, KEY, tmp_path / "abc", 0)


def test_the_command_tells_what_it_cannot_do_in_a_line(
    bucket: FolderBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLUSTERWRIGHT_BUCKET", bucket.url)
    assert environment.main(["fetch", KEY, str(tmp_path / "abc"), "0"]) == 1
    assert capsys.readouterr().err == f"{KEY}.sha256 is not there after 0 s\n"
    assert environment.main(["what"]) == 2
