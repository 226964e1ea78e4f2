"""A machine's logs in the bucket: their ends, in whole lines, and no more requests than it takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterwright.bucket.folder import FolderBucket
from clusterwright.node.logs import FAILED_PERIOD, PERIOD, WINDOW, Logs, end_of, keep_failed
from clusterwright.node.place import MachinePlace
from tests.node.programs import Programs


class Counting(FolderBucket):
    """Notes the keys that are written; a list that holds `refuse` makes it refuse."""

    def write(self, key: str, data: bytes) -> None:
        if (self.root / "refuse").exists():
            raise TimeoutError("no answer")
        with (self.root / "written").open("a") as file:
            file.write(f"{key.removeprefix('reports/logs/')}\n")
        super().write(key, data)

    def written(self) -> list[str]:
        """Those since this was asked last."""
        path = self.root / "written"
        keys = path.read_text().split() if path.exists() else []
        path.unlink(missing_ok=True)
        return keys


class Machine:
    """A machine whose clock is ours."""

    def __init__(self, place: MachinePlace, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bucket = Counting(place.bucket.root)  # type: ignore[attr-defined]
        self.place = MachinePlace(**{**vars(place), "bucket": self.bucket})
        self.place.log.mkdir()
        self.logs = Logs()
        self.now = 1000.0
        monkeypatch.setattr("clusterwright.node.logs.time.monotonic", lambda: self.now)

    def wait(self, seconds: float, failed: bool = False) -> list[str]:
        """What is sent after so many seconds."""
        self.now += seconds
        self.logs.publish(self.place, failed)
        return self.bucket.written()

    def step(self, name: str, text: str) -> None:
        (self.place.log / f"{name}.log").write_text(text)

    def read(self, name: str) -> bytes:
        return self.bucket.read(f"reports/logs/i-1/{name}.log")


@pytest.fixture
def machine(place: MachinePlace, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(place, monkeypatch)


def test_steps_and_slurm_and_journals_are_there_to_read(machine: Machine, programs: Programs, tmp_path: Path) -> None:
    machine.step("65-slurm", "wrote slurm.conf\n")
    (tmp_path / "slurm").mkdir()
    (tmp_path / "slurm" / "slurmd.log").write_text("slurmd started\n")
    programs.let("journalctl", 'echo "of $*"')
    assert machine.wait(0) == [
        "i-1/65-slurm.log",
        "i-1/slurmd.log",
        "i-1/clusterwright.journal.log",
        "i-1/slurmd.journal.log",
    ]
    assert machine.read("65-slurm") == b"wrote slurm.conf\n"
    assert machine.read("slurmd.journal").startswith(b"of --quiet --no-pager --unit=slurmd --lines=")


def test_only_what_has_changed_is_sent_and_only_now_and_then(machine: Machine) -> None:
    machine.step("65-slurm", "one\n")
    machine.step("90-join", "one\n")
    assert len(machine.wait(0)) == 2
    machine.step("90-join", "two\n")
    assert machine.wait(PERIOD - 1) == []
    assert machine.wait(1) == ["i-1/90-join.log"]
    assert machine.wait(PERIOD) == []


def test_a_failed_node_is_looked_at_more_often(machine: Machine) -> None:
    machine.step("65-slurm", "one\n")
    machine.wait(0, failed=True)
    machine.step("65-slurm", "two\n")
    assert machine.wait(FAILED_PERIOD - 1, failed=True) == []
    assert machine.wait(1, failed=True) == ["i-1/65-slurm.log"]


def test_after_the_steps_have_run_nothing_is_waited_for(machine: Machine) -> None:
    machine.wait(0)
    machine.step("65-slurm", "one\n")
    machine.logs.hasten()
    assert machine.wait(1) == ["i-1/65-slurm.log"]


def test_a_bucket_that_does_not_answer_is_told_once_and_tried_again(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.step("65-slurm", "one\n")
    (machine.bucket.root / "refuse").touch()
    machine.wait(0)
    machine.wait(PERIOD)
    assert capsys.readouterr().err == "logs: not sent: no answer\n"
    (machine.bucket.root / "refuse").unlink()
    assert machine.wait(PERIOD) == ["i-1/65-slurm.log"]


def test_a_journal_that_cannot_be_had_says_why(machine: Machine, programs: Programs) -> None:
    programs.let("journalctl", "echo no journal files >&2; exit 1")
    machine.wait(0)
    assert machine.read("slurmd.journal").endswith(b"failed: no journal files\n")


def test_the_log_of_a_failed_step_outlives_the_next_try(machine: Machine) -> None:
    machine.step("65-slurm", "slurm.conf is not valid")
    keep_failed(machine.place, "65-slurm")
    machine.step("65-slurm", "")
    assert machine.wait(0) == ["i-1/65-slurm.failed.log"]


def test_that_a_log_cannot_be_kept_is_told(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    keep_failed(machine.place, "65-slurm")
    assert capsys.readouterr().err.startswith("logs: that of 65-slurm is not kept: ")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        (b"", b""),
        (b"the last words", b"the last words\n"),
        (b"x" * (WINDOW - 1) + b"\n", b"x" * (WINDOW - 1) + b"\n"),
        (b"one\n" + b"x" * (WINDOW - 1) + b"\n", b"x" * (WINDOW - 1) + b"\n"),
        (b"one\n" + b"x" * (WINDOW - 2) + b"\ny\n", b"y\n"),
        (b"x" * 3 * WINDOW, b""),
    ],
)
def test_a_log_ends_in_whole_lines_that_fit_the_window(tmp_path: Path, text: bytes, end: bytes) -> None:
    (tmp_path / "log").write_bytes(text)
    assert end_of(tmp_path / "log") == end
