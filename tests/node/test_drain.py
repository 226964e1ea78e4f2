"""What Slurm says of a node is understood; only what was drained for a bundle is given back."""

from __future__ import annotations

import pytest

from clusterwright.node import drain
from clusterwright.node.drain import SlurmState
from tests.node.programs import Programs

OURS = "clusterwright: new bundle 0123456789ab"


def line(state: str, reason: str = "") -> str:
    """As slurmctld 24.11.5 says it, but for what lies between."""
    said = f" Reason={reason} [root@2026-11-24T20:32:35]" if reason else ""
    node = f"NodeName=train-1 Arch=x86_64 NodeHostName=train-1 State={state} ThreadsPerCore=1 Partitions=train"
    return f"{node} ResumeAfterTime=None CurrentWatts=0 AveWatts=0 {said}"


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        (line("IDLE+CLOUD"), SlurmState(drained=False, busy=False, reason=None)),
        (line("ALLOCATED+CLOUD"), SlurmState(drained=False, busy=True, reason=None)),
        (line("IDLE", OURS), SlurmState(drained=False, busy=False, reason=OURS)),
        (line("MIXED+CLOUD+DRAIN", OURS), SlurmState(drained=True, busy=True, reason=OURS)),
        (line("IDLE+CLOUD+COMPLETING+DRAIN", OURS), SlurmState(drained=True, busy=True, reason=OURS)),
        (line("IDLE*+DRAIN", "a fan [left]"), SlurmState(drained=True, busy=False, reason="a fan [left]")),
    ],
)
def test_a_node_is_read(programs: Programs, shown: str, state: SlurmState) -> None:
    programs.let("scontrol", f"echo '{shown}'")
    assert drain.read_state("train-1") == state
    assert state.by_us == (state.drained and state.reason == OURS)
    assert programs.calls() == ["scontrol --oneliner show node train-1"]


@pytest.mark.parametrize(("reason", "calls"), [("a fan makes noises", 0), (OURS, 1)])
def test_only_our_own_drain_is_undone(programs: Programs, reason: str, calls: int) -> None:
    programs.let("scontrol", f"[ $2 != show ] || echo '{line('IDLE+DRAIN', reason)}'")
    drain.resume("train-1")
    assert programs.calls().count("scontrol update NodeName=train-1 State=RESUME") == calls
