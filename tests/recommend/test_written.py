"""What a recommended spec says, and how its file reads."""

from __future__ import annotations

import pytest

from clusterwright.recommend import written
from clusterwright.recommend.option import Option
from clusterwright.recommend.search import Limits, limits
from clusterwright.recommend.start import Start
from clusterwright.rules import check
from clusterwright.spec.load import parse_spec
from tests.recommend.few import bert, stack, told

pytestmark = pytest.mark.usefixtures("few")


def cheapest(start: Start, deadline: int | None = None, budget: int | None = None) -> tuple[Option, Limits]:
    one = told(start, deadline, budget).best("cheapest")
    assert one
    return one, limits(deadline, budget)


def test_a_new_spec_has_nothing_but_what_was_asked_and_found() -> None:
    one, held = cheapest(bert(), 10 * 86400, 50_00)
    data = written.data(bert(), one.candidate, held, "mine")
    assert data == {
        "name": "mine",
        "provider": "aws",
        "region": "us-east-1",
        "zone": "us-east-1a",
        "groups": [{"name": "train", "machine": "g6.xlarge", "nodes": {"min": 0, "max": 1}}],
        "job": {"model": "bert-base", "group": "train", "pretrain": {"steps": 30518}},
        "budget": {"limit": "50 USD", "deadline": "55 h"},
    }


@pytest.mark.parametrize("provider", ["aws", "gcp"])
def test_the_rules_find_nothing_in_it_but_what_only_a_lock_knows(provider: str) -> None:
    for one in told(bert(provider), 5 * 86400, 500_00).front:
        found = {finding.code for finding in check(parse_spec(one.spec)) if finding.severity != "note"}
        assert found == ({"CW-SEC-202"} if provider == "gcp" else set())  # who may log in is nobody's to guess


def test_its_deadline_goes_no_further_than_the_limit_of_money_lasts_and_not_below_the_job() -> None:
    """Else the limit would end the job before its deadline, of which CW-BUD-003 warns."""
    one, held = cheapest(bert(), 10 * 86400, 50_00)
    findings = check(parse_spec(written.text(written.data(bert(), one.candidate, held))))
    assert "CW-BUD-003" not in {finding.code for finding in findings}
    tight, held = cheapest(bert(), 10 * 86400, 6_00)
    deadline = parse_spec(written.text(written.data(bert(), tight.candidate, held))).spec.budget.deadline
    assert deadline
    assert tight.time.span
    assert tight.time.span.likely <= deadline <= 10 * 86400


def test_a_stack_keeps_all_but_the_machines_of_its_job() -> None:
    groups = (
        "[{name: prep, machine: c7i.8xlarge, nodes: {min: 0, max: 4}}, {name: train, machine: p5.48xlarge, nodes: 8, "
        "fabric: efa, disk: {size: 300 GiB, kind: gp3}, idle_timeout: 20 min}]"
    )
    more = "storage: [{name: data, kind: bucket, on_destroy: keep}]\ntags: {team: nlp}\n"
    start = stack(groups, "{model: bert-base, group: train, nodes: 8, precision: bf16}", more)
    one, held = cheapest(start)
    data = written.data(start, one.candidate, held)
    assert data["groups"][0] == {"name": "prep", "machine": "c7i.8xlarge", "nodes": {"min": 0, "max": 4}}
    assert data["groups"][1] == {
        "name": "train", "machine": one.candidate.machine, "nodes": one.candidate.nodes, "idle_timeout": "20 min",
        "disk": "300 GiB",
    }  # fmt: skip
    assert data["job"] == {"model": "bert-base", "group": "train", "precision": "bf16"}
    assert (data["storage"], data["tags"]) == (
        [{"name": "data", "kind": "bucket", "on_destroy": "keep"}],
        {"team": "nlp"},
    )


def test_nodes_that_a_stack_keeps_idle_are_kept_and_no_more_than_there_are() -> None:
    start = stack("[{name: train, machine: p5.48xlarge, nodes: {min: 2, max: 8}}]")
    ways = {one.candidate.nodes: written.group(start, one.candidate)["nodes"] for one in told(start).front}
    assert ways[1] == 1
    assert all(nodes == {"min": 2, "max": count} for count, nodes in ways.items() if count > 2)


def test_capacity_that_is_not_the_default_is_written() -> None:
    start = bert("gcp")
    spot = next(row.fastest for row in told(start).unpriced if row.kind == "spot")
    assert written.group(start, spot)["capacity"] == {"kind": "spot"}


def test_a_file_begins_with_the_line_for_editors_and_wrapped_comments() -> None:
    spec = {"name": "a", "tags": {"team": "nlp"}}
    text = written.text(spec, ("word " * 40, "short"))
    lines = text.splitlines()
    assert lines[0] == "# yaml-language-server: $schema=../docs/spec.schema.json"
    assert (lines[1], lines[-4:]) == ("#", ["# short", "", "name: a", "tags: {team: nlp}"])
    assert max(map(len, lines)) <= 120
    assert written.text(spec, schema=False) == "name: a\ntags: {team: nlp}\n"
