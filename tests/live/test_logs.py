from __future__ import annotations

import os
from pathlib import Path

import pytest

from clusterwright.live import logs


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    for path in (
        "nodes/train-10/log/agent.log",
        "nodes/train-2/log/agent.log",
        "nodes/train-2/log/worker.log",
        "nodes/train-2/supervisord.log",
        "nodes/head/log/agent.log",
        "bucket/jobs/0a1b2c3d4e5f.1/logs/train-2.log",
        "bucket/jobs/not-a-run/logs/train-2.log",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("line\n")
    return tmp_path


def test_finds_the_logs_of_nodes_and_jobs_in_order(cluster: Path) -> None:
    found = [source.label for source in logs.sources(cluster / "nodes", cluster / "bucket")]
    assert found == [
        "head/agent",
        "train-2/agent",
        "train-2/supervisord",
        "train-2/worker",
        "train-2/0a1b2c3d4e5f.1",
        "train-10/agent",
    ]


def test_finds_the_logs_of_one_node(cluster: Path) -> None:
    found = [source.label for source in logs.sources(cluster / "nodes", cluster / "bucket", "train-10")]
    assert found == ["train-10/agent"]


def test_of_the_runs_of_a_node_only_the_newest_is_told(cluster: Path) -> None:
    for name, changed in (("0a1b2c3d4e5f.1", 200), ("0a1b2c3d4e5f.2", 300), ("ffffffffffff.1", 100)):
        log = cluster / "bucket/jobs" / name / "logs/train-2.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.touch()
        os.utime(log, (changed, changed))
    found = logs.without_old_runs(logs.sources(cluster / "nodes", cluster / "bucket", "train-2"))
    assert [source.name for source in found] == ["agent", "supervisord", "worker", "0a1b2c3d4e5f.2"]


@pytest.mark.parametrize("lines", [0, 1, 3, 10_000, 100_000])
def test_tail_takes_the_last_lines_of_files_of_any_size(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "log"
    everything = [f"line {number} é" for number in range(20_000)]
    path.write_text("\n".join(everything) + "\nhalf")
    last, offset = logs.tail(path, lines)
    assert last == (everything[-lines:] if lines else [])
    assert offset == path.stat().st_size - len("half")


def test_reads_on_from_where_it_was_and_starts_again_after_a_rotation(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("one\ntw")
    lines, offset = logs.read_on(path, 0)
    assert lines == ["one"]
    path.write_text("one\ntwo\nthree\n")
    lines, offset = logs.read_on(path, offset)
    assert lines == ["two", "three"]
    path.write_text("new\n")
    assert logs.read_on(path, offset) == (["new"], 4)
    path.unlink()
    assert logs.read_on(path, 4) == ([], 0)


def test_follow_takes_up_logs_that_appear_later(cluster: Path) -> None:
    written: list[tuple[str, str]] = []
    rounds = 0

    def sleep(_: float) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            (cluster / "nodes/train-3/log").mkdir(parents=True)
            (cluster / "nodes/train-3/log/agent.log").write_text("hello\n")
        if rounds == 3:
            raise KeyboardInterrupt

    offsets = {source.path: 5 for source in logs.sources(cluster / "nodes", cluster / "bucket")}
    with pytest.raises(KeyboardInterrupt):
        logs.follow(
            lambda: logs.sources(cluster / "nodes", cluster / "bucket"),
            offsets,
            lambda source, line: written.append((source.label, line)),
            sleep=sleep,
        )
    assert written == [("train-3/agent", "hello")]
