from __future__ import annotations

import pytest

from clusterwright.live.reading import Memory
from clusterwright.live.runs import run_names
from clusterwright.live.state import Snapshot, read_snapshot
from clusterwright.node.report import LOST_AFTER

JOB = "0a1b2c3d4e5f"
RUN = f"{JOB}.1"
NOW = 1_780_000_000.0


def look(bucket) -> Snapshot:
    return read_snapshot(bucket.storage, NOW)


def states(snapshot: Snapshot) -> dict[str, str]:
    return {node.name: node.state for node in snapshot.nodes}


def test_an_empty_bucket_is_not_deployed(bucket) -> None:
    snapshot = look(bucket)
    assert not snapshot.deployed
    assert snapshot.nodes == ()
    assert snapshot.run is None
    assert snapshot.problems == ()


def test_nodes_that_the_job_waits_for_are_starting_until_they_report(bucket) -> None:
    bucket.deploy()
    bucket.report("train-2", "converging", reason="installing")
    assert states(look(bucket)) == {"head": "starting", "train-1": "starting", "train-2": "converging"}


def test_a_node_is_lost_when_its_heartbeat_is_too_old(bucket) -> None:
    bucket.deploy()
    bucket.report("train-1", age=LOST_AFTER)
    bucket.report("train-2", age=LOST_AFTER + 0.1)
    assert states(look(bucket)) == {"head": "starting", "train-1": "healthy", "train-2": "lost"}


def test_nodes_are_in_the_order_of_their_numbers_behind_the_head(bucket) -> None:
    bucket.deploy(nodes=1)
    for name in ("train-10", "train-2", "head"):
        bucket.report(name)
    assert [node.name for node in look(bucket).nodes] == ["head", "train-1", "train-2", "train-10"]


def test_a_converging_node_names_the_step_it_is_at(bucket) -> None:
    bucket.deploy()
    steps = [
        {"name": "10-folders", "state": "ok", "seconds": 0.1},
        {"name": "30-software", "state": "running", "seconds": 12.0},
    ]
    bucket.report("train-1", "converging", steps=steps)
    node = next(node for node in look(bucket).nodes if node.name == "train-1")
    assert node.step is not None
    assert node.step.label == "software"


def test_a_run_halfway_shows_its_phases_and_numbers(bucket) -> None:
    bucket.halfway()
    run = look(bucket).run
    assert run is not None
    assert (run.name, run.state, run.phase, run.members) == (RUN, "running", "pretrain", ("train-1", "train-2"))
    assert [(phase.name, phase.state) for phase in run.phases] == [
        ("prepare", "done"),
        ("pretrain", "running"),
        ("finetune", "pending"),
        ("evaluate", "pending"),
    ]
    pretrain = run.phases[1]
    assert (pretrain.step, pretrain.steps, pretrain.share) == (450, 900, 0.5)
    assert pretrain.seconds_left == pytest.approx(179.0)  # 180 s left, written one second ago
    assert run.metric is not None
    assert run.metric.step == 450
    assert run.heldout is not None
    assert run.heldout.step == 360


def test_a_phase_that_has_said_nothing_yet_is_starting(bucket) -> None:
    bucket.deploy()
    bucket.start(phase="prepare")
    run = look(bucket).run
    assert run is not None
    assert (run.phases[0].state, run.phases[0].message) == ("running", "its processes are starting")


def test_the_current_run_is_the_newest_of_the_declared_job(bucket) -> None:
    bucket.deploy()
    bucket.request(f"{JOB}.9")
    bucket.request(f"{JOB}.10")
    bucket.request("ffffffffffff.99")
    run = look(bucket).run
    assert run is not None
    assert (run.name, run.state) == (f"{JOB}.10", "queued")


def test_without_control_the_current_run_is_the_one_asked_for_last(bucket) -> None:
    bucket.request(f"{JOB}.1", requested=NOW - 10)
    bucket.request("ffffffffffff.1", requested=NOW - 20)
    run = look(bucket).run
    assert run is not None
    assert run.name == f"{JOB}.1"


def test_names_that_are_no_runs_are_left_out(bucket) -> None:
    for name in (RUN, "data", f"{JOB}.0", f"{JOB}.1.old"):
        bucket.write(f"jobs/{name}/request.json", {})
    assert run_names(bucket.storage) == (RUN,)


def test_a_users_own_command_has_the_phases_that_its_launch_says(bucket) -> None:
    launch = {"job_id": JOB, "group": "train", "nodes": 1, "phases": ["command"], "command": ["a.py"]}
    facts = {"provider": "aws", "groups": [{"name": "train", "max": 1}]}
    job = {"phases": ["prepare", "pretrain"]}
    bucket.bundle({"facts/cluster.json": facts, "job/launch.json": launch, "job/job.json": job}, "ab" * 32)
    bucket.start(phase="command")
    run = look(bucket).run
    assert run is not None
    assert [(phase.name, phase.state) for phase in run.phases] == [("command", "running")]


def test_a_bundle_is_fetched_once(bucket) -> None:
    bucket.deploy()
    memory = Memory()
    first = read_snapshot(bucket.storage, NOW, memory)
    bucket.storage.delete(f"control/bundles/{'ab' * 32}.tar.gz")
    assert read_snapshot(bucket.storage, NOW, memory) == first


def test_attempts_beyond_the_first_count_as_restarts(bucket) -> None:
    bucket.halfway()
    bucket.write(f"jobs/{RUN}/progress/pretrain.json", {"phase": "pretrain", "attempts": 3, "seconds": 9.0})
    run = look(bucket).run
    assert run is not None
    assert run.restarts == 2


def test_a_failed_run_takes_its_reason_from_failure_json_when_its_status_has_none(bucket) -> None:
    bucket.deploy()
    bucket.start(phase="pretrain")
    bucket.status("failed", phase="pretrain")
    bucket.write(
        f"jobs/{RUN}/failure.json", {"phase": "pretrain", "rank": 1, "reason": "the loss is nan", "retry": False}
    )
    run = look(bucket).run
    assert run is not None
    assert run.reason == "the loss is nan"
    assert [phase.state for phase in run.phases] == ["pending", "failed", "pending", "pending"]


class TestHalfWrittenAndBroken:
    def test_a_half_written_last_line_is_left_out_in_silence(self, bucket) -> None:
        bucket.halfway()
        path = bucket.root / f"jobs/{RUN}/metrics.jsonl"
        path.write_text(path.read_text() + '{"time": 1, "phase": "pretr')
        snapshot = look(bucket)
        assert snapshot.problems == ()
        assert snapshot.run is not None
        assert snapshot.run.phases[1].step == 450

    def test_a_broken_line_is_left_out_and_said(self, bucket) -> None:
        bucket.halfway()
        path = bucket.root / f"jobs/{RUN}/metrics.jsonl"
        path.write_text(path.read_text() + "gibberish\n")
        (problem,) = look(bucket).problems
        assert problem.startswith(f"jobs/{RUN}/metrics.jsonl: 1 of 53 lines left out")
        assert "not JSON" in problem

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("{", "not JSON"),
            ("[]", "valid dictionary"),
            ('{"state": "dancing"}', "state: Input should be 'queued'"),
        ],
    )
    def test_a_broken_status_is_said(self, bucket, text: str, why: str) -> None:
        bucket.halfway()
        bucket.write(f"jobs/{RUN}/status.json", text)
        (problem,) = look(bucket).problems
        assert problem.startswith(f"jobs/{RUN}/status.json: ")
        assert why in problem

    def test_a_broken_report_is_said_and_its_node_is_as_if_it_had_not_reported(self, bucket) -> None:
        bucket.halfway()
        bucket.write("reports/train-1.json", "{}")
        snapshot = look(bucket)
        assert states(snapshot)["train-1"] == "starting"
        assert snapshot.problems[0].startswith("reports/train-1.json: node: Field required")

    @pytest.mark.parametrize("heartbeat", ["-1e999", "1e999", "NaN"])
    def test_a_time_that_is_none_breaks_the_report(self, bucket, heartbeat: str) -> None:
        report = '{"node": "train-1", "role": "compute", "state": "healthy", "heartbeat": %s}'
        bucket.halfway()
        bucket.write("reports/train-1.json", report % heartbeat)
        assert look(bucket).problems == ("reports/train-1.json: heartbeat: Input should be a finite number",)

    def test_a_missing_and_a_broken_bundle_are_said(self, bucket) -> None:
        bucket.write("control/current", "cd" * 32)
        assert look(bucket).problems == (
            f"control/bundles/{'cd' * 32}.tar.gz: is named by control/current, and is not there",
        )
        bucket.write(f"control/bundles/{'cd' * 32}.tar.gz", "no archive")
        assert "can't be read" in look(bucket).problems[0]

    def test_bytes_that_are_no_text_are_said(self, bucket) -> None:
        bucket.halfway()
        (bucket.root / "reports/head.json").write_bytes(b"\xff\xfe\x00")
        assert look(bucket).problems[0].startswith("reports/head.json: can't be read")


class TestBlocked:
    def test_a_failed_node_blocks_a_run_that_has_not_started(self, bucket) -> None:
        bucket.deploy()
        bucket.request()
        bucket.report("train-1", "failed", reason="40-health: torch does not import")
        assert look(bucket).blocked == "node train-1 has failed: 40-health: torch does not import"

    def test_a_refused_bundle_blocks_until_it_is_tried_again(self, bucket) -> None:
        bucket.deploy()
        rejected = {"digest": "ab" * 32, "reason": "30-software: no space left"}
        bucket.report("head", rejected=rejected, bundle="cd" * 32)
        assert look(bucket).blocked == "node head can't use the new bundle: 30-software: no space left"
        bucket.report("head", "converging", rejected=rejected, bundle="cd" * 32)
        assert look(bucket).blocked is None

    def test_a_run_that_goes_is_not_blocked_by_a_failed_node(self, bucket) -> None:
        bucket.halfway()
        bucket.report("train-1", "failed", reason="no space left")
        assert look(bucket).blocked is None
