from __future__ import annotations

import os
from pathlib import Path

import pytest

from clusterwright.bucket.folder import FolderBucket
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


def files(cluster: Path) -> tuple[logs.Source, ...]:
    return (*logs.node_files(cluster / "nodes"), *logs.job_files(cluster / "bucket"))


def test_finds_the_logs_of_nodes_and_jobs_in_order(cluster: Path) -> None:
    found = [logs.label(source) for source in logs.chosen(files(cluster))]
    assert found == [
        "head/agent",
        "train-2/agent",
        "train-2/supervisord",
        "train-2/worker",
        "train-2/0a1b2c3d4e5f.1",
        "train-10/agent",
    ]


def test_finds_the_logs_of_one_node(cluster: Path) -> None:
    found = [logs.label(source) for source in logs.chosen(files(cluster), "train-10")]
    assert found == ["train-10/agent"]


def test_finds_the_logs_of_one_run(cluster: Path) -> None:
    found = [logs.label(source) for source in logs.chosen(files(cluster), "0a1b2c3d4e5f.1")]
    assert found == ["train-2/0a1b2c3d4e5f.1"]


def test_of_the_runs_of_a_node_only_the_newest_is_told(cluster: Path) -> None:
    for name, changed in (("0a1b2c3d4e5f.1", 200), ("0a1b2c3d4e5f.2", 300), ("ffffffffffff.1", 100)):
        log = cluster / "bucket/jobs" / name / "logs/train-2.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.touch()
        os.utime(log, (changed, changed))
    found = logs.without_old_runs(logs.chosen(files(cluster), "train-2"))
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

    readers = {source.where: source.reader(0) for source in files(cluster)}
    with pytest.raises(KeyboardInterrupt):
        logs.follow(
            lambda: files(cluster),
            readers,
            lambda source, line: written.append((logs.label(source), line)),
            sleep=sleep,
        )
    assert written == [("train-3/agent", "hello")]


class TestWindows:
    """Machines put the last 64 KiB of a log into the bucket, again and again."""

    @pytest.fixture
    def machines(self, tmp_path: Path) -> FolderBucket:
        bucket = FolderBucket(tmp_path)
        bucket.write("reports/logs/train-1/50-software.log", b"one\ntwo\nthr")
        bucket.write("reports/logs/head/slurmctld.log", b"up\n")
        bucket.write("reports/logs/head/core.bin", b"")
        bucket.write("jobs/0a1b2c3d4e5f.1/logs/train-1.log", b"step 1\n")
        bucket.write("jobs/0a1b2c3d4e5f.1/checkpoints/pretrain/1.log", b"")
        return bucket

    def sources(self, bucket: FolderBucket, wanted: str | None = None) -> tuple[logs.Source, ...]:
        return logs.chosen([*logs.node_objects(bucket), *logs.job_objects(bucket)], wanted)

    def test_logs_of_machines_and_of_runs_are_found_by_their_keys(self, machines: FolderBucket) -> None:
        found = [logs.label(source) for source in self.sources(machines)]
        assert found == ["head/slurmctld", "train-1/50-software", "train-1/0a1b2c3d4e5f.1"]

    @pytest.mark.parametrize(("lines", "told"), [(0, []), (1, ["two"]), (9, ["one", "two"])])
    def test_the_last_whole_lines_are_told(self, machines: FolderBucket, lines: int, told: list[str]) -> None:
        (source,) = (one for one in self.sources(machines, "train-1") if one.name == "50-software")
        assert source.reader(lines).read() == told

    def test_a_window_that_moves_on_tells_only_what_is_new(self, machines: FolderBucket) -> None:
        everything = [f"line {number}" for number in range(20_000)]
        key = "reports/logs/head/slurmctld.log"

        def put(upto: int) -> None:
            machines.write(key, "".join(f"{line}\n" for line in everything[:upto]).encode()[-logs.WINDOW :])

        put(15_000)
        (source,) = self.sources(machines, "head")
        reader = source.reader(0)
        told = []
        for upto in (15_000, 15_001, 17_000, 17_000, 18_500):
            put(upto)
            told += reader.read()
        assert told == everything[15_000:18_500]

    def test_a_line_that_the_window_cuts_is_not_told(self, machines: FolderBucket) -> None:
        text = "".join(f"line {number}\n" for number in range(20_000)).encode()
        machines.write("reports/logs/head/slurmctld.log", text[-logs.WINDOW - 3 :])
        (source,) = self.sources(machines, "head")
        assert source.reader(logs.ALL).read()[0].startswith("line ")

    def test_of_a_window_that_has_nothing_left_of_the_last_all_is_told(self, machines: FolderBucket) -> None:
        (source,) = self.sources(machines, "head")
        reader = source.reader(0)
        machines.write("reports/logs/head/slurmctld.log", b"a new life\n")
        assert reader.read() == ["a new life"]

    def test_a_log_that_is_gone_has_nothing_to_tell(self, machines: FolderBucket) -> None:
        (source,) = self.sources(machines, "head")
        machines.delete("reports/logs/head/slurmctld.log")
        assert source.reader(5).read() == []


@pytest.mark.timeout(20)
def test_what_is_no_file_among_a_runs_logs_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "jobs" / "0a1b2c3d4e5f.1" / "logs"
    folder.mkdir(parents=True)
    (folder / "train-1.log").write_text("hello\n")
    (folder / "train-2.log").mkdir()
    (folder / "train-3.log").symlink_to("/etc/passwd")
    (folder / "train-4.log").symlink_to("train-4.log")
    os.mkfifo(folder / "train-5.log")
    assert [source.node for source in logs.job_files(tmp_path)] == ["train-1"]
