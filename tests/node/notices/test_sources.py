"""What each cloud says of the end of a machine, as its documentation shows it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from clusterwright.node.health.facts import Facts
from clusterwright.node.notices import aws
from clusterwright.node.notices.aws import Aws
from clusterwright.node.notices.gcp import INSTANCE, Gcp
from clusterwright.node.notices.notice import Notice, Unreachable
from clusterwright.node.notices.planned import Planned
from tests.node.notices.conftest import Metadata

NOON = 1_546_300_800 + 20 * 86400 + 9 * 3600 + 43  # 2019-01-21T09:00:43Z
EVENT = """[{
  "NotBefore" : "21 Jan 2019 09:00:43 GMT",
  "Code" : "system-reboot",
  "Description" : "scheduled reboot",
  "EventId" : "instance-event-0d59937288b749b32",
  "NotAfter" : "21 Jan 2019 09:17:23 GMT",
  "State" : "active"
}]"""
UPCOMING = """{
  "can_reschedule": "true",
  "latest_window_start_time": "2019-01-21T09:00:43Z",
  "maintenance_status": "PENDING",
  "type": "SCHEDULED",
  "window_end_time": "2019-01-21T11:00:43Z",
  "window_start_time": "2019-01-21T09:00:43Z"
}"""


def told(cloud: Aws | Gcp) -> list[Notice]:
    """By all sources of a cloud. Raises Unreachable for the first that can't be asked."""
    return [notice for source in cloud.sources() for notice in source.notices()]


def test_nothing_is_told_on_a_quiet_day(metadata: Metadata) -> None:
    metadata.says[aws.MAINTENANCE] = "[]"
    assert told(Aws(metadata.address)) == []
    assert metadata.asked == [aws.SPOT, aws.MAINTENANCE, aws.REBALANCE]


def test_a_spot_machine_is_taken_back_at_once(metadata: Metadata) -> None:
    metadata.says[aws.SPOT] = '{"action": "terminate", "time": "2017-09-18T08:22:00Z"}'
    assert told(Aws(metadata.address)) == [
        Notice(
            "spot 2017-09-18T08:22:00Z",
            "preemption",
            "AWS takes this spot machine back at 2017-09-18T08:22:00Z (terminate)",
            0.0,
        )
    ]


def test_maintenance_is_told_days_ahead_and_acts_in_time(metadata: Metadata) -> None:
    metadata.says[aws.MAINTENANCE] = EVENT
    (notice,) = told(Aws(metadata.address))
    assert notice == Notice(
        "maintenance instance-event-0d59937288b749b32",
        "maintenance",
        "AWS has scheduled system-reboot for 2019-01-21T09:00:43Z",
        NOON - 900,
    )
    assert (notice.acts(NOON - 901), notice.acts(NOON - 900)) == (False, True)


@pytest.mark.parametrize("state", ["completed", "canceled"])
def test_maintenance_that_is_over_is_none(metadata: Metadata, state: str) -> None:
    metadata.says[aws.MAINTENANCE] = EVENT.replace("active", state)
    assert told(Aws(metadata.address)) == []


def test_an_expectation_is_only_noted(metadata: Metadata) -> None:
    metadata.says[aws.REBALANCE] = '{"noticeTime": "2020-10-27T08:22:00Z"}'
    (notice,) = told(Aws(metadata.address))
    assert (notice.kind, notice.acts(4e9)) == ("rebalance", False)


def test_a_token_serves_for_many_questions_and_is_renewed_when_refused(metadata: Metadata) -> None:
    cloud = Aws(metadata.address)
    told(cloud)
    told(cloud)
    assert metadata.tokens_given == 1
    metadata.token = "token-2"
    assert told(cloud) == []
    assert metadata.tokens_given == 2


@pytest.mark.parametrize(
    ("path", "answer", "says"),
    [
        (aws.SPOT, (500, ""), "answers /latest/meta-data/spot/instance-action with status 500"),
        (aws.SPOT, "<html>", "answers /latest/meta-data/spot/instance-action with what is not JSON"),
        (aws.SPOT, '{"when": "soon"}', "in a form that is not documented: 'time'"),
        (aws.MAINTENANCE, EVENT.replace("21 Jan", "January 21st"), "in a form that is not documented"),
    ],
)
def test_an_answer_that_says_nothing_is_not_taken_for_none(
    metadata: Metadata, path: str, answer: str | tuple[int, str], says: str
) -> None:
    metadata.says[path] = answer
    with pytest.raises(Unreachable, match=says):
        told(Aws(metadata.address))


@pytest.mark.parametrize("cloud", [Aws, Gcp])
def test_a_server_that_is_not_there_is_unreachable(cloud: Callable[[str], Aws | Gcp]) -> None:
    for source in cloud("http://127.0.0.1:1").sources():
        with pytest.raises(Unreachable, match="the metadata server does not answer"):
            source.notices()


@pytest.mark.parametrize(
    "upcoming",
    [None, "NONE", '"NONE"', (503, '{ "error": "no notifications have been received yet, try again later" }')],
)
def test_google_says_in_several_ways_that_there_is_nothing(
    metadata: Metadata, upcoming: str | tuple[int, str] | None
) -> None:
    metadata.says |= {INSTANCE + "preempted": "FALSE", INSTANCE + "maintenance-event": "NONE"}
    if upcoming:
        metadata.says[INSTANCE + "upcoming-maintenance?alt=json"] = upcoming
    assert told(Gcp(metadata.address)) == []
    assert len(metadata.asked) == 3


@pytest.mark.parametrize(
    ("key", "value", "kind", "from_time"),
    [
        ("preempted", "TRUE", "preemption", 0.0),
        ("maintenance-event", "TERMINATE_ON_HOST_MAINTENANCE", "maintenance", 0.0),
        ("maintenance-event", "MIGRATE_ON_HOST_MAINTENANCE", "migration", None),
        ("upcoming-maintenance?alt=json", UPCOMING, "maintenance", NOON - 900),
        (
            "upcoming-maintenance?alt=json",
            UPCOMING.replace("window_start_time", "windowStartTime"),
            "maintenance",
            NOON - 900,
        ),
    ],
)
def test_what_google_says(metadata: Metadata, key: str, value: str, kind: str, from_time: float | None) -> None:
    metadata.says[INSTANCE + key] = value
    (notice,) = told(Gcp(metadata.address))
    assert (notice.kind, notice.from_time) == (kind, from_time)


def test_a_preemption_is_seen_whatever_google_says_of_maintenance(metadata: Metadata) -> None:
    metadata.says |= {INSTANCE + "preempted": "TRUE", INSTANCE + "maintenance-event": "EXPLODE"}
    first, *_ = Gcp(metadata.address).sources()
    assert [notice.kind for notice in first.notices()] == ["preemption"]


def test_an_unknown_maintenance_is_not_taken_for_none(metadata: Metadata) -> None:
    metadata.says[INSTANCE + "maintenance-event"] = "EXPLODE"
    with pytest.raises(Unreachable, match="unknown maintenance: EXPLODE"):
        told(Gcp(metadata.address))


def test_the_end_of_a_block_is_known_from_the_plan(facts: Facts) -> None:
    (notice,) = Planned(replace(facts, drain_at=("2019-01-21T09:00:43Z",))).notices()
    assert (notice.kind, notice.from_time) == ("capacity_end", NOON)
    assert notice.reason == "the reserved capacity ends, its jobs stop at 2019-01-21T09:00:43Z"


def test_a_machine_that_runs_for_a_while_ends_after_its_first_boot(facts: Facts, tmp_path: Path) -> None:
    written = tmp_path / "node.env"
    written.touch()
    os.utime(written, (NOON, NOON))
    (notice,) = Planned(replace(facts, runs_for=86400), written).notices()
    assert (notice.kind, notice.from_time) == ("capacity_end", NOON + 86400 - 600)


def test_a_machine_without_an_end_has_none(facts: Facts) -> None:
    assert Planned(facts).notices() == []
