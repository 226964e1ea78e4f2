"""The health check of a running node drains it with the reason, and gives back what it has taken and nothing else."""

from __future__ import annotations

import time
from typing import Any

import pytest

from clusterwright.node.health import check, passive
from clusterwright.node.health.checks import gpu_clocks
from clusterwright.node.health.system import DYING, TOOL_LIMIT, Unseen
from clusterwright.node.slurm.commands import LONGEST_REASON
from tests.node.health.conftest import Machine

PAUSE = gpu_clocks.BETWEEN  # as it is: the machines of these tests pause for less
IDLE = "NodeName=train-1 Arch=x86_64 State=IDLE+CLOUD ThreadsPerCore=1 BootTime=2026-11-24T19:00:00\n"


def drained(reason: str) -> str:
    """As `scontrol --oneliner show node` of Slurm 24.11 prints it."""
    return f"NodeName=train-1 Arch=x86_64 State=IDLE+CLOUD+DRAIN Reason={reason} [root@2026-11-24T20:00:00] Comment=x\n"


@pytest.fixture
def node(machine: Machine) -> Machine:
    machine.tools.answer("scontrol update")
    machine.tools.answer("scontrol --oneliner show node train-1", IDLE)
    return machine


def updates(node: Machine) -> list[str]:
    return [call for call in node.tools.calls("scontrol") if call.startswith("update")]


def test_a_fit_node_is_left_alone(node: Machine) -> None:
    assert check.run(node.facts, node.system) == 0
    assert updates(node) == []


def test_a_node_that_fails_is_drained_with_all_reasons(node: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    node.tools.remove("dcgmi")
    node.tools.answer("timedatectl show", "no\n")
    assert check.run(node.facts, node.system) == 1
    (update,) = updates(node)
    assert update.startswith(
        "update NodeName=train-1 State=drain Reason=health check: dcgmi is missing on this machine; the clock is not"
    )
    assert "error: train-1: dcgmi is missing on this machine\n" in capsys.readouterr().err


def test_the_reason_of_who_drained_first_stands(node: Machine) -> None:
    node.tools.remove("dcgmi")
    node.tools.answer("scontrol --oneliner show node train-1", drained("memory is replaced on Monday"))
    assert check.run(node.facts, node.system) == 1
    assert updates(node) == []


def test_a_node_that_is_fit_again_is_given_back(node: Machine) -> None:
    node.tools.answer("scontrol --oneliner show node train-1", drained("health check: dcgmi is missing"))
    assert check.run(node.facts, node.system) == 0
    assert updates(node) == ["update NodeName=train-1 State=resume"]


@pytest.mark.parametrize("reason", ["memory is replaced on Monday", "notice: AWS takes it", "Not responding", ""])
def test_what_others_have_drained_stays_drained(node: Machine, reason: str) -> None:
    node.tools.answer("scontrol --oneliner show node train-1", drained(reason))
    assert check.run(node.facts, node.system) == 0
    assert updates(node) == []


def test_a_node_whose_facts_are_missing_is_drained(node: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", node.tools.environment["PATH"])
    monkeypatch.setenv("SLURMD_NODENAME", "train-1")
    monkeypatch.setenv("CLUSTERWRIGHT_BUNDLE", str(node.root / "gone"))
    monkeypatch.setenv("CLUSTERWRIGHT_GROUP", "train")
    with pytest.raises(SystemExit, match=r"train\.json is missing"):
        check.main()
    (update,) = updates(node)
    assert "Reason=health check: " in update
    assert "the bundle does not say what this node should be" in update


def test_slurm_that_does_not_answer_is_a_failure(node: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    node.tools.answer("scontrol --oneliner show node train-1", "Unable to contact slurm controller\n", code=1)
    assert check.run(node.facts, node.system) == 1
    assert "Slurm could not be told: scontrol ended with exit code 1: Unable to contact" in capsys.readouterr().err


def test_a_reason_fits_into_a_line(node: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "failures", lambda *_: ["a\nreason " * 100])
    check.run(node.facts, node.system)
    (update,) = updates(node)
    assert len(update.partition("Reason=")[2]) == LONGEST_REASON
    assert update.endswith("…")


def test_all_checks_are_done_in_ten_seconds_whatever_hangs(node: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest: a first tool that answers at its limit, a pause, and a second one that hangs and does not die."""
    system = node.system
    answers, asked = system.run, list[str]()

    def run(*command: str, **options: Any) -> str:
        asked.append(command[0])
        return answers(*command, **options)

    monkeypatch.setattr(system, "run", run)
    most = 0
    for one in passive.CHECKS:
        asked.clear()
        assert list(one(node.facts, system)) == []
        most = max(most, len(asked))
    assert most == 2
    assert most * TOOL_LIMIT + PAUSE + DYING <= 9.5


def test_checks_run_beside_each_other(node: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def hang(*command: str, **_: object) -> str:
        calls.append(command[0])
        time.sleep(0.05)
        raise Unseen(f"{command[0]} has not answered within 4 s")

    system = node.system
    monkeypatch.setattr(system, "run", hang)
    began = time.monotonic()
    assert len(passive.failures(node.facts, system)) == 8
    # Each check gives up with its first tool, all at once: one limit, here of 0.05 s instead of 4 s.
    assert time.monotonic() - began < 0.5
    assert len(calls) == len(passive.CHECKS) - 1
