"""Once a minute, beside the head's loop; and what goes wrong is told by the head and stops nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from clusterwright.node.metrics import SendError
from clusterwright.node.metrics.meter import Meter
from clusterwright.node.slurm.head import Head
from tests.node.slurm.fakes import node
from tests.node.slurm.test_head import NAME, World


class AtOnce(Executor):
    """Does what it is given before it returns."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Kept:
    """A cloud that keeps metrics, or refuses them with `error`."""

    def __init__(self) -> None:
        self.sent: list[Mapping[str, float]] = []
        self.times: list[float] = []
        self.error: Exception | None = None

    def send(self, values: Mapping[str, float], time: float) -> None:
        if self.error:
            raise self.error
        self.sent.append(values)
        self.times.append(time)


class Metered(World):
    """The head of tests/node/slurm/test_head.py, whose cloud keeps metrics."""

    def __init__(self, folder: Path) -> None:
        self.cloud = Kept()
        super().__init__(folder)

    def replace(self) -> Head:
        meter = Meter(self.bucket, lambda: self.cloud, AtOnce())
        return Head(self.place, self.bucket, self.facts, self.slurm, lambda _: self.group, self.count, meter)


@pytest.fixture
def world(tmp_path: Path) -> Metered:
    one = Metered(tmp_path)
    one.run_first()
    one.lend()
    one.cloud.sent.clear()
    return one


def test_the_head_tells_its_cloud_of_nodes_queue_money_and_training(world: Metered) -> None:
    at = world.now + 60.0
    load = {"gpu_utilisation": 95.0, "fabric_sent": 10.0, "fabric_received": 20.0}
    world.put("reports/train-1.json", state="healthy", heartbeat=at, period=2.0, load=load)
    line = {"phase": "pretrain", "tokens_per_s": 100.0}
    rows = [json.dumps({**line, "time": at - 10 * number}) for number in range(6, 0, -1)]
    world.bucket.write(f"jobs/{NAME}/metrics.jsonl", ("\n".join(rows) + "\n").encode())
    world.step(60.0)
    [values] = world.cloud.sent
    assert values["heartbeat"] == 1
    assert (values["nodes_busy"], values["failed_nodes"]) == (2, 0)
    assert (values["runs_running"], values["runs_queued"]) == (1, 0)
    assert (values["gpu_utilisation"], values["fabric_sent"], values["throughput_of_median"]) == (95.0, 10.0, 100.0)
    assert values["spend_usd"] > 100.0
    assert "spend_usd_per_hour" not in values, "the head's own price is not known"


def test_metrics_are_sent_once_a_minute(world: Metered) -> None:
    world.cloud.times.clear()
    for _ in range(90):
        world.step(2.0)
    assert [later - earlier for earlier, later in zip(world.cloud.times, world.cloud.times[1:], strict=False)] == [
        60.0,
        60.0,
    ]


def test_a_clock_that_is_set_back_delays_nothing(world: Metered) -> None:
    world.step(60.0)
    world.cloud.sent.clear()
    world.step(-3600.0)
    assert len(world.cloud.sent) == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SendError("CloudWatch refused PutMetricData"), "metrics: CloudWatch refused PutMetricData"),
        (KeyError("oops"), "metrics: KeyError: 'oops'"),
    ],
)
def test_a_failure_to_send_is_told_until_it_is_over_and_stops_nothing(
    error: Exception, said: str, world: Metered
) -> None:
    world.cloud.error = error
    world.step(60.0)
    told = world.step()
    assert (told["reasons"], told["groups"]["train"]["machines"]) == ([said], 2)
    world.cloud.error = None
    world.step(60.0)
    assert world.step()["reasons"] == []


def test_a_cloud_s_client_that_cannot_be_opened_is_told_and_tried_again(world: Metered) -> None:
    tries: list[Exception] = [ModuleNotFoundError("No module named 'boto3'")]

    def opened() -> Kept:
        if tries:
            raise tries.pop()
        return world.cloud

    world.head._meter = Meter(world.bucket, opened, AtOnce())
    world.step()
    assert world.step()["reasons"] == ["metrics: ModuleNotFoundError: No module named 'boto3'"]
    world.step(60.0)
    assert (world.step()["reasons"], len(world.cloud.sent)) == ([], 1)


@pytest.mark.parametrize("provider", ["aws", "gcp"])
def test_the_head_of_a_cluster_in_a_cloud_sends_and_that_of_one_on_this_machine_does_not(
    provider: str, tmp_path: Path
) -> None:
    world = World(tmp_path)
    assert world.head._meter is None
    facts = json.loads(world.facts.read_text())
    world.facts.write_text(json.dumps({**facts, "provider": provider, "cluster": "a", "region": "us-east-1"}))
    assert isinstance(world.replace()._meter, Meter)


def test_what_slurm_does_not_tell_is_not_sent(world: Metered, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent() -> Any:
        raise OSError("no answer")

    monkeypatch.setattr(world.slurm, "nodes", silent)
    monkeypatch.setattr(world.slurm, "jobs", silent)
    world.step(60.0)
    assert [values.keys() for values in world.cloud.sent] == [{"heartbeat", "spend_usd"}]


def test_a_node_that_failed_its_gate_is_told_after_slurm_has_given_it_up(world: Metered) -> None:
    world.slurm.known_nodes = [node("train-1", "DOWN", "POWERED_DOWN"), node("train-2", "ALLOCATED")]
    world.put("reports/train-1.json", state="failed", reason="no GPU", heartbeat=world.now + 60.0, period=2.0)
    world.step(60.0)
    assert world.cloud.sent[-1]["failed_nodes"] == 1


@pytest.mark.parametrize("text", [b"{", b"[]", b'{"heartbeat": "x", "period": 2, "load": 7}', b"\xff"])
def test_a_report_of_another_form_is_none(text: bytes, world: Metered) -> None:
    world.bucket.write("reports/train-1.json", text)
    world.step(60.0)
    assert "gpu_utilisation" not in world.cloud.sent[-1]
    assert world.step()["reasons"] == []


def test_a_folder_in_place_of_a_run_s_metrics_is_no_speed(world: Metered) -> None:
    world.bucket.write(f"jobs/{NAME}/metrics.jsonl/x", b"")
    world.step(60.0)
    assert "throughput_of_median" not in world.cloud.sent[-1]


def test_a_cloud_that_does_not_answer_keeps_the_head_waiting_for_nothing(tmp_path: Path) -> None:
    answered = threading.Event()

    class Slow(Kept):
        def send(self, values: Mapping[str, float], time: float) -> None:
            answered.wait(10.0)
            super().send(values, time)

    world = World(tmp_path)
    cloud = Slow()
    world.head = Head(
        world.place, world.bucket, world.facts, world.slurm, lambda _: world.group, world.count,
        Meter(world.bucket, lambda: cloud),
    )  # fmt: skip
    try:
        for _ in range(3):
            assert world.step(60.0)["reasons"] == []
        assert cloud.sent == [], "the head went on before there was an answer"
    finally:
        answered.set()
