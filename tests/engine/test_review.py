"""What a review foresees of a change from the resource graphs alone is what the real engine foresees of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clusterwright.review.blast.graph import graph_effects, steps
from clusterwright.review.blast.preview import preview_effects, preview_steps
from clusterwright.review.blast.process import Graph, graphs
from clusterwright.review.blast.replacing import top
from clusterwright.review.blast.resources import Step
from tests.engine.cloud import CloudStack, stand_in
from tests.engine.project import Project
from tests.review.blast.changes import Edit, plan

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(600)]

AWS, GCP = "bert-large-aws", "bert-large-gcp"


def parts(machine: str, spare: str, head: dict[str, Any], scratch: dict[str, Any]) -> Edit:
    """A group of another machine type, one more, another head, and a file system that can't become what it is to be."""

    def edit(spec: dict[str, Any]) -> None:
        spec["groups"][1]["machine"] = machine
        spec["groups"].append({"name": "more", "machine": spare, "nodes": 2})
        spec["head"].update(head)
        next(one for one in spec["storage"] if one["name"] == "scratch").update(scratch)

    return edit


def tags(spec: dict[str, Any]) -> None:
    spec["tags"] = {"team": "other"}


def fewer(spec: dict[str, Any]) -> None:
    spec["groups"] = spec["groups"][:1]
    spec["observability"] = {**spec["observability"], "dashboard": False}


def moved(spec: dict[str, Any]) -> None:
    """What stands in the network goes along. On GCP that is a kept file system, so the engine refuses it."""
    spec["network"]["cidr"] = "10.40.0.0/16"


def quiet(spec: dict[str, Any]) -> None:
    spec["network"]["flow_logs"] = False


CHANGES = ("parts", "tags", "fewer", "network")
EDITS: dict[str, dict[str, Edit]] = {
    AWS: {
        "parts": parts("c7i.4xlarge", "c7i.8xlarge", {"machine": "m7i.4xlarge"}, {"size": "2400 GiB"}),
        "tags": tags,
        "fewer": fewer,
        "network": moved,
    },
    GCP: {
        "parts": parts("c3-standard-44", "c3-standard-88", {"disk": "300 GiB"}, {"throughput": "500 MB/s/TiB"}),
        "tags": tags,
        "fewer": fewer,
        "network": quiet,
    },
}


@pytest.fixture(scope="module")
def stack(request: pytest.FixtureRequest) -> Iterator[CloudStack]:
    """A cluster that stands."""
    with tempfile.TemporaryDirectory(prefix="cw-") as place:
        project = Project.copy(Path(place) / "clone", Path(place))
        stand_in(project, request.param.rpartition("-")[2])
        made = CloudStack(project, request.param, seconds=500)
        made.init()
        made.up()
        yield made


@pytest.fixture(scope="module")
def foreseen(stack: CloudStack) -> dict[str, Graph]:
    """The graph of the cluster as it stands, under "", and of each change."""
    plans = [plan(stack.name), *(plan(stack.name, edit) for edit in EDITS[stack.name].values())]
    made = graphs(plans, datetime.now(UTC), 500)
    return {name: one for name, one in zip(["", *EDITS[stack.name]], made, strict=True) if not isinstance(one, str)}


def told(found: Iterable[Step]) -> dict[tuple[str, str], Step]:
    return {(one.type, one.name): one for one in found}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("stack", EDITS, indirect=True, scope="module")
def test_the_engine_foresees_what_the_graphs_say(stack: CloudStack, foreseen: dict[str, Graph], change: str) -> None:
    before = stack.spec()
    after = stack.spec()
    EDITS[stack.name][change](after)
    stack.change_spec(**after)
    try:
        text = stack.pulumi("preview", "--json", *stack.selected)
    finally:
        stack.change_spec(**before)
    graph, made = told(steps(foreseen[""], foreseen[change])), told(preview_steps(text, stack=stack.name))
    assert {one: step.action for one, step in graph.items()} == {one: step.action for one, step in made.items()}
    # Of what is made anew only because something that it stands on goes first, the engine names no input.
    named = {one: {*map(top, step.forced)} for one, step in made.items() if step.forced}
    assert [one for one, inputs in named.items() if not {*map(top, graph[one].forced)} <= inputs] == []
    plans = (plan(stack.name), plan(stack.name, EDITS[stack.name][change]))
    by_graph, by_engine = (
        {one.part: (one.action, one.data) for one in effects}
        for effects in (
            graph_effects(foreseen[""], foreseen[change], plans),
            preview_effects(text, plans, stack=stack.name),
        )
    )
    assert by_graph == by_engine
