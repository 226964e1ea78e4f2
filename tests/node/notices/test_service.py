"""On a notice the node takes no more jobs and those on it checkpoint; all of it once, whoever is killed in between."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from clusterwright.node.health.facts import Facts
from clusterwright.node.health.system import System
from clusterwright.node.notices import aws
from clusterwright.node.notices.aws import Aws
from clusterwright.node.notices.planned import Planned
from clusterwright.node.notices.service import BLIND_AFTER, REWRITTEN, SILENT_AFTER, Service, announced
from tests.node.notices.conftest import Metadata
from tests.node.tools import Tools

NOW = 1_700_000_000.0
SPOT = '{"action": "terminate", "time": "2023-11-14T22:15:20Z"}'
REASON = "AWS takes this spot machine back at 2023-11-14T22:15:20Z (terminate)"
DRAIN = f"update NodeName=train-1 State=drain Reason=notice: {REASON}"
TOLD = ["--batch --signal=TERM 41", "--batch --signal=TERM 42"]


def service(facts: Facts, metadata: Metadata, tools: Tools) -> Service:
    system = System(limit=2.0, environment=tools.environment)
    return Service(facts, [Planned(facts), *Aws(metadata.address).sources()], system)


def updates(tools: Tools) -> list[str]:
    return [call for call in tools.calls("scontrol") if call.startswith("update")]


def drained(tools: Tools, reason: str) -> None:
    words = f"NodeName=train-1 State=MIXED+CLOUD+DRAIN Reason={reason} [root@2026-11-24T20:00:00]\n"
    tools.answer("scontrol --oneliner show node train-1", words)


def report(facts: Facts) -> dict[str, Any]:
    return json.loads((facts.folder / "notices.json").read_text())


def test_on_a_quiet_day_nothing_is_done(facts: Facts, metadata: Metadata, tools: Tools) -> None:
    service(facts, metadata, tools).step(NOW)
    assert (updates(tools), tools.calls("scancel")) == ([], [])
    assert report(facts) == {"schema": 1, "blind": None, "slurm": None, "notices": [], "time": NOW}


def test_on_a_notice_the_node_is_drained_and_its_jobs_are_told(facts: Facts, metadata: Metadata, tools: Tools) -> None:
    metadata.says[aws.SPOT] = SPOT
    service(facts, metadata, tools).step(NOW)
    assert (updates(tools), tools.calls("scancel")) == ([DRAIN], TOLD)
    assert report(facts)["notices"] == [
        {
            "key": "spot 2023-11-14T22:15:20Z",
            "kind": "preemption",
            "reason": REASON,
            "from_time": 0.0,
            "acting": True,
            "told": ["41", "42"],
        }
    ]


def test_a_notice_that_stands_is_acted_on_once(facts: Facts, metadata: Metadata, tools: Tools) -> None:
    metadata.says[aws.SPOT] = SPOT
    first = service(facts, metadata, tools)
    first.step(NOW)
    drained(tools, f"notice: {REASON}")
    first.step(NOW + 5)
    service(facts, metadata, tools).step(NOW + 10)  # started again
    assert (updates(tools), tools.calls("scancel")) == ([DRAIN], TOLD)


def test_what_slurm_refused_is_tried_again(facts: Facts, metadata: Metadata, tools: Tools) -> None:
    metadata.says[aws.SPOT] = SPOT
    tools.answer("scancel --batch --signal=TERM 42", "Unable to contact slurm controller\n", code=1)
    loop = service(facts, metadata, tools)
    loop.step(NOW)
    assert report(facts)["slurm"] == "scancel ended with exit code 1: Unable to contact slurm controller"
    drained(tools, f"notice: {REASON}")
    tools.answer("scancel --batch --signal=TERM 42")
    loop.step(NOW + 5)
    assert tools.calls("scancel") == [*TOLD, TOLD[1]]
    assert report(facts)["slurm"] is None


def test_jobs_of_a_node_that_is_drained_already_are_told_too(facts: Facts, metadata: Metadata, tools: Tools) -> None:
    drained(tools, "memory is replaced on Monday")
    metadata.says[aws.SPOT] = SPOT
    service(facts, metadata, tools).step(NOW)
    assert (updates(tools), tools.calls("scancel")) == ([], TOLD)


def test_a_notice_of_a_later_day_is_only_noted(facts: Facts, metadata: Metadata, tools: Tools) -> None:
    planned = replace(facts, drain_at=("2023-11-15T22:13:20Z",))  # a day after NOW
    loop = service(planned, metadata, tools)
    loop.step(NOW)
    assert (updates(tools), report(facts)["notices"][0]["acting"]) == ([], False)
    loop.step(NOW + 86400)
    assert updates(tools) == [
        "update NodeName=train-1 State=drain Reason=notice: the reserved capacity ends, its jobs stop at "
        "2023-11-15T22:13:20Z"
    ]


def test_a_node_whose_notice_is_withdrawn_is_given_back(facts: Facts, metadata: Metadata, tools: Tools) -> None:
    metadata.says[aws.SPOT] = SPOT
    loop = service(facts, metadata, tools)
    loop.step(NOW)
    drained(tools, f"notice: {REASON}")
    del metadata.says[aws.SPOT]
    loop.step(NOW + 5)
    loop.step(NOW + 10)
    assert updates(tools) == [DRAIN, "update NodeName=train-1 State=resume"]


def test_a_node_that_the_agent_had_for_a_while_is_given_back_afterwards(
    facts: Facts, metadata: Metadata, tools: Tools
) -> None:
    loop = service(facts, metadata, tools)
    drained(tools, f"clusterwright: new bundle 0123; drained before: notice: {REASON}")
    loop.step(NOW)
    assert updates(tools) == []
    drained(tools, f"notice: {REASON}")
    loop.step(NOW + 5)
    assert updates(tools) == ["update NodeName=train-1 State=resume"]


@pytest.mark.parametrize(
    ("reason", "given_back"), [("notice: AWS takes it", 1), ("health check: no GPU", 0), ("memory is replaced", 0)]
)
def test_a_new_machine_takes_over_what_the_last_of_its_name_left(
    facts: Facts, metadata: Metadata, tools: Tools, reason: str, given_back: int
) -> None:
    drained(tools, reason)
    service(facts, metadata, tools).step(NOW)
    assert updates(tools) == ["update NodeName=train-1 State=resume"] * given_back


def test_a_node_that_can_see_nothing_says_so_and_stays_in_use(facts: Facts, metadata: Metadata, tools: Tools) -> None:
    metadata.says[aws.SPOT] = (500, "")
    loop = service(facts, metadata, tools)
    for seconds in (0, BLIND_AFTER - 1):
        loop.step(NOW + seconds)
    assert report(facts)["blind"] is None
    loop.step(NOW + BLIND_AFTER)
    assert report(facts)["blind"] == (
        "notices of the cloud can't be seen since 2023-11-14T22:13:20Z: the metadata server answers "
        "/latest/meta-data/spot/instance-action with status 500"
    )
    assert updates(tools) == []
    del metadata.says[aws.SPOT]
    loop.step(NOW + BLIND_AFTER + 5)
    assert report(facts)["blind"] is None


@pytest.mark.parametrize("path", [aws.MAINTENANCE, aws.REBALANCE])
@pytest.mark.parametrize("answer", ["<html>", '[{"EventId": 7}]', (500, "")])
def test_what_cannot_be_read_of_one_kind_hides_no_other(
    facts: Facts, metadata: Metadata, tools: Tools, path: str, answer: str | tuple[int, str]
) -> None:
    metadata.says |= {aws.SPOT: SPOT, path: answer}
    loop = service(facts, metadata, tools)
    loop.step(NOW)
    assert (updates(tools), tools.calls("scancel")) == ([DRAIN], TOLD)
    loop.step(NOW + BLIND_AFTER)
    assert "can't be seen since 2023-11-14T22:13:20Z" in report(facts)["blind"]


def test_what_was_seen_stands_while_nothing_can_be_seen(facts: Facts, metadata: Metadata, tools: Tools) -> None:
    metadata.says[aws.SPOT] = SPOT
    loop = service(facts, metadata, tools)
    loop.step(NOW)
    drained(tools, f"notice: {REASON}")
    metadata.says[aws.SPOT] = (500, "")
    loop.step(NOW + 5)
    assert (updates(tools), len(report(facts)["notices"])) == ([DRAIN], 1)


def test_the_plans_own_ends_need_no_metadata(facts: Facts, metadata: Metadata, tools: Tools) -> None:
    metadata.says[aws.SPOT] = (500, "")
    service(replace(facts, drain_at=("2023-11-14T00:00:00Z",)), metadata, tools).step(NOW)
    assert len(updates(tools)) == 1


def test_a_head_has_no_slurm_node_of_its_own(facts: Facts, metadata: Metadata, tools: Tools) -> None:
    metadata.says[aws.SPOT] = SPOT
    service(replace(facts, role="head", node="head"), metadata, tools).step(NOW)
    assert tools.calls("scontrol") == []
    assert report(facts)["notices"][0]["reason"] == REASON


def test_the_file_is_written_anew_so_that_its_age_tells(facts: Facts, metadata: Metadata, tools: Tools) -> None:
    loop = service(facts, metadata, tools)
    times = []
    for now in (NOW, NOW + 5, NOW + REWRITTEN):
        loop.step(now)
        times.append(report(facts)["time"])
    assert times == [NOW, NOW, NOW + REWRITTEN]


def test_a_service_that_is_dead_is_no_quiet_day(facts: Facts, metadata: Metadata, tools: Tools) -> None:
    service(facts, metadata, tools).step(NOW)
    assert announced(facts.folder, 0.0, NOW + SILENT_AFTER) == []
    dead = ["notices of the cloud can't be seen: clusterwright-notices.service does not look; see its journal"]
    assert announced(facts.folder, 0.0, NOW + SILENT_AFTER + 1) == dead
    assert announced(facts.folder, NOW + 1, NOW + SILENT_AFTER + 1) == [], "the node has just joined, or booted again"
    assert announced(facts.folder, None, NOW + 1e6) == [], "nobody expects it"
    assert announced(facts.folder / "none", NOW, NOW + SILENT_AFTER + 1) == dead, "it has never looked"


def test_why_a_notice_is_not_acted_on_is_told(facts: Facts, metadata: Metadata, tools: Tools) -> None:
    metadata.says[aws.SPOT] = SPOT
    tools.answer("scontrol --oneliner show node train-1", "Unable to contact slurm controller\n", code=1)
    service(facts, metadata, tools).step(NOW)
    notice, slurm = announced(facts.folder, NOW, NOW)
    assert notice["reason"] == REASON
    assert slurm == "Slurm could not be told: scontrol ended with exit code 1: Unable to contact slurm controller"


def test_a_damaged_file_does_not_stop_the_service(facts: Facts, metadata: Metadata, tools: Tools) -> None:
    (facts.folder / "notices.json").write_text("{")
    metadata.says[aws.SPOT] = SPOT
    service(facts, metadata, tools).step(NOW)
    assert tools.calls("scancel") == TOLD
