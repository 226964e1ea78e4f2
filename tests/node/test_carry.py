"""What a job writes reaches the bucket whole and in order, and comes back as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clusterwright.bucket import Entry
from clusterwright.bucket.folder import FolderBucket
from clusterwright.node import carry
from clusterwright.node.carry import follow, pull, push

PREFIX = "jobs/r.1"
CHECKPOINT = "checkpoints/pretrain/step-2"


class Recorded(FolderBucket):
    """A bucket that notes what is written and removed, and may fail or look away at a key."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        object.__setattr__(self, "calls", [])
        object.__setattr__(self, "at", {})

    calls: list[str]
    at: dict[str, Callable[[], None]]

    def write(self, key: str, data: bytes) -> None:
        self._note("write", key)
        super().write(key, data)

    def upload(self, source: Path, key: str) -> None:
        self._note("write", key)
        super().upload(source, key)

    def delete(self, key: str) -> None:
        self._note("delete", key)
        super().delete(key)

    def download(self, key: str, target: Path) -> None:
        self._note("read", key)
        super().download(key, target)

    def taken(self) -> list[str]:
        taken, self.calls[:] = list(self.calls), []
        return taken

    def _note(self, what: str, key: str) -> None:
        name = key.removeprefix(f"{PREFIX}/")
        if name in self.at:
            self.at.pop(name)()
        self.calls.append(f"{what} {name}")


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.x")
        fresh.write_text(text)
        fresh.rename(path)


def checkpoint(folder: Path, step: int) -> None:
    """As training writes it: the folder at once, then its name, then older ones go."""
    parent = folder / "checkpoints" / "pretrain"
    put(folder, **{f"checkpoints/pretrain/.new/{name}": f"{step}" for name in ("state.pt", "checkpoint.json")})
    (parent / ".new").rename(parent / f"step-{step}")
    put(folder, **{"checkpoints/pretrain/latest": f"step-{step}\n"})


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


@pytest.fixture
def bucket(tmp_path: Path) -> Recorded:
    return Recorded(tmp_path / "bucket")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A job's folder with a checkpoint, a phase that is done, and something unfinished."""
    folder = tmp_path / "work"
    put(folder, **{"metrics.jsonl": "{}\n", "phases/prepare.json": "{}", "model/.half": ""})
    checkpoint(folder, 2)
    return folder


def there(bucket: Recorded) -> dict[str, str]:
    return files(bucket.root / PREFIX)


def test_data_goes_before_the_markers_that_name_it(bucket: Recorded, work: Path) -> None:
    assert push(work, bucket, PREFIX) == 5
    assert bucket.taken() == [
        f"write {CHECKPOINT}/state.pt",
        "write metrics.jsonl",
        f"write {CHECKPOINT}/checkpoint.json",
        "write checkpoints/pretrain/latest",
        "write phases/prepare.json",
    ]
    assert there(bucket) == files(work), "and nothing of what is unfinished"


def test_what_has_not_changed_is_not_carried_again(bucket: Recorded, work: Path, tmp_path: Path) -> None:
    push(work, bucket, PREFIX)
    bucket.taken()
    put(work, **{"metrics.jsonl": "{}\n{}\n"})
    push(work, bucket, PREFIX)
    assert bucket.taken() == ["write metrics.jsonl"]
    assert pull(bucket, PREFIX, work) == 0
    pull(bucket, PREFIX, tmp_path / "other")
    bucket.taken()
    assert push(tmp_path / "other", bucket, PREFIX) == 0
    assert bucket.taken() == []


def test_a_pull_gives_what_was_pushed(bucket: Recorded, work: Path, tmp_path: Path) -> None:
    push(work, bucket, PREFIX)
    assert pull(bucket, PREFIX, tmp_path / "other") == 5
    assert files(tmp_path / "other") == files(work)


def test_a_push_that_is_cut_off_leaves_no_marker_without_its_data(bucket: Recorded, work: Path) -> None:
    push(work, bucket, PREFIX)
    checkpoint(work, 4)

    def fail() -> None:
        raise TimeoutError("no answer")

    bucket.at["checkpoints/pretrain/step-4/state.pt"] = fail
    with pytest.raises(TimeoutError):
        push(work, bucket, PREFIX)
    assert there(bucket)["checkpoints/pretrain/latest"] == "step-2\n"
    push(work, bucket, PREFIX)
    assert there(bucket) == files(work)


def test_a_checkpoint_that_is_dropped_here_is_dropped_there_after_the_marker_moved(
    bucket: Recorded, work: Path
) -> None:
    push(work, bucket, PREFIX)
    checkpoint(work, 4)
    for path in (work / CHECKPOINT).iterdir():
        path.unlink()
    (work / CHECKPOINT).rmdir()
    bucket.taken()
    push(work, bucket, PREFIX)
    assert bucket.taken()[-3:] == [
        "write checkpoints/pretrain/latest",
        f"delete {CHECKPOINT}/checkpoint.json",
        f"delete {CHECKPOINT}/state.pt",
    ]
    assert there(bucket) == files(work)


def test_markers_wait_when_their_data_is_dropped_while_it_is_pushed(bucket: Recorded, work: Path) -> None:
    def newer() -> None:
        checkpoint(work, 4)
        (work / CHECKPOINT / "state.pt").unlink()
        (work / CHECKPOINT / "checkpoint.json").unlink()

    bucket.at[f"{CHECKPOINT}/state.pt"] = newer
    push(work, bucket, PREFIX)
    assert "checkpoints/pretrain/latest" not in there(bucket)
    push(work, bucket, PREFIX)
    assert there(bucket) == files(work)


def replaced(work: Path) -> None:
    """Checkpoint 4 takes the place of 2."""
    checkpoint(work, 4)
    for path in (work / CHECKPOINT).iterdir():
        path.unlink()
    (work / CHECKPOINT).rmdir()


def test_a_marker_that_moves_before_data_is_listed_is_read_again(
    bucket: Recorded, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_all, calls = carry._here, list[int]()

    def moving(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
        calls.append(1)
        if len(calls) == 2:
            replaced(folder)
        yield from list_all(folder)

    monkeypatch.setattr(carry, "_here", moving)
    push(work, bucket, PREFIX)
    assert there(bucket) == files(work)
    assert there(bucket)["checkpoints/pretrain/latest"] == "step-4\n"


def test_a_marker_that_moves_in_the_bucket_before_data_is_listed_is_read_again(
    bucket: Recorded, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(work, bucket, PREFIX)
    list_all, calls = carry._there, list[int]()

    def moving(bucket: Recorded, prefix: str) -> dict[str, Entry]:
        calls.append(1)
        if len(calls) == 2:
            replaced(work)
            push(work, bucket, PREFIX)
        return list_all(bucket, prefix)

    monkeypatch.setattr(carry, "_there", moving)
    pull(bucket, PREFIX, tmp_path / "other")
    assert files(tmp_path / "other") == files(work)


def test_what_others_changed_in_the_bucket_is_fetched_though_it_is_as_long(bucket: Recorded, work: Path) -> None:
    bucket.write(f"{PREFIX}/status.json", b"queued")
    pull(bucket, PREFIX, work)
    bucket.write(f"{PREFIX}/status.json", b"failed")
    os.utime(bucket.root / PREFIX / "status.json", (1, 1))
    assert pull(bucket, PREFIX, work) == 1
    assert files(work)["status.json"] == "failed"


def test_what_others_write_into_the_same_folder_stays_theirs(bucket: Recorded, work: Path) -> None:
    bucket.write(f"{PREFIX}/status.json", b"running")
    pull(bucket, PREFIX, work)
    put(work, **{"metrics.jsonl": "{}\n"})
    bucket.write(f"{PREFIX}/status.json", b"cancelled")
    bucket.write(f"{PREFIX}/cancel.json", b"{}")
    push(work, bucket, PREFIX)
    assert there(bucket)["status.json"] == "cancelled"
    assert "cancel.json" in there(bucket)


def test_a_pull_removes_what_the_bucket_does_not_have(bucket: Recorded, work: Path, tmp_path: Path) -> None:
    push(work, bucket, PREFIX)
    checkpoint(work, 4)
    pull(bucket, PREFIX, work)
    assert files(work) == there(bucket)
    assert not (work / "checkpoints" / "pretrain" / "step-4").exists(), "an empty one would count as a checkpoint"
    assert (work / "model" / ".half").exists()


def test_a_pull_beside_a_push_looks_again(bucket: Recorded, work: Path, tmp_path: Path) -> None:
    push(work, bucket, PREFIX)

    def newer() -> None:
        checkpoint(work, 4)
        for name in ("state.pt", "checkpoint.json"):
            (work / CHECKPOINT / name).unlink()
        push(work, bucket, PREFIX)

    bucket.at[f"{CHECKPOINT}/state.pt"] = newer
    pull(bucket, PREFIX, tmp_path / "other")
    assert files(tmp_path / "other") == files(work)


def test_a_key_that_leads_out_of_the_folder_is_refused(
    bucket: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recorded, "walk", lambda self, folder: iter([Entry(f"{PREFIX}/../../up", 1, 0.0)]))
    with pytest.raises(ValueError, match="not a key of the bucket"):
        pull(bucket, PREFIX, tmp_path / "other")


def test_following_goes_on_after_a_failure_and_ends_with_a_push(
    bucket: Recorded, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = threading.Event()
    late = "a file of the last moment"

    def fail() -> None:
        put(work, late=late)
        ended.set()
        raise TimeoutError("no answer")

    bucket.at["metrics.jsonl"] = fail
    follow(work, bucket, PREFIX, ended, period=0.01)
    assert "carry: no answer; trying again" in capsys.readouterr().err
    assert there(bucket) == files(work)
    assert there(bucket)["late"] == late


def command(bucket: Recorded, *arguments: str) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "clusterwright.node.carry", *arguments]
    environment = {**os.environ, "CLUSTERWRIGHT_BUCKET": bucket.url}
    return subprocess.Popen(program, env=environment, stderr=subprocess.PIPE, text=True)


def test_a_follower_that_is_asked_to_end_pushes_a_last_time(bucket: Recorded, work: Path) -> None:
    with command(bucket, "follow", str(work), PREFIX, "--period", "0.05") as process:
        while "phases/prepare.json" not in there(bucket):
            assert process.poll() is None
        put(work, last="1")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert there(bucket)["last"] == "1"


def test_a_failure_is_one_line(bucket: Recorded, work: Path) -> None:
    (bucket.root).write_text("no folder")
    with command(bucket, "push", str(work), PREFIX) as process:
        assert process.wait(20) == 1
        assert process.stderr is not None
        lines = process.stderr.read().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"carry: push of {PREFIX} failed: ")
