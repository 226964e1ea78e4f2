"""Resource graphs come from a process of their own, in any number, or with the reason why there is none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clusterwright.errors import ClusterwrightError
from clusterwright.review.blast import process
from clusterwright.review.blast.process import graphs
from tests.plans import example_plan

pytestmark = pytest.mark.slow  # the real resources of whole clusters, and an SDK of each cloud

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(scope="module")
def local() -> process.Graph:
    [graph] = graphs([example_plan("local")], NOW)
    assert isinstance(graph, tuple)
    return graph


def test_a_graph_has_each_resource_with_its_inputs(local: process.Graph) -> None:
    [train] = [one for one in local if one.name == "local-compute-train"]
    assert train.type == "clusterwright-local:index:Group"
    assert train.inputs["nodeNames"] == ["train-1", "train-2"]
    assert not train.protect


def test_what_a_cloud_would_answer_has_the_mark_of_its_resource(local: process.Graph) -> None:
    [bundle] = [one for one in local if one.name == "local-storage-bundle"]
    assert bundle.mark == "<clusterwright-local:index:Object local-storage-bundle>"


@pytest.mark.slow
def test_graphs_come_in_the_order_of_their_plans_whatever_their_providers() -> None:
    names = ("bert-base-gcp", "local", "bert-base-aws", "bert-base-gcp")
    found = graphs([example_plan(name) for name in names], NOW)
    clouds = [{one.type.split(":")[0] for one in graph if isinstance(one, process.Resource)} for graph in found]
    assert ["gcp" in one for one in clouds] == [True, False, False, True]
    assert ["aws" in one for one in clouds] == [False, False, True, False]
    assert found[0] == found[3]
    routes = [one.inputs.values() for one in found[2] if isinstance(one, process.Resource) and "Route" in one.type]
    assert any("<aws:ec2/natGateway:NatGateway bert-base-network-nat>-id" in values for values in routes)


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], str]:
    """What is said where a shell script takes the place of the process."""

    def run(script: str, seconds: float = 60) -> str:
        program = tmp_path / "program"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))
        with pytest.raises(ClusterwrightError) as raised:
            graphs([example_plan("local")], NOW, seconds)
        return str(raised.value)

    return run


def test_accounts_of_who_runs_it_are_not_told_to_the_process(
    monkeypatch: pytest.MonkeyPatch, ends: Callable[[str], str]
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of mine")
    assert "knows: nothing" in ends('echo "knows: ${AWS_SECRET_ACCESS_KEY:-nothing}" >&2; exit 1')


def test_a_process_that_hangs_is_ended_and_said_to_be(ends: Callable[..., str]) -> None:
    assert "it took longer than 0 s" in ends("exec sleep 60", 0.2)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 3", "exit code 3"),
        ("echo boom >&2; exit 1", "why: boom"),
        ("true", "exit code 0"),
        ("""echo '{"graph": []}'; exit 1""", "exit code 1"),
    ],
)
def test_a_process_that_ends_without_an_answer_is_no_empty_graph(
    ends: Callable[[str], str], script: str, why: str
) -> None:
    said = ends(script)
    assert why in said
    assert "hint: " in said
