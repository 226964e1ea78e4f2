"""A node is drained once, and given back only by who has drained it."""

from __future__ import annotations

import pytest

from clusterwright.node.drain import SlurmNode
from tests.node.programs import Programs

OURS = "ours: new bundle"


def line(state: str, reason: str = "") -> str:
    """As slurmctld 24.11.5 says it, but for what lies between."""
    said = f" Reason={reason} [root@2026-11-24T20:32:35]" if reason else ""
    node = f"NodeName=train-1 Arch=x86_64 NodeHostName=train-1 State={state} ThreadsPerCore=1 Partitions=train"
    return f"{node} ResumeAfterTime=None CurrentWatts=0 AveWatts=0 {said}"


def node(programs: Programs, shown: str) -> SlurmNode:
    programs.let("scontrol", f"[ $2 != show ] || echo '{shown}'")
    return SlurmNode("train-1", "ours: ")


def changes(programs: Programs) -> list[str]:
    return [call for call in programs.calls() if " show " not in call]


@pytest.mark.parametrize("state", ["ALLOCATED+CLOUD", "MIXED+CLOUD+DRAIN", "IDLE+CLOUD+COMPLETING+DRAIN"])
def test_a_node_with_jobs_is_busy(programs: Programs, state: str) -> None:
    assert node(programs, line(state)).busy
    assert programs.calls() == ["scontrol --oneliner show node train-1"]


@pytest.mark.parametrize("state", ["IDLE+CLOUD", "IDLE*+DRAIN"])
def test_a_node_without_jobs_is_not(programs: Programs, state: str) -> None:
    assert not node(programs, line(state)).busy


@pytest.mark.parametrize("shown", [line("MIXED+CLOUD"), line("IDLE", OURS)], ids=["in use", "given back since"])
def test_a_node_in_use_is_drained_with_the_reason(programs: Programs, shown: str) -> None:
    assert node(programs, shown).drain("new bundle")
    assert changes(programs) == ["scontrol update NodeName=train-1 State=drain Reason=ours: new bundle"]


@pytest.mark.parametrize("reason", ["a fan [left]", OURS, ""])
def test_the_reason_of_who_drained_first_stands(programs: Programs, reason: str) -> None:
    assert not node(programs, line("IDLE+DRAIN", reason)).drain("new bundle")
    assert changes(programs) == []


@pytest.mark.parametrize("before", ["health check: no GPU", "notice: AWS takes it", "a fan makes noises"])
def test_who_needs_the_node_for_itself_takes_it_from_another_and_gives_it_back_to_that_one(
    programs: Programs, before: str
) -> None:
    taken = f"ours: new bundle; drained before: {before}"
    assert not node(programs, line("IDLE+DRAIN", before)).take("new bundle"), "that one may be about to give it back"
    assert changes(programs) == [f"scontrol update NodeName=train-1 State=drain Reason={taken}"]
    assert node(programs, line("IDLE+DRAIN", taken)).take("new bundle")
    assert changes(programs) == []
    assert node(programs, line("IDLE+DRAIN", taken)).resume()
    assert changes(programs) == [f"scontrol update NodeName=train-1 State=drain Reason={before}"]


def test_a_node_in_use_is_ours_at_once(programs: Programs) -> None:
    assert node(programs, line("MIXED+CLOUD")).take("new bundle")
    assert changes(programs) == [f"scontrol update NodeName=train-1 State=drain Reason={OURS}"]


def test_a_node_that_somebody_gave_back_since_is_taken_again(programs: Programs) -> None:
    assert node(programs, line("IDLE", OURS)).take("new bundle")
    assert changes(programs) == [f"scontrol update NodeName=train-1 State=drain Reason={OURS}"]


def test_a_drain_without_a_reason_is_kept_too(programs: Programs) -> None:
    node(programs, line("IDLE+DRAIN")).take("new bundle")
    (change,) = changes(programs)
    assert change.endswith("Reason=ours: new bundle; drained before: nobody said why")


def test_what_we_drained_is_given_back(programs: Programs) -> None:
    assert node(programs, line("IDLE+DRAIN", OURS)).resume()
    assert changes(programs) == ["scontrol update NodeName=train-1 State=resume"]


def test_what_another_has_taken_from_us_is_to_be_given_back_later(programs: Programs) -> None:
    assert node(programs, line("IDLE+DRAIN", "theirs: for a while; drained before: ours: new bundle")).resume() is None
    assert changes(programs) == []


@pytest.mark.parametrize(
    "shown",
    [line("IDLE+DRAIN", "a fan makes noises"), line("IDLE+DRAIN"), line("IDLE", OURS)],
    ids=["another's", "without a reason", "not drained"],
)
def test_nothing_else_is(programs: Programs, shown: str) -> None:
    assert node(programs, shown).resume() is False
    assert changes(programs) == []
