"""What the search looks at, and why it rules out what it does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterwright.catalog.machines import machine
from clusterwright.decide.memory import Sharing
from clusterwright.estimate.estimate import Course
from clusterwright.recommend.candidate import Candidate, timed, with_nodes
from clusterwright.recommend.ruled import RuledOut, Tally
from clusterwright.recommend.search import COUNTS, Limits, base, candidates, fitting, kinds, limits, spelled
from clusterwright.recommend.start import Start
from tests.recommend.few import bert, stack

NONE = Limits()
pytestmark = pytest.mark.usefixtures("few")


def searched(start: Start, held: Limits = NONE) -> tuple[list[Candidate], dict[str, RuledOut]]:
    tally = Tally()
    found = list(candidates(start, held, tally))
    return found, {row.reason: row for row in tally.rows}


def computing(course: Course) -> float:
    phase = course.main
    assert phase
    assert phase.step
    assert phase.step.computing.span
    return phase.step.computing.span.likely


def test_every_reason_is_counted_with_its_machine_types() -> None:
    _, ruled = searched(bert(tokens=10**11), limits(24 * 3600, 100_00))
    assert ruled["no_gpus"].machines == {"c7i.large"}
    assert ruled["not_offered"].machines == {"p5e.48xlarge"}
    assert ruled["refused"].details == ["CW-CMP-102: group `train` has g6f.large, which has 0.125 of an L4"]
    assert ruled["reservation"].machines >= {"p5.48xlarge", "g6.xlarge"}
    assert ruled["deadline"].ways > ruled["budget"].ways > 0


def test_what_is_sold_by_reservation_alone_takes_one_of_yours() -> None:
    _, ruled = searched(bert("gcp"))
    assert "a4x-highgpu-4g" in ruled["reservation"].machines


def test_the_nearest_miss_of_a_limit_is_told() -> None:
    _, ruled = searched(bert(tokens=10**12), limits(3600, None))
    assert ruled["deadline"].nearest
    assert ruled["deadline"].nearest[0] > 1
    assert ruled["deadline"].nearest[1].endswith(" h")


def test_ranks_beyond_the_batch_are_not_tried() -> None:
    found, ruled = searched(bert())
    assert max(one.job.ranks for one in found) == 256
    assert "p5.48xlarge" in ruled["batch"].machines


def test_machines_are_bought_in_every_way_that_they_are_sold() -> None:
    found, _ = searched(bert("gcp"))
    assert {one.kind for one in found if one.machine == "a2-highgpu-8g"} == {"on_demand", "spot", "flex_start"}


def test_a_way_without_a_known_price_has_no_money_at_all() -> None:
    found, _ = searched(bert())
    spot = next(one for one in found if one.kind == "spot" and one.machine == "p5.48xlarge")
    assert spot.usd.span is None
    assert spot.usd.basis == "the price of a p5.48xlarge (spot) is not known"


def test_a_stack_s_block_is_tried_with_its_own_machines_and_no_more_of_them() -> None:
    block = "{kind: capacity_block, id: cr-0123456789abcdef0, start: 2026-12-01T11:30Z, end: 2026-12-05T11:30Z}"
    found, _ = searched(stack(f"[{{name: train, machine: p5.48xlarge, nodes: 4, capacity: {block}}}]"))
    own = [one for one in found if one.kind == "capacity_block"]
    assert {one.machine for one in own} == {"p5.48xlarge"}
    assert [one.nodes for one in own] == [1, 2, 3, 4]


def test_a_job_that_outlasts_flex_start_machines_is_not_for_them() -> None:
    found, ruled = searched(bert("gcp", tokens=10**12, model="bert-large"))
    assert ruled["duration"].ways > 0
    assert all((one.time.span or (0, 0))[1] <= 7 * 86400 for one in found if one.kind == "flex_start")


def test_flex_start_machines_are_asked_for_as_long_as_the_job_takes_at_most() -> None:
    assert spelled("flex_start", 3601) == {"kind": "flex_start", "duration": "2 h"}
    assert spelled("flex_start", 10**9) == {"kind": "flex_start", "duration": "168 h"}


def test_kinds_of_capacity_are_the_catalog_s() -> None:
    p5 = machine("aws", "p5.48xlarge")
    assert p5 is not None
    assert kinds(p5) == ("reservation", "capacity_block", "on_demand", "spot")


def test_the_project_s_own_training_is_never_told_to_share_a_model_out() -> None:
    small = machine("aws", "g6.xlarge")
    assert small is not None
    assert fitting(bert(), small, 8) == [Sharing()]
    command = stack("[{name: train}]", "{model: bert-base, source: jobs, command: [train.py]}")
    assert [one.sharding for one in fitting(command, small, 8)] == ["none", "optimizer", "full"]


def test_activations_are_computed_again_only_where_nothing_else_fits() -> None:
    gpt = stack("[{name: train}]", "{model: gpt3-6.7b}")
    p5 = machine("aws", "p5.48xlarge")
    assert p5 is not None
    assert not any(one.recompute for one in fitting(gpt, p5, 64))


def test_what_a_stack_says_of_sharding_stays() -> None:
    gpt = stack("[{name: train}]", "{model: gpt3-6.7b, sharding: full}")
    p5 = machine("aws", "p5.48xlarge")
    assert p5 is not None
    assert {one.sharding for one in fitting(gpt, p5, 64)} == {"full"}


@pytest.mark.parametrize("name", ["g6.xlarge", "p4d.24xlarge", "p5.48xlarge"])
@given(pair=st.lists(st.sampled_from(COUNTS), min_size=2, max_size=2).map(sorted))
def test_more_nodes_never_raise_the_time_that_a_step_computes(name: str, pair: list[int]) -> None:
    row = machine("aws", name)
    assert row is not None
    plan = base(bert(), name, row, Tally())
    assert plan is not None
    few, many = (timed(with_nodes(plan, nodes, 0, Sharing())).course for nodes in pair)
    assert computing(many) <= computing(few)
