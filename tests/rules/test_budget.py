"""A limit is held against prices that are known, the lock's first, and against nothing that is not."""

import re
from dataclasses import replace

import pytest

from clusterwright.decide.prices import price_of
from clusterwright.rules import check
from clusterwright.spec.load import parse_lock, parse_spec
from clusterwright.spec.lock import Lock

HEAD = "name: a\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\njob: {model: bert-large, finetune: {batch: 64}}\n"
GROUP = "groups: [{name: train, machine: p5.48xlarge, nodes: {min: 1, max: 8}}]\n"


def lock(prices: str) -> Lock:
    return parse_lock(
        f"schema: 1\nprovider: aws\nmade: '2026-11-24'\naccount: '123456789012'\nregion: us-east-1\nprices: {prices}\n"
    )


def found(text: str, locked: Lock | None = None) -> list[str]:
    """The rules about the budget that find something, notes left out."""
    findings = check(replace(parse_spec(HEAD + text), lock=locked))
    return [f.code for f in findings if f.code.startswith("CW-BUD") and f.severity != "note"]


def test_the_lock_s_price_comes_before_the_catalog_s() -> None:
    spec = parse_spec(HEAD + GROUP).spec
    locked = lock("{p5.48xlarge: {on_demand: {usd_per_hour: 1.5, date: '2026-11-24', source: EC2}}}")
    (group,) = spec.groups
    before, after = price_of(spec, None, group), price_of(spec, locked, group)
    assert before is not None
    assert after is not None
    assert (before.usd_per_hour, after.usd_per_hour) == (55.04, 1.5)


@pytest.mark.parametrize(
    ("capacity", "usd"), [("{kind: reservation, id: cr-0123456789abcdef0}", 55.04), ("{kind: spot}", None)]
)
def test_a_reservation_costs_the_list_price_and_a_spot_machine_its_own(capacity: str, usd: float | None) -> None:
    spec = parse_spec(f"{HEAD}groups: [{{name: train, machine: p5.48xlarge, capacity: {capacity}}}]\n").spec
    price = price_of(spec, None, spec.groups[0])
    assert (price.usd_per_hour if price else None) == usd


def test_a_price_that_is_not_known_counts_as_none_and_is_told_of() -> None:
    spot = "groups: [{name: train, machine: p5.48xlarge, nodes: 8, capacity: {kind: spot}}]\nbudget: {limit: 9 USD}\n"
    (note,) = (finding for finding in check(parse_spec(HEAD + spot)) if finding.code.startswith("CW-BUD"))
    assert (note.code, note.severity) == ("CW-BUD-001", "note")
    assert found(spot, lock("{}")) == ["CW-BUD-001"]
    assert found(spot, lock("{p5.48xlarge: {spot: {usd_per_hour: 20.0, date: '2026-11-24', source: EC2}}}")) == [
        "CW-BUD-002"
    ]


def test_the_hour_counts_all_nodes_and_the_deadline_those_that_the_job_has() -> None:
    """Eight nodes cost 440.42 USD an hour with the head, the two of the job 110.18."""
    two = HEAD.replace("64}", "64}, nodes: 2")
    budget = "budget: {limit: 1110 USD, deadline: 10 h}\n"
    assert [f.code for f in check(parse_spec(two + GROUP + budget)) if f.code.startswith("CW-BUD")] == []
    assert found(GROUP + budget) == ["CW-BUD-003"]
    assert found(GROUP + "budget: {limit: 440 USD, deadline: 10 h}\n") == ["CW-BUD-002"]


def test_flexible_machines_end_with_their_time() -> None:
    text = (
        "name: a\nprovider: gcp\nproject: my-project-123\nregion: us-central1\nzone: us-central1-a\n"
        "groups: [{name: train, machine: a3-megagpu-8g, nodes: 1, capacity: {kind: flex_start, duration: 24 h}}]\n"
    )
    late = [f for f in check(parse_spec(text + "budget: {deadline: 25 h}\n")) if f.code == "CW-BUD-004"]
    assert [finding.what for finding in late] == ["the job may take 25 h, and its machines run for 1 d"]
    assert "CW-BUD-004" not in [f.code for f in check(parse_spec(text + "budget: {deadline: 24 h}\n"))]


def test_without_a_limit_a_budget_has_nothing_to_find() -> None:
    assert found(GROUP + "budget: {deadline: 48 h, on_finish: keep}\n") == []


@pytest.mark.parametrize(
    ("capacity", "kind"),
    [
        ("{kind: spot}", "spot"),
        (
            "{kind: capacity_block, id: cr-0123456789abcdef0, start: 2026-12-01T11:30Z, end: 2026-12-05T11:30Z}",
            "capacity_block",
        ),
    ],
)
def test_the_line_that_the_hint_gives_is_the_one_that_is_missing(capacity: str, kind: str) -> None:
    group = f"groups: [{{name: train, machine: p5.48xlarge, nodes: 8, capacity: {capacity}}}]\n"
    spec = parse_spec(f"{HEAD}{group}budget: {{limit: 500000 USD}}\n")
    (finding,) = (one for one in check(replace(spec, lock=lock("{}"))) if one.code == "CW-BUD-001")
    (line,) = re.findall("`prices: ({.*?})`", finding.hint)
    assert f"{kind}: " in line
    assert [one for one in check(replace(spec, lock=lock(line))) if one.code == "CW-BUD-001"] == []
