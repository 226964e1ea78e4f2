"""The table of runs, and the wish to end one."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from clusterwright.errors import ClusterwrightError
from clusterwright.live import jobs
from clusterwright.live.reading import Memory, Reader
from clusterwright.live.rerun import RunRefused
from clusterwright.live.runs import RunLine, read_lines
from clusterwright.live.shortages import read_shortages
from clusterwright.node.runs import NAME

JOB = "0a1b2c3d4e5f"
RUN = f"{JOB}.1"
OTHER = "aaaaaaaaaaaa.1"
NOW = 1_780_000_000.0


@pytest.fixture
def up(bucket):
    """One run that goes, and one that waits."""
    bucket.deploy_machines()
    bucket.machine("head")
    bucket.start(phase="pretrain")
    bucket.request(OTHER, requested=NOW - 10)
    launch = {"job_id": OTHER[:12], "group": "train", "nodes": 3, "command": ["a.py"]}
    path = bucket.root / f"jobs/{OTHER}/request.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "launch": launch, "label": "try"}))
    bucket.status("queued", OTHER, reason="(Resources)")
    return bucket


def lines(bucket) -> tuple[RunLine, ...]:
    return read_lines(Reader(bucket.storage), NOW)


def test_each_run_has_a_line_in_the_order_of_the_requests(up) -> None:
    first, second = lines(up)
    assert (first.name, first.state, first.phase, first.nodes, first.seconds) == (RUN, "running", "pretrain", 2, 550.0)
    assert (second.name, second.state, second.label, second.nodes, second.seconds, second.reason) == (
        OTHER, "queued", "try", 3, None, "(Resources)",
    )  # fmt: skip


def test_a_run_that_has_ended_took_until_its_last_word(up) -> None:
    up.status("cancelled", updated=NOW - 500)
    assert lines(up)[0].seconds == 50.0


def test_a_folder_without_a_request_is_no_run(up) -> None:
    up.write("jobs/bbbbbbbbbbbb.1/source.tar.gz", "half sent")
    assert [line.name for line in lines(up)] == [RUN, OTHER]


def test_a_run_with_damaged_files_has_failed(up) -> None:
    up.write(f"jobs/{OTHER}/status.json", "{")
    found = lines(up)[1]
    assert found.state == "failed"
    assert found.reason is not None
    assert found.reason.startswith(f"jobs/{OTHER}/status.json: not JSON")


def test_what_has_ended_is_read_once(up, monkeypatch: pytest.MonkeyPatch) -> None:
    up.status("finished")
    memory = Memory()
    before = read_lines(Reader(up.storage, memory=memory), NOW)
    read: list[str] = []
    original = type(up.storage).read
    monkeypatch.setattr(type(up.storage), "read", lambda own, key, last=None: read.append(key) or original(own, key))
    assert read_lines(Reader(up.storage, memory=memory), NOW) == before
    assert {NAME.search(key)[0] for key in read} == {OTHER}  # pyright: ignore[reportOptionalSubscript]


def test_the_table_has_a_row_a_run_with_words_for_its_state(up) -> None:
    up.status("running", phase="pretrain", attempt=3)
    up.write(f"jobs/{OTHER}/cancel.json", {"requested": NOW})
    console = Console(file=io.StringIO(), width=140, record=True)
    jobs.show(console, lines(up))
    header, first, second = console.export_text().splitlines()
    assert header.split() == ["run", "name", "state", "phase", "nodes", "started", "took", "reason"]
    assert first.startswith(RUN)
    assert "running, attempt 3" in first
    assert "9 min 10 s" in first
    assert "try" in second
    assert "queued, being cancelled" in second
    assert "(Resources)" in second


def test_the_table_fits_a_narrow_terminal_without_columns_that_say_nothing(up) -> None:
    up.storage.delete(f"jobs/{OTHER}/request.json")
    up.storage.delete(f"jobs/{OTHER}/status.json")
    console = Console(file=io.StringIO(), width=80, record=True)
    jobs.show(console, lines(up))
    header, _ = console.export_text().splitlines()
    assert header.split() == ["run", "state", "phase", "nodes", "started", "took"]


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
@pytest.mark.parametrize("width", [80, 70])
def test_neither_a_state_nor_a_reason_is_ever_cut(up, terminal: bool, width: int) -> None:
    up.status(
        "running", phase="pretrain", attempt=3, reason="waiting for train-[1-2] to be ready, after " + "a loss " * 9
    )
    up.write(f"jobs/{RUN}/cancel.json", {"requested": NOW})
    up.status("queued", OTHER, reason="waiting in the queue (Resources)")
    out = io.StringIO()
    jobs.show(Console(file=out, width=width, force_terminal=terminal, no_color=True), lines(up))
    told = out.getvalue()
    for words in ("running,", "attempt 3", "being cancelled", "a loss " * 9, "waiting in the queue (Resources)"):
        assert words in told
    assert "\N{HORIZONTAL ELLIPSIS}" not in told
    assert len(told.splitlines()) == 3 or terminal


def test_what_others_wrote_has_nothing_that_a_terminal_would_obey(up) -> None:
    up.write("jobs/bbbbbbbbbbbb.1/request.json", {"run": "x", "job_id": "x", "requested": NOW, "label": "\x1b[31mtry"})
    up.status("queued", "bbbbbbbbbbbb.1", reason="a\nb")
    (found,) = (line for line in lines(up) if line.name == "bbbbbbbbbbbb.1")
    assert (found.label, found.reason) == ("\\x1b[31mtry", "a\\nb")


def test_programs_get_the_same_as_json(up) -> None:
    (first, second) = json.loads(jobs.as_json(lines(up)))
    assert (first["run"], first["job_id"], first["started"]) == (RUN, JOB, NOW - 550)
    assert (second["label"], second["started"], second["cancelling"]) == ("try", None, False)


def test_what_a_queued_run_waits_for_is_told_below_the_table(up) -> None:
    refused = {"asked": 4, "machines": 0, "reason": "VcpuLimitExceeded: your limit is 0"}
    groups = {"train": refused, "prep": {**refused, "reason": "nobody queues for this"}}
    assert jobs.waits(lines(up), read_shortages(Reader(up.storage)), "mine") == []
    up.machine("head", cluster={"groups": groups})
    waits, advice = jobs.waits(lines(up), read_shortages(Reader(up.storage)), "mine")
    assert waits == f"{OTHER}: waits for machines of train: the account's quota of vCPUs is used up"
    assert advice.startswith("train: no machine comes until this is mended: ask for more: ")


@pytest.mark.parametrize(
    ("run", "what"), [(RUN, "is ended by the head within seconds"), (OTHER, "leaves the queue"), ("try", "leaves")]
)
def test_a_run_is_cancelled_by_its_name_or_by_what_its_owner_calls_it(up, run: str, what: str) -> None:
    assert what in jobs.request_cancel(up.storage, "mine", run, NOW)
    name = RUN if run == RUN else OTHER
    assert json.loads((up.root / f"jobs/{name}/cancel.json").read_text()) == {"run": name, "requested": NOW}
    assert "already" in jobs.request_cancel(up.storage, "mine", run, NOW)


@pytest.mark.parametrize("state", ["finished", "failed", "cancelled", "superseded"])
def test_what_has_ended_can_not_be_cancelled(up, state: str) -> None:
    up.status(state)
    with pytest.raises(RunRefused, match=f"run {RUN} is {state} already, so there is nothing to cancel"):
        jobs.request_cancel(up.storage, "mine", RUN, NOW)
    assert not up.storage.exists(f"jobs/{RUN}/cancel.json")


def test_a_run_that_was_cancelled_by_name_is_found_by_it_again(up) -> None:
    jobs.request_cancel(up.storage, "mine", "try", NOW)
    up.status("cancelled", OTHER)
    with pytest.raises(RunRefused, match=f"run {OTHER} is cancelled already"):
        jobs.request_cancel(up.storage, "mine", "try", NOW)


def test_of_runs_that_were_called_the_same_the_one_that_goes_is_meant_else_the_last(up) -> None:
    again = "bbbbbbbbbbbb.1"
    up.write(f"jobs/{again}/request.json", {"run": again, "job_id": "b", "requested": NOW, "label": "try"})
    up.status("failed", again)
    assert jobs.find_run(lines(up), "mine", "try").name == OTHER
    up.status("finished", OTHER)
    assert jobs.find_run(lines(up), "mine", "try").name == again


def test_an_unknown_run_is_answered_with_those_that_go(up) -> None:
    with pytest.raises(ClusterwrightError, match=rf"no run {JOB}\.9\n  why: runs that are going: {RUN}, {OTHER}"):
        jobs.request_cancel(up.storage, "mine", f"{JOB}.9", NOW)


def test_a_name_that_several_runs_have_is_not_guessed(up) -> None:
    up.write("jobs/bbbbbbbbbbbb.1/request.json", {"run": "x", "job_id": "x", "requested": NOW, "label": "try"})
    with pytest.raises(ClusterwrightError, match="several runs are called so: "):
        jobs.request_cancel(up.storage, "mine", "try", NOW)


def test_a_cluster_of_processes_has_runs_and_cancels_none(bucket) -> None:
    bucket.deploy()
    bucket.start()
    assert [line.name for line in lines(bucket)] == [RUN]
    with pytest.raises(RunRefused, match=r"can't be cancelled alone\n(.|\n)*make down STACK=mine"):
        jobs.request_cancel(bucket.storage, "mine", RUN, NOW)
    assert not bucket.storage.exists(f"jobs/{RUN}/cancel.json")


def test_a_request_that_is_nested_too_deep_is_named_and_hides_no_other_run(up) -> None:
    up.write(f"jobs/{OTHER}/request.json", "[" * 100_000)
    reader = Reader(up.storage)
    assert RUN in [line.name for line in read_lines(reader, NOW)]
    assert OTHER in reader.problems[0]


def test_a_time_that_no_calendar_has_is_unknown(up) -> None:
    up.write(f"jobs/{RUN}/members.json", {"nodes": ["train-1"], "started": 1e25})
    out = io.StringIO()
    jobs.show(Console(file=out, width=100), lines(up))
    assert "unknown" in out.getvalue()
