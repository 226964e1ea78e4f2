from __future__ import annotations

import io
import itertools
from collections.abc import Callable

import pytest
from rich.console import Console

from clusterwright.live import machines, screen, text, watch
from clusterwright.live.state import read_snapshot
from clusterwright.paths import BIN

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
    clock.at(50, lambda: bucket.report("train-1", age=-50))
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


class TestMachines:
    """A cluster of machines: phases, boots, money, the queue."""

    def draw(self, bucket, width: int = 140) -> str:
        console = Console(file=io.StringIO(), width=width, record=True)
        console.print(screen.render(read_snapshot(bucket.storage, NOW), "mine"))
        return "\n".join(line.rstrip() for line in console.export_text().splitlines())

    @pytest.fixture
    def up(self, bucket):
        bucket.deploy_machines(price=36.0)
        bucket.machine("head")
        bucket.ask("train-1", "train-2", "train-3")
        bucket.machine("train-1", booted=50)
        bucket.machine("train-2", "software", booted=16, steps=[{"name": "50-software", "state": "running"}])
        return bucket

    def row(self, drawn: str, node: str) -> str:
        return next(line for line in drawn.splitlines() if line.startswith(f"{node} "))

    def test_each_node_shows_its_phase_with_the_time_in_it(self, up) -> None:
        drawn = self.draw(up)
        assert self.row(drawn, "train-2").split()[1:4] == ["software", "10", "s"]
        assert "asked" in self.row(drawn, "train-3")
        assert "no machine has taken the name yet" in drawn

    def test_a_healthy_node_shows_its_boot_by_phase(self, up) -> None:
        row = self.row(self.draw(up), "train-1")
        assert "30 s: booting 2.0 s, bundle 1.0 s, disks 3.0 s, software 20 s, joining 4.0 s" in row

    def test_a_failed_node_shows_why_and_its_last_lines(self, up) -> None:
        up.machine("train-2", "failed", reason="30-mounts: /scratch is not there", log_tail=["mount.lustre: no route"])
        drawn = self.draw(up)
        assert "30-mounts: /scratch is not there" in drawn
        assert "mount.lustre: no route" in drawn
        assert "failed: train-2. To look: .venv/bin/clusterwright logs mine train-2" in drawn

    def test_a_refused_bundle_is_told_with_the_reason_and_what_runs_instead(self, up) -> None:
        rejected = {"digest": "ab" * 32, "reason": "65-slurm: slurmctld does not start"}
        up.machine("head", rejected=rejected, bundle="cd" * 32)
        told = "head: rolled back to cdcdcdcdcdcd; bundle abababababab was refused: 65-slurm: slurmctld does not start"
        assert told in self.draw(up)

    def test_groups_money_and_the_queue_are_told_below_the_nodes(self, up) -> None:
        spend = {"usd": 12.0, "usd_per_hour": 72.0, "limit_usd": None}
        groups = {"train": {"asked": 3, "machines": 2, "idle": 1, "reason": "the moon is full"}}
        up.machine("head", cluster={"groups": groups, "spend": spend})
        up.start(phase="pretrain")
        up.request("aaaaaaaaaaaa.1")
        up.status("queued", "aaaaaaaaaaaa.1", reason="(Resources)")
        drawn = self.draw(up)
        assert "train: 3 asked for, 2 machines, 1 idle; the moon is full" in drawn
        assert "cost: 12.00 USD so far, 72.00 USD/h, GPUs idle in boot 0.46 USD (2 machines, 23 s each)" in drawn
        assert "run aaaaaaaaaaaa.1: queued: (Resources)" in drawn

    def test_nodes_with_older_settings_are_told_with_what_ends_them(self, up, clock) -> None:
        names = ["train-1", "train-2", "train-3", "train-7", "train-9"]
        up.machine("head", cluster={"groups": {"train": {"outdated": names}, "prep": {"outdated": []}}})
        told = (
            "train: train-1, train-2, train-3 and 2 more started with older settings than the spec's, which their next "
            "machines have. To end them when their jobs have ended, on the head: `sudo scontrol update "
            "NodeName=train-[1-3,7,9] State=POWER_DOWN_ASAP`"
        )
        clock.at(20, interrupt)
        assert lines(follow(up, clock)[1]).count(told) == 1, "not again at each look"

    def refuse(self, up, reason: str) -> None:
        group = {"asked": 3, "machines": 2, "idle": 1, "reason": reason, "since": NOW - 600}
        up.machine("head", cluster={"groups": {"train": group}})

    def test_a_group_without_capacity_is_told_with_cause_since_when_and_what_helps(self, up, clock) -> None:
        self.refuse(up, "Could not launch On-Demand Instances. InsufficientInstanceCapacity - none is free.")
        up.request()
        up.status("queued", reason="(Resources)")
        cause = f"AWS has no machine of this type free in the zone, since {text.clock(NOW - 600)}"
        helps = "train: the head keeps asking. If it takes too long: a reservation or a capacity block"
        drawn = self.draw(up)
        assert f"train: 3 asked for, 2 machines, 1 idle; {cause}" in drawn
        assert helps in drawn
        clock.at(20, interrupt)
        output = lines(follow(up, clock)[1])
        assert f"group train: 3 asked for, 2 machines, 1 idle; {cause}" in output
        assert len([line for line in output if line.startswith(helps)]) == 1, "not again at each look"
        assert f"run {RUN} is queued: (Resources): {cause} (software)" in output

    def test_what_only_a_person_mends_is_told_as_such_with_the_command(self, up) -> None:
        self.refuse(up, "The image id '[ami-1]' does not exist")
        drawn = " ".join(self.draw(up).split())
        assert "train: no machine comes until this is mended: " in drawn
        assert f"`{BIN}/clusterwright lock mine`" in drawn
        assert "`make up STACK=mine`" in drawn

    def test_a_refusal_that_nobody_knows_is_told_as_it_is(self, up) -> None:
        self.refuse(up, "the moon is full")
        drawn = self.draw(up)
        assert f"1 idle; the moon is full, since {text.clock(NOW - 600)}" in drawn
        assert "until this is mended" not in drawn

    def test_what_the_head_can_not_do_is_told(self, up, clock) -> None:
        spend = {"usd": 1.0, "notes": ["the limit is reached: nothing new starts"]}
        up.machine("head", cluster={"reasons": ["slurmctld does not answer"], "spend": spend})
        said = ["head: slurmctld does not answer", "head: the limit is reached: nothing new starts"]
        assert [line for line in self.draw(up).splitlines() if line.startswith("head:")] == said
        clock.at(4, interrupt)
        assert [line for line in lines(follow(up, clock)[1]) if line.startswith("head:")] == said

    def test_a_notice_of_the_cloud_is_told(self, up) -> None:
        up.machine("train-1", notice="spot: ends at 17:02")
        assert "notice: spot: ends at 17:02" in self.draw(up)

    def test_lines_tell_each_phase_once_and_the_boot_at_its_end(self, up, clock) -> None:
        up.ask("train-1", "train-2")
        clock.at(3, lambda: up.machine("train-2", "joining", booted=26))
        clock.at(4, lambda: up.machine("train-2", booted=40))
        clock.at(8, interrupt)
        output = lines(follow(up, clock)[1])
        assert [line for line in output if line.startswith("node train-2")] == [
            "node train-2: software",
            "node train-2: joining",
            "node train-2: healthy",
        ]
        (boot,) = (line for line in output if line.startswith("boot: "))
        assert boot == (
            "boot: train-2 was last, 30 s from its boot: "
            "booting 2.0 s, bundle 1.0 s, disks 3.0 s, software 20 s, joining 4.0 s"
        )
        assert "cost: unknown so far, unknown/h, GPUs idle in boot 0.60 USD (2 machines, 30 s each)" in output

    def test_the_way_from_up_to_healthy_is_told_where_it_is_known(self, bucket) -> None:
        bucket.deploy_machines(job_id=None)
        now = (bucket.root / "control/current").stat().st_mtime
        bucket.machine("head", booted=NOW - now - 2, heartbeat=now + 40)
        snapshot = read_snapshot(bucket.storage, now + 40)
        assert machines.boot(snapshot) == (
            "boot: up to healthy 32 s; head was last, 30 s from its boot: "
            "booting 2.0 s, bundle 1.0 s, disks 3.0 s, software 20 s, joining 4.0 s"
        )

    @pytest.mark.parametrize("height", [21, 24, 26])
    def test_what_a_small_terminal_has_no_rows_for_is_counted(self, up, height: int) -> None:
        up.start(phase="pretrain")
        for number in range(1, 9):
            up.request(f"aaaaaaaaaaaa.{number}")
        console = Console(file=io.StringIO(), width=80, height=height, record=True)
        console.print(screen.fitting(console, read_snapshot(up.storage, NOW), "mine"))
        drawn = console.export_text().splitlines()
        queue = [line for line in drawn if line.startswith("run aaaa")]
        assert len(drawn) <= height
        assert f"and {8 - len(queue)} more runs" in [line.rstrip() for line in drawn]

    @pytest.mark.parametrize(
        ("asked", "whole"), [(-800, "up to healthy 15 min 02 s; "), (-60, "asked for to healthy 40 s; "), (-40, "")]
    )
    def test_nodes_that_come_again_count_from_when_they_were_asked_for(self, bucket, asked: float, whole: str) -> None:
        bucket.deploy_machines(job_id=None)
        now = (bucket.root / "control/current").stat().st_mtime + 922
        bucket.machine("head", booted=NOW - now + 920, heartbeat=now)
        bucket.machine("train-1", booted=NOW - now + 50, heartbeat=now)
        bucket.write("nodes/asked/train.json", {"names": ["train-1"], "time": now + asked})
        told = machines.boot(read_snapshot(bucket.storage, now))
        assert told is not None
        assert told.startswith(f"boot: {whole}train-1 was last, 30 s from its boot: ")

    def test_a_step_that_takes_long_is_named_with_its_time(self, up, clock) -> None:
        step = {"name": "80-health", "state": "running", "seconds": 185.0}
        up.machine("train-2", "joining", booted=300, steps=[step])
        assert "joining: health" in self.row(self.draw(up), "train-2")
        clock.at(20, interrupt)
        assert [line for line in lines(follow(up, clock)[1]) if "(health for 3 min)" in line]

    def test_a_queued_run_waits_for_what_slurm_says(self, up, clock) -> None:
        up.request()
        up.status("queued", reason="(Resources)")
        clock.at(20, interrupt)
        output = lines(follow(up, clock)[1])
        assert f"run {RUN} is queued: (Resources) (software)" in output

    def test_runs_beside_the_jobs_come_and_go(self, up, clock) -> None:
        clock.at(2, lambda: up.request("aaaaaaaaaaaa.1"))
        clock.at(4, lambda: up.status("running", "aaaaaaaaaaaa.1"))
        clock.at(6, lambda: up.status("finished", "aaaaaaaaaaaa.1"))
        clock.at(8, interrupt)
        output = lines(follow(up, clock)[1])
        assert [line for line in output if "aaaa" in line] == [
            "run aaaaaaaaaaaa.1: queued",
            "run aaaaaaaaaaaa.1: running",
            "run aaaaaaaaaaaa.1: finished",
        ]

    def test_a_run_beside_the_job_that_failed_says_how_and_where_to_look(self, up, clock) -> None:
        other = "aaaaaaaaaaaa.1"
        up.request(other)
        up.write(f"jobs/{other}/members.json", {"nodes": ["train-1"], "started": NOW - 10})
        up.status("running", other)
        clock.at(6, lambda: up.status("failed", other, reason="it ended with exit code 3", updated=NOW + 6))
        clock.at(8, interrupt)
        output = lines(follow(up, clock)[1])
        assert [line for line in output if "aaaa" in line][1:] == [
            f"run {other}: failed after 16 s: it ended with exit code 3. "
            f"To look: .venv/bin/clusterwright logs local {other}"
        ]

    def test_a_node_shows_the_run_that_has_it(self, up) -> None:
        up.start(phase="pretrain")
        up.request("aaaaaaaaaaaa.1")
        up.write("jobs/aaaaaaaaaaaa.1/members.json", {"nodes": ["train-3"], "started": NOW})
        up.status("running", "aaaaaaaaaaaa.1", phase="command")
        drawn = self.draw(up)
        assert f"{RUN} pretrain" in self.row(drawn, "train-1")
        assert "aaaaaaaaaaaa.1 command" in self.row(drawn, "train-3")
        assert "idle" not in self.row(drawn, "train-1") + self.row(drawn, "head")

    def test_a_cancelled_run_ends_the_watch_with_1(self, up, clock) -> None:
        up.start(phase="pretrain")
        clock.at(5, lambda: up.status("cancelled"))
        status, _, said = follow(up, clock)
        assert status == 1
        assert said == [f"run {RUN} was cancelled; to run it again: .venv/bin/clusterwright rerun local"]

    def test_a_finished_job_ends_with_what_still_costs(self, up, clock) -> None:
        up.ask("train-1")
        up.storage.delete("nodes/claims/train-2.json")
        up.machine("head", cluster={"after_finish": {"head": 2.4}})
        up.finish()
        assert follow(up, clock)[2][1:] == ["still costs a day: head 2.40 USD"]


class TestAway:
    """The network that the bucket is behind may be away for a while: that ends nothing."""

    @pytest.fixture
    def away(self, bucket, clock, monkeypatch: pytest.MonkeyPatch):
        bucket.halfway()
        original = type(bucket.storage).read

        def read(own, key: str, last: int | None = None) -> bytes:
            if NOW + 3 <= clock.now < NOW + 9:
                raise OSError("no route to host")
            return original(own, key, last)

        monkeypatch.setattr(type(bucket.storage), "read", read)
        return bucket

    def test_lines_say_so_once_and_go_on(self, away, clock) -> None:
        clock.at(20, away.finish)
        status, output, _ = follow(away, clock)
        assert status == 0
        assert output.count("the bucket can't be asked: no route to host. Still watching.") == 1

    def test_the_screen_says_so_below_what_it_saw_last(self, away, clock) -> None:
        output = io.StringIO()
        console = Console(file=output, width=100, force_terminal=True)
        clock.at(7, interrupt)
        said: list[str] = []
        watch.follow(
            away.storage, "local", watch.Screen(console, "local"), said.append, until_finished=True, interval=1.0,
            clock=lambda: clock.now, sleep=clock.sleep,
        )  # fmt: skip
        last = output.getvalue().rpartition("Clusterwright")[2]
        assert "450 / 900" in last
        assert "no route to host" in last
