"""Money and energy: what is not known is told, and never counted as nothing."""

from __future__ import annotations

from typing import Any

import pytest

from clusterwright.estimate import estimate
from clusterwright.estimate.energy import energy, power
from clusterwright.estimate.job import job_of
from clusterwright.estimate.money import Money, money
from clusterwright.estimate.quantity import HOUR, Figure, exactly
from clusterwright.plan.aws import AwsPlan
from clusterwright.plan.costs import total
from tests.estimate.jobs import LIKELY, span
from tests.plan.aws.plans import plan_of, plan_of_stack
from tests.plan.gcp.plans import plan_of as gcp_plan_of

GROUP = "groups: [{name: train, machine: p5.48xlarge, nodes: {min: 0, max: 2}, idle_timeout: 30 min}]\n"


def hours(value: float) -> Figure:
    return exactly(value, HOUR, "a test")


def of(plan: Any, time: float = 10) -> Money:
    return money(plan, hours(time))


def test_the_bill_is_nodes_times_hours_times_price_the_head_and_the_idle_end() -> None:
    plan = plan_of(GROUP)
    bill = {cost.name: span(cost.usd)[LIKELY] for cost in of(plan).costs if cost.name != "all else that stands"}
    assert plan.groups[0].price is not None
    assert plan.head.price is not None
    each = plan.groups[0].price.usd_per_hour
    assert bill == pytest.approx(
        {"head": 10 * plan.head.price.usd_per_hour, "group train": 20 * each, "group train, idle": each}
    )


def test_a_block_of_capacity_is_paid_as_a_whole_however_short_the_job() -> None:
    bill = of(plan_of_stack("bert-large-aws"), time=1)
    (block,) = (cost for cost in bill.costs if cost.name == "group train")
    assert span(block.usd)[LIKELY] == pytest.approx(8 * 31.464 * 96)
    assert block.usd.basis.endswith("the whole block of 96 h, used or not")


def test_reserved_machines_are_said_to_cost_as_much_unused() -> None:
    (group,) = (cost for cost in of(plan_of_stack("gpt3-aws")).costs if cost.name == "group train")
    assert "reserved ones cost as much while nobody uses them" in group.usd.basis


def test_an_unknown_price_makes_the_sum_unknown_and_says_whose_it_is() -> None:
    bill = of(gcp_plan_of("groups: [{name: train, machine: a3-megagpu-8g, nodes: 2}]\n"))
    assert (bill.machines.known, bill.machines.basis) == (False, "the price of a a3-megagpu-8g is not known")
    assert not bill.total.known


def test_what_stands_there_costs_for_as_long_as_the_job_takes() -> None:
    plan = plan_of(GROUP)
    bill = of(plan)
    assert plan.groups[0].price is not None
    assert plan.head.price is not None
    machines = plan.head.price.usd_per_hour + 2 * plan.groups[0].price.usd_per_hour
    hourly = float(total(plan, {"train": 2}).usd_per_hour or 0) - machines
    assert hourly > 0.05  # the NAT gateway alone
    assert span(bill.standing)[LIKELY] == pytest.approx(10 * hourly)
    assert span(bill.total)[LIKELY] == pytest.approx(span(bill.machines)[LIKELY] + 10 * hourly)


def test_one_thing_that_stands_without_a_price_makes_the_total_unknown() -> None:
    bill = of(gcp_plan_of("groups: [{name: train, machine: g2-standard-8, nodes: 1}]\n"))
    assert bill.machines.known
    assert (bill.total.known, bill.total.basis) == (False, "the price of alarms is not known")


def drawn(plan: AwsPlan) -> Any:
    job = job_of(plan)
    assert job is not None
    return energy(plan, job, hours(10))


def test_energy_is_nodes_times_power_times_hours_times_pue() -> None:
    got = drawn(plan_of(GROUP))
    assert span(got.node)[LIKELY] == pytest.approx(8 * 0.7 * 1.38)
    assert span(got.energy)[LIKELY] == pytest.approx(2 * 8 * 0.7 * 1.38 * 10 * 1.15)
    assert span(got.emissions)[LIKELY] == pytest.approx(span(got.energy)[LIKELY] * power().aws.grid["us-east-1"])


def test_an_8_gpu_node_of_h100_draws_no_more_than_it_is_rated_at() -> None:
    assert span(drawn(plan_of(GROUP)).node)[2] == pytest.approx(10.2, rel=0.01)


def test_emissions_are_unknown_in_a_region_whose_grid_nobody_measured() -> None:
    plan = plan_of(GROUP).model_copy(update={"region": "ap-southeast-7"})
    assert drawn(plan).energy.known
    assert drawn(plan).emissions.basis == "what the grid of ap-southeast-7 emits is not known"


def test_a_machine_without_gpus_draws_nobody_knows_what() -> None:
    plan = plan_of("groups: [{name: train, machine: c7i.8xlarge, nodes: 2}]\njob: {model: bert-mini}\n")
    assert not drawn(plan).energy.known


def test_an_estimate_has_all_costs_where_every_price_is_known() -> None:
    made = estimate(plan_of_stack("bert-base-aws"))
    assert made is not None
    assert made.money.total.known
