"""A report is written when it says something new, and at its heartbeat; silence is judged by the node's own period."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from clusterwright.bucket.folder import FolderBucket
from clusterwright.node.objects import read_object
from clusterwright.node.place import MachinePlace
from clusterwright.node.report import Report, Step, is_healthy, is_lost
from tests.node.conftest import Cluster

CLOCK = "clusterwright.node.report.time.time"


def published(report: Report) -> dict[str, Any]:
    report.publish()
    return read_object(report.place.bucket, report.place.report_key) or {}


@pytest.mark.parametrize(("provider", "period"), [("local", 2.0), ("aws", 15.0), ("gcp", 15.0)])
def test_the_heartbeat_is_slower_where_requests_are_charged_for(
    place: MachinePlace, monkeypatch: pytest.MonkeyPatch, provider: str, period: float
) -> None:
    now = [1000.0]
    monkeypatch.setattr(CLOCK, lambda: now[0])
    report = Report(dataclasses.replace(place, provider=provider))
    assert published(report)["period"] == period
    now[0] += period - 0.1
    assert published(report)["heartbeat"] == 1000.0
    now[0] += 0.1
    assert published(report)["heartbeat"] == 1000.0 + period


def test_news_does_not_wait_for_the_heartbeat_but_the_age_of_a_step_does(
    place: MachinePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(CLOCK, lambda: now[0])
    step = Step("50-software")
    report = Report(dataclasses.replace(place, provider="aws"), steps=[step], cluster={"spend": 1})
    published(report)
    now[0], step.seconds, report.cluster, report.load = 1001.0, 1.0, {"spend": 2}, {"gpu_utilisation": 90.0}
    assert published(report)["heartbeat"] == 1000.0
    step.state = "ok"
    written = published(report)
    assert (written["heartbeat"], written["steps"][0]["seconds"], written["cluster"]) == (1001.0, 1.0, {"spend": 2})


class Full(FolderBucket):
    def write(self, key: str, data: bytes) -> None:
        raise OSError(28, "No space left on device")


def test_a_bucket_that_takes_no_report_is_told_once_and_stops_nothing(
    place: MachinePlace, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    report = Report(dataclasses.replace(place, bucket=Full(tmp_path_factory.mktemp("full"))))
    report.publish()
    report.publish()
    assert capsys.readouterr().err.count("report: not written: [Errno 28] No space left on device") == 1


def test_a_process_node_has_no_machine(cluster: Cluster) -> None:
    Report(cluster.place).publish()
    report = cluster.report()
    assert (report["schema"], report["provider"], report["machine"], report["boot"]) == (2, "local", None, None)
    assert "cluster" not in report, "the head's alone"


@pytest.mark.parametrize(
    ("report", "lost_at"),
    [({}, 15.0), ({"period": 2.0}, 15.0), ({"period": 15.0}, 112.5), ({"period": None}, 15.0)],
)
def test_a_node_is_lost_after_its_own_periods(report: dict[str, Any], lost_at: float) -> None:
    said = {**report, "heartbeat": 1000.0, "state": "healthy"}
    assert is_healthy(said, 1000.0 + lost_at)
    assert is_lost(said, 1000.0 + lost_at + 0.1)
    assert not is_healthy(said, 1000.0 + lost_at + 0.1)
    assert is_lost(said, 1000.0 - lost_at - 0.1), "a clock that was set back must not make it live on"
    assert is_lost(None, 0.0)
