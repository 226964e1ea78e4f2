"""What Slurm says of a node is understood; only what was drained for a bundle is given back."""

from __future__ import annotations

import pytest

from clusterwright.node import drain
from clusterwright.node.drain import SlurmState
from tests.node.programs import Programs

OURS = "clusterwright: new bundle 0123456789ab"


def line(state: str, reason: str = "") -> str:
    said = f" Reason={reason} [root@2026-11-24T19:00:00]" if reason else ""
    return f"NodeName=train-1 Arch=x86_64 State={state} ThreadsPerCore=1 NextState=N/A Partitions=train{said} Comment=x"


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        (line("IDLE+CLOUD"), SlurmState(drained=False, busy=False, reason=None)),
        (line("ALLOCATED+CLOUD"), SlurmState(drained=False, busy=True, reason=None)),
        (line("MIXED+CLOUD+DRAIN", OURS), SlurmState(drained=True, busy=True, reason=OURS)),
        (line("IDLE+CLOUD+COMPLETING+DRAIN", OURS), SlurmState(drained=True, busy=True, reason=OURS)),
        (line("IDLE*+DRAIN", "a fan [left]"), SlurmState(drained=True, busy=False, reason="a fan [left]")),
    ],
)
def test_a_node_is_read(programs: Programs, shown: str, state: SlurmState) -> None:
    programs.let("scontrol", f"echo '{shown}'")
    assert drain.read_state("train-1") == state
    assert state.by_us == (state.reason == OURS)
    assert programs.calls() == ["scontrol --oneliner show node train-1"]


@pytest.mark.parametrize(("reason", "calls"), [("a fan makes noises", 0), (OURS, 1)])
def test_only_our_own_drain_is_undone(programs: Programs, reason: str, calls: int) -> None:
    programs.let("scontrol", f"[ $2 != show ] || echo '{line('IDLE+DRAIN', reason)}'")
    drain.resume("train-1")
    assert programs.calls().count("scontrol update NodeName=train-1 State=RESUME") == calls
