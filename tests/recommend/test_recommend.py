"""What is recommended: more is never worse, nothing unknown is called cheap, all of it can be written and planned."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterwright.estimate.quantity import HOUR, SECOND, USD, exactly
from clusterwright.plan import plan_cluster
from clusterwright.recommend import search, written
from clusterwright.recommend.front import measures
from clusterwright.recommend.recommend import BESTS, Recommendation, in_budget, in_time, recommend
from clusterwright.recommend.search import Limits, limits
from clusterwright.recommend.start import new, with_tokens
from clusterwright.spec.load import parse_lock, parse_spec
from tests.recommend.few import bert, stack, told

pytestmark = pytest.mark.usefixtures("few")
SECONDS = st.sampled_from([3 * 3600, 86400, 10 * 86400])
CENTS = st.sampled_from([1_00, 20_00, 5000_00])


@cache
def large(deadline: int, budget: int) -> Recommendation:
    """What is recommended for a BERT-large within so many seconds and cents."""
    return told(bert(model="bert-large", tokens=2 * 10**9), deadline, budget)


@given(deadlines=st.lists(SECONDS, min_size=2, max_size=2), budgets=st.lists(CENTS, min_size=2, max_size=2))
@settings(max_examples=20)
def test_more_time_or_money_never_gives_a_worse_recommendation(deadlines: list[int], budgets: list[int]) -> None:
    (less_time, more_time), (less_money, more_money) = sorted(deadlines), sorted(budgets)
    tight, loose = large(less_time, less_money), large(more_time, more_money)
    for place, best in enumerate(BESTS):
        before, after = tight.best(best), loose.best(best)
        assert before is None or (after is not None and measures(after)[place] <= measures(before)[place])


@pytest.mark.parametrize("provider", ["aws", "gcp"])
def test_every_option_of_the_front_is_a_spec_that_is_planned_with_the_same_figures(provider: str) -> None:
    front = told(bert(provider), 5 * 86400, 500_00).front
    assert len(front) > 2
    for one in front:
        again = plan_cluster(parse_spec(one.spec))
        assert again == one.plan
        assert (one.candidate.time, one.candidate.usd, one.candidate.kwh) == (one.time, one.usd, one.kwh)
        assert one.candidate.total == one.total
        assert one.estimate.nodes == one.candidate.nodes


def test_what_has_no_known_price_is_told_apart_and_never_on_the_front() -> None:
    recommendation = told(bert())
    assert all(one.usd.known for one in (*recommendation.front, *recommendation.timed))
    assert {row.kind for row in recommendation.unpriced} == {"spot"}


def test_where_no_price_is_known_nothing_is_best() -> None:
    recommendation = told(bert("gcp", model="bert-large", tokens=85 * 10**9), 20 * 3600)
    assert recommendation.front == ()
    assert recommendation.best("cheapest") is None
    assert {row.kind for row in recommendation.unpriced} >= {"on_demand", "spot", "flex_start"}


def test_energy_that_is_not_known_is_never_the_least() -> None:
    recommendation = told(bert(model="bert-large", tokens=85 * 10**9))
    fast, least = recommendation.best("fastest"), recommendation.best("least energy")
    assert fast
    assert fast.candidate.machine == "p6-b300.48xlarge"
    assert not fast.kwh.known
    assert least
    assert least.kwh.known


def test_where_no_energy_is_known_none_is_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "names", lambda provider: ("p6-b300.48xlarge",))
    recommendation = told(bert(model="bert-large"))
    assert recommendation.front
    assert recommendation.best("least energy") is None


def test_of_what_costs_the_same_the_stack_s_own_reservation_comes_first() -> None:
    reserved = "{kind: reservation, id: cr-0123456789abcdef0}"
    start = stack(f"[{{name: train, machine: p5.48xlarge, nodes: 2, capacity: {reserved}}}]", "{model: bert-large}")
    own = [one.candidate for one in told(start).front if one.candidate.machine == "p5.48xlarge"]
    assert {one.kind for one in own if one.nodes <= 2} == {"reservation"}
    assert all(one.capacity == {"kind": "reservation", "id": "cr-0123456789abcdef0"} for one in own if one.nodes <= 2)


def test_only_timed_gpus_are_recommended_when_that_is_asked_for() -> None:
    recommendation = recommend([bert()], Limits(), calibrated=True)
    assert recommendation.front
    assert all(one.estimate.calibrated for one in recommendation.front)
    assert "uncalibrated" in {row.reason for row in recommendation.ruled_out}


def test_timed_gpus_are_told_beside_a_front_that_has_none() -> None:
    recommendation = told(bert(), budget=4_00)
    assert not any(one.estimate.calibrated for one in recommendation.front)
    assert recommendation.timed == ()
    dearer = told(bert(tokens=10**10), budget=40_00)
    assert all(one.estimate.calibrated for one in dearer.timed)


def test_a_limit_holds_surely_only_at_the_high_end_and_never_on_machines_that_are_taken_back() -> None:
    one = next(iter(told(bert()).front))
    assert one.time.span
    assert one.total.span
    high = one.time.span.high
    assert in_time(one, Limits(exactly(high, SECOND, ""))) == "surely"
    assert in_time(one, Limits(exactly(high - 1, SECOND, ""))) == "likely"
    assert in_time(one, Limits(exactly(high / 3600 + 1, HOUR, ""))) == "surely"
    assert in_time(one, Limits()) is None
    assert in_budget(one, Limits(budget=exactly(one.total.span.high - 0.01, USD, ""))) == "likely"
    spot = replace(one, candidate=replace(one.candidate, capacity={"kind": "spot"}))
    assert in_time(spot, Limits(exactly(high, SECOND, ""))) == "likely"


def test_of_a_cloud_with_a_price_missing_a_budget_holds_for_the_machines_alone() -> None:
    (first, *_) = told(bert("gcp"), budget=100_00).front
    assert not first.total.known
    assert in_budget(first, limits(None, 100_00)) == "machines alone"


def test_what_a_rule_refuses_leaves_the_front_with_its_code() -> None:
    """A limit below an hour of all nodes is refused (CW-BUD-002), however short the job is."""
    recommendation = told(bert(tokens=10**7), budget=50_00)
    (refused,) = (row for row in recommendation.ruled_out if row.reason == "refused")
    assert any(detail.startswith("CW-BUD-002: ") for detail in refused.details)
    assert recommendation.front


LOCK = {
    "schema": 1, "provider": "aws", "made": "2026-11-24", "account": "123456789012", "region": "us-east-1",
    "zones": {"us-east-1a": "use1-az1"}, "images": {},
    "prices": {"p5.48xlarge": {"spot": {"usd_per_hour": 5.5, "date": "2026-11-24", "source": "the account"}}},
}  # fmt: skip


def test_a_price_of_the_stack_s_lock_is_compared_and_its_limits_never_hold_surely() -> None:
    start = replace(stack("[{name: train, machine: p5.48xlarge, nodes: 1}]"), lock=parse_lock(json.dumps(LOCK)))
    held = limits(30 * 86400, 10**8)
    spot = [one for one in recommend([start], held).front if one.candidate.kind == "spot"]
    assert {one.candidate.machine for one in spot} == {"p5.48xlarge"}
    assert {in_time(one, held) for one in spot} == {"likely"}


def test_fine_tuning_gets_a_sequence_for_each_rank_in_the_search_and_in_the_spec() -> None:
    start = with_tokens(new("aws", "bert-large"), 10**11, 4096)
    wide = [one for one in told(start).front if one.estimate.ranks > start.job.finetune["batch"]]
    assert wide
    for one in wide:
        assert one.candidate.job.work.finetune["batch"] == one.estimate.ranks
        assert written.job_part(start, one.candidate)["finetune"] == {"batch": one.estimate.ranks}
        assert one.candidate.time == one.time
