"""What the head's numbers count, and that what is not known is no number."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clusterwright.node.metrics import UNITS, measure
from tests.node.slurm.fakes import job, node

NOW = 10_000.0
RUN, OTHER = f"{'a' * 12}.1", f"{'b' * 12}.1"


def report(state: str = "healthy", age: float = 0.0, **load: Any) -> dict[str, Any]:
    return {"state": state, "heartbeat": NOW - age, "period": 15.0, "load": load}


def lines(*speeds: float, last: float = NOW, **common: Any) -> bytes:
    """A line a minute, the newest at `last`."""
    kind = {"phase": "pretrain", "world_size": 16, **common}
    times = [last - 60 * (len(speeds) - 1 - number) for number in range(len(speeds))]
    rows = [{"time": time, "tokens_per_s": speed, **kind} for time, speed in zip(times, speeds, strict=True)]
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def test_nodes_are_counted_by_state_and_those_without_a_machine_are_none() -> None:
    nodes = [
        node("n-1", "ALLOCATED"),
        node("n-2", "IDLE"),
        node("n-3", "ALLOCATED", "POWERING_UP"),
        node("n-4", "IDLE", "DRAIN", reason="clusterwright: new bundle 0123"),
        node("n-5", "IDLE", "POWERED_DOWN"),
    ]
    assert measure.of_nodes(nodes, {}, NOW) == {
        "failed_nodes": 0, "nodes_busy": 1, "nodes_idle": 1, "nodes_starting": 1, "nodes_drained": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("state", "flags", "reason", "said", "failed"),
    [
        ("DOWN", ["POWERED_DOWN"], None, report("failed"), 1),
        ("DOWN", ["POWERED_DOWN"], None, report("failed", age=600.0), 0),
        ("DOWN", ["NOT_RESPONDING"], None, None, 1),
        ("IDLE", ["DRAIN"], "health check: a GPU is gone", report(), 1),
        ("IDLE", ["DRAIN"], f"first check of {RUN}: half the speed", report(), 1),
        ("IDLE", ["DRAIN"], "notice: the machine is taken back", report(), 0),
        ("IDLE", ["DRAIN", "POWERED_DOWN"], "health check: a GPU is gone", None, 0),
        ("IDLE", [], None, {"state": "failed"}, 0),
    ],
)
def test_failed_is_what_somebody_has_to_look_at(
    state: str, flags: list[str], reason: str | None, said: dict[str, Any] | None, failed: int
) -> None:
    reports = {} if said is None else {"n-1": said}
    found = measure.of_nodes([node("n-1", state, *flags, reason=reason)], reports, NOW)
    assert found["failed_nodes"] == failed


def test_gpus_that_wait_for_a_job_are_idle_and_those_of_silent_nodes_do_not_count() -> None:
    nodes = [node("n-1", "ALLOCATED"), node("n-2", "MIXED"), node("n-3"), node("n-4", "ALLOCATED"), node("n-5")]
    reports = {
        "n-1": report(gpu_utilisation=90.0, fabric_sent=5.0, fabric_received=1.0),
        "n-2": report(gpu_utilisation=70.0, fabric_sent=6.0),
        "n-3": report(gpu_utilisation=2.0, fabric_sent=100.0),
        "n-4": report(gpu_utilisation=0.0, age=600.0),
        "n-5": report(fabric_sent=1.0),
    }
    assert measure.of_load(nodes, reports, NOW) == {
        "gpu_utilisation": 160 / 3, "fabric_received": 1.0, "fabric_sent": 11.0,
    }  # fmt: skip


@pytest.mark.parametrize("value", ["90", None, True, float("nan"), float("inf"), -1.0, 101.0])
def test_what_is_no_share_of_a_gpu_is_not_counted(value: object) -> None:
    assert measure.of_load([node("n-1", "ALLOCATED")], {"n-1": report(gpu_utilisation=value)}, NOW) == {}


@pytest.mark.parametrize("value", [float("inf"), 1e300, 10**400, -5, "7"])
def test_one_node_s_nonsense_spoils_the_sum_of_no_other(value: object) -> None:
    nodes = [node("n-1", "ALLOCATED"), node("n-2", "ALLOCATED")]
    reports = {"n-1": report(fabric_sent=value), "n-2": report(fabric_sent=7.0)}
    assert measure.of_load(nodes, reports, NOW) == {"fabric_sent": 7.0}
    assert measure.of_load(nodes, {"n-1": {**report(fabric_sent=1.0), "heartbeat": 10**400}}, NOW) == {}


def test_the_phases_of_a_run_are_one_run() -> None:
    jobs = [
        job(1, f"{RUN}/pretrain"),
        job(2, f"{RUN}/finetune", "PENDING", "Dependency"),
        job(3, f"{OTHER}/pretrain", "PENDING"),
        job(4, "somebody/else", "PENDING"),
        job(5, f"{'c' * 12}.1/pretrain", "COMPLETED"),
    ]
    assert measure.of_queue(jobs) == {"runs_queued": 2, "runs_running": 1}


def test_a_sum_that_is_not_known_is_not_zero() -> None:
    assert measure.of_spend({"usd": 12.5, "usd_per_hour": None}) == {"spend_usd": 12.5}
    assert measure.of_spend(None) == {}


def test_a_run_is_compared_with_its_own_last_hour() -> None:
    slow = lines(*[1.0] * 70, *[1000.0] * 59, 500.0)
    assert measure.of_training([slow], NOW) == {"throughput_of_median": 50.0}


def test_the_slowest_of_several_runs_is_told() -> None:
    assert measure.of_training([lines(*[9.0] * 8, 3.0), lines(*[9.0] * 9)], NOW)["throughput_of_median"] < 34.0


def test_speeds_of_another_phase_or_number_of_ranks_are_none_of_its_own() -> None:
    before = lines(*[9000.0] * 20, world_size=32, last=NOW - 600) + lines(*[8000.0] * 20, phase="x", last=NOW - 600)
    assert measure.of_training([before + lines(*[4500.0] * 6)], NOW) == {"throughput_of_median": 100.0}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        lines(*[9.0] * 4),
        lines(*[9.0] * 9, last=NOW - 301.0),
        lines(*[0.0] * 9),
        lines(*[float("nan")] * 9),
        lines(*[float("inf")] * 9),
        lines(*[1e-320] * 9, 1e18),
        b'[1]\n"x"\n{"time": 1}\n' + b"[" * 100_000,
    ],
)
def test_of_a_run_that_tells_little_nothing_lately_or_nonsense_no_speed_is_known(data: bytes) -> None:
    assert measure.of_training([data], NOW) == {}


def test_a_line_that_is_cut_or_half_written_is_left_out() -> None:
    whole = lines(*[9.0] * 9)
    assert measure.of_training([whole[5:] + b'{"time": 1'], NOW) == {"throughput_of_median": 100.0}


def test_every_number_has_a_unit() -> None:
    nodes = [node("n-1", "ALLOCATED")]
    reports = {"n-1": report(gpu_utilisation=1.0, fabric_received=1.0, fabric_sent=1.0)}
    told = {
        **measure.of_nodes(nodes, reports, NOW),
        **measure.of_load(nodes, reports, NOW),
        **measure.of_queue([]),
        **measure.of_spend({"usd": 1.0, "usd_per_hour": 1.0}),
        **measure.of_training([lines(*[9.0] * 9)], NOW),
    }
    assert told.keys() == UNITS.keys() - {"heartbeat"}
