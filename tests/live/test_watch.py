from __future__ import annotations

import io
import itertools
from collections.abc import Callable

import pytest
from rich.console import Console

from clusterwright.live import screen, watch
from clusterwright.live.state import read_snapshot

JOB = "0a1b2c3d4e5f"
RUN = f"{JOB}.1"
NOW = 1_780_000_000.0


class Clock:
    """Time that passes only when one sleeps; `at` does something when a moment has come."""

    def __init__(self, bucket) -> None:
        self.bucket = bucket
        self.now = NOW
        self.plans: list[tuple[float, Callable[[], object]]] = []

    def at(self, seconds: float, do: Callable[[], object]) -> None:
        self.plans.append((NOW + seconds, do))

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        due = [do for when, do in self.plans if when <= self.now]
        self.plans = [(when, do) for when, do in self.plans if when > self.now]
        for do in due:
            do()
        if self.now > NOW + 3600:
            raise KeyboardInterrupt


def follow(bucket, clock: Clock, until_finished: bool = True) -> tuple[int, str, list[str]]:
    output = io.StringIO()
    said: list[str] = []
    status = watch.follow(
        bucket.storage,
        "local",
        watch.Lines(Console(file=output, width=80), "local"),
        said.append,
        until_finished=until_finished,
        interval=1.0,
        clock=lambda: clock.now,
        sleep=clock.sleep,
    )
    return status, output.getvalue(), said


@pytest.fixture
def clock(bucket) -> Clock:
    """With nodes that keep their heart beating."""
    clock = Clock(bucket)
    for second in itertools.islice(itertools.count(5, 5), 200):
        clock.at(second, lambda: [_beat(bucket, path.name, clock.now) for path in (bucket.root / "reports").glob("*")])
    return clock


def _beat(bucket, name: str, now: float) -> None:
    path = bucket.root / "reports" / name
    path.write_text(path.read_text().replace('"heartbeat": ', f'"heartbeat": {now}, "before": '))


def interrupt() -> None:
    raise KeyboardInterrupt


def lines(output: str) -> list[str]:
    """Without the time of day."""
    return [line[9:] for line in output.splitlines()]


def test_a_finished_run_ends_the_watch_with_0(bucket, clock) -> None:
    bucket.halfway()
    clock.at(20, bucket.finish)
    status, output, said = follow(bucket, clock)
    assert status == 0
    assert said == [f"run {RUN} has finished; its model and report: .venv/bin/clusterwright results local"]
    assert f"run {RUN}: finished" in lines(output)


def test_a_finished_run_does_not_end_the_watch_while_a_node_converges(bucket, clock) -> None:
    bucket.deploy()
    bucket.healthy()
    bucket.finish()
    bucket.report("train-1", "converging")
    clock.at(10, lambda: bucket.report("train-1", age=-10))
    assert follow(bucket, clock)[0] == 0
    assert clock.now - NOW == 10


def test_a_finished_run_does_not_hide_a_node_that_has_failed(bucket, clock) -> None:
    bucket.deploy()
    bucket.healthy()
    bucket.finish()
    bucket.report("train-1", "failed", reason="30-software: no space left on device")
    status, _, said = follow(bucket, clock)
    assert status == 1
    assert said[0] == "the job has finished, but node train-1 has failed: 30-software: no space left on device"


def test_a_failed_run_ends_the_watch_with_1_and_says_why_where_and_what_next(bucket, clock) -> None:
    bucket.halfway()
    clock.at(5, lambda: bucket.status("failed", phase="pretrain", reason="the gradient is nan"))
    status, _, said = follow(bucket, clock)
    assert status == 1
    assert said == [
        f"run {RUN} failed in phase pretrain: the gradient is nan",
        f"log: .venv/bin/clusterwright logs local train-1  (in the bucket: jobs/{RUN}/logs/)",
        "it is not run again by itself. When the cause is mended: .venv/bin/clusterwright rerun local; "
        "after a change of the job in the spec: make up",
    ]


def test_ctrl_c_ends_the_watch_with_130_and_says_that_the_cluster_goes_on(bucket, clock) -> None:
    bucket.halfway()
    clock.at(3, interrupt)
    status, _, said = follow(bucket, clock)
    assert status == 130
    assert said == [
        "stopped watching. The cluster goes on; watch again: .venv/bin/clusterwright watch local, stop it: make down",
    ]


def test_an_old_finished_run_of_another_job_does_not_end_the_watch(bucket, clock) -> None:
    bucket.finish("ffffffffffff.1")
    bucket.deploy()
    bucket.healthy()
    clock.at(30, bucket.finish)
    status, _, said = follow(bucket, clock)
    assert (status, clock.now - NOW) == (0, 30)
    assert RUN in said[0]


def test_a_superseded_run_is_waited_for_until_the_head_takes_it_up_again(bucket, clock) -> None:
    bucket.halfway()
    bucket.status("superseded", phase="pretrain")
    clock.at(40, bucket.finish)
    assert follow(bucket, clock)[0] == 0


def test_a_spec_without_a_job_ends_the_watch_when_every_node_is_healthy(bucket, clock) -> None:
    bucket.deploy(job_id=None)
    bucket.report("head", "converging")
    clock.at(10, lambda: bucket.report("head", age=-10))
    status, _, said = follow(bucket, clock)
    assert (status, said) == (0, ["every node is healthy; the spec has no job"])


def test_a_job_that_cannot_start_ends_the_watch_with_1_after_a_node_has_tried_twice(bucket, clock) -> None:
    bucket.deploy()
    bucket.healthy()
    bucket.report("train-1", "failed", reason="30-software: no space left on device")
    status, _, said = follow(bucket, clock)
    assert status == 1
    assert clock.now - NOW == watch.BLOCKED_FOR
    assert said[0] == "the job did not start: node train-1 has failed: 30-software: no space left on device"


def test_a_node_that_recovers_by_itself_does_not_end_the_watch(bucket, clock) -> None:
    bucket.deploy()
    bucket.healthy()
    bucket.report("train-1", "failed", reason="30-software: no network")
    clock.at(31, lambda: bucket.report("train-1", "converging", age=-31))
    clock.at(90, bucket.finish)
    assert follow(bucket, clock)[0] == 0


def test_a_cluster_taken_down_ends_the_watch_with_1(bucket, clock) -> None:
    bucket.halfway()
    clock.at(4, (bucket.root / "control/current").unlink)
    status, _, said = follow(bucket, clock)
    assert (status, said) == (
        1,
        ["the cluster was taken down while its job was watched; to bring it up: make up"],
    )


def test_a_lost_node_is_reported_with_what_mends_it(bucket, clock) -> None:
    bucket.halfway()
    bucket.report("train-2", age=20)
    clock.at(2, interrupt)
    output = lines(follow(bucket, clock)[1])
    assert "node train-2: lost: no heartbeat for 20 s" in output
    assert "lost: train-2. To mend: make up  (the job goes on from its checkpoint)" in output


def test_silence_is_said_once_in_a_while_and_the_watch_goes_on(bucket) -> None:
    bucket.deploy()
    clock = Clock(bucket)
    clock.at(400, interrupt)
    status, output, _ = follow(bucket, clock)
    said = [line for line in lines(output) if "no sign of life" in line]
    assert status == 130
    assert said == [
        "no sign of life from any node for 1 min 00 s. To look: .venv/bin/clusterwright logs local. To mend: make up. "
        "Still watching.",
        "no sign of life from any node for 6 min 00 s. To look: .venv/bin/clusterwright logs local. To mend: make up. "
        "Still watching.",
    ]


def test_plain_lines_are_few_when_nothing_but_the_step_changes(bucket, clock) -> None:
    bucket.halfway()
    path = bucket.root / f"jobs/{RUN}/metrics.jsonl"
    for second in range(1, 120):
        line = f'{{"time": {NOW + second}, "phase": "pretrain", "step": {450 + second}, "steps": 900, "loss": 6.1}}\n'
        clock.at(second, lambda line=line: path.write_text(path.read_text() + line))
    clock.at(120, interrupt)
    output = lines(follow(bucket, clock)[1])
    assert output[:4] == [
        "nodes head, train-1, train-2: healthy",
        f"run {RUN}: running",
        "phase prepare: done in 21 s",
        "phase pretrain: started",
    ]
    assert len(output) == 4 + 120 / watch.SAY_AGAIN - 1
    assert output[4].startswith("pretrain 465/900   loss 6.100")


def test_a_phase_without_steps_says_what_it_does_every_few_seconds(bucket, clock) -> None:
    bucket.deploy()
    bucket.healthy()
    bucket.start(phase="prepare")
    for second in range(0, 60, 2):
        line = {"time": NOW + second, "phase": "prepare", "message": f"tokenized {second} of 60 documents"}
        clock.at(second, lambda line=line: bucket.metrics(line))
    clock.at(46, interrupt)
    output = [line for line in lines(follow(bucket, clock)[1]) if "tokenized" in line]
    assert len(output) == 3
    assert output[0].startswith("prepare: tokenized 14 of 60 documents (")


def test_a_big_cluster_shares_lines(bucket, clock) -> None:
    bucket.deploy(nodes=100)
    for number in range(1, 101):
        bucket.report(f"train-{number}")
    clock.at(2, interrupt)
    output = lines(follow(bucket, clock)[1])
    assert output == ["node head: starting: no report yet", "nodes train-1, train-2, train-3 and 97 more: healthy"]


def test_a_broken_file_is_said_once(bucket, clock) -> None:
    bucket.halfway()
    bucket.write("reports/train-1.json", "{")
    clock.at(10, interrupt)
    output = follow(bucket, clock)[1]
    assert output.count("warning: reports/train-1.json: not JSON") == 1


class TestScreen:
    def draw(self, bucket, width: int = 100) -> str:
        console = Console(file=io.StringIO(), width=width, record=True)
        console.print(screen.render(read_snapshot(bucket.storage, NOW), "local", ("a note",)))
        return console.export_text()

    def test_shows_phases_numbers_and_nodes(self, bucket) -> None:
        bucket.halfway()
        drawn = self.draw(bucket)
        for words in ("✓ prepare", "▶ pretrain", "450 / 900", "2 min 59 s left", "MLM accuracy", "tokens/s", "train-2"):
            assert words in drawn
        assert "✓ software 42 s" in drawn.replace("\N{NO-BREAK SPACE}", " ")
        assert "a note" in drawn

    def test_states_are_words(self, bucket) -> None:
        bucket.halfway()
        bucket.report("train-1", age=99)
        bucket.report("train-2", "failed", reason="40-health: torch does not import")
        drawn = self.draw(bucket)
        assert "lost (no heartbeat for 1 min 39 s)" in drawn
        assert "40-health: torch does not import" in drawn

    def test_of_many_nodes_those_in_trouble_are_shown(self, bucket) -> None:
        bucket.deploy(nodes=500)
        for number in range(1, 501):
            bucket.report(f"train-{number}")
        bucket.report("train-377", age=99)
        drawn = self.draw(bucket)
        assert "train-377" in drawn
        assert "and 489 more" in drawn

    def test_markup_in_a_reason_is_text(self, bucket) -> None:
        bucket.halfway()
        bucket.report("train-1", "failed", reason="expected [/red] here")
        assert "expected [/red] here" in self.draw(bucket)
