"""A node joins when nothing speaks against it; why it does not is the last thing that its step says."""

from __future__ import annotations

import pytest

from clusterwright.node.health import join
from clusterwright.node.health.__main__ import main
from tests.node.health.conftest import Machine


def test_a_fit_node_adds_up_and_joins(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(join, "allreduce_failures", lambda facts: asked.append(facts.node) or [])
    assert join.run(machine.facts, machine.system) == 0
    assert asked == ["train-1"]


def test_a_node_that_fails_is_not_asked_to_add_up(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.tools.remove("dcgmi")
    assert join.run(machine.facts, machine.system) == 1
    assert capsys.readouterr().err == "error: dcgmi is missing on this machine\n"


def test_the_last_words_hold_all_reasons(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.tools.remove("dcgmi")
    machine.tools.remove("timedatectl")
    assert join.run(machine.facts, machine.system) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "error: dcgmi is missing on this machine; timedatectl is missing on this machine"
    )


def test_a_wrong_sum_keeps_a_node_out(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(join, "allreduce_failures", lambda _: ["inside the node: the sum is wrong"])
    assert join.run(machine.facts, machine.system) == 1
    assert capsys.readouterr().err == "error: inside the node: the sum is wrong\n"


def test_a_head_trains_nothing_and_adds_up_nothing(cpu_machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    cpu_machine.planned(role="head")
    monkeypatch.setattr(join, "allreduce_failures", lambda _: ["asked"])
    assert join.run(cpu_machine.facts, cpu_machine.system) == 0


def test_processes_that_never_end_are_ended(cpu_machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(join.sys, "executable", str(cpu_machine.tools.folder / "python"))
    cpu_machine.tools.answer("python", wait=60)
    assert join.allreduce_failures(cpu_machine.facts, limit=0.3) == [
        "the all-reduce inside the node was not done within 0.3 s"
    ]


def test_processes_that_end_without_a_verdict_have_failed(
    cpu_machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(join.sys, "executable", str(cpu_machine.tools.folder / "python"))
    cpu_machine.tools.answer("python", code=1)
    assert join.allreduce_failures(cpu_machine.facts) == [
        "the all-reduce inside the node ended with exit codes [1, 1] and without a verdict"
    ]


def test_what_is_no_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jion"]) == 2
    assert "usage: python -m clusterwright.node.health join | check | allreduce" in capsys.readouterr().err
