"""What a cluster costs besides its machines: sums of known prices, and what is missing by name."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterwright.catalog.services import HOURS_PER_MONTH
from clusterwright.plan.aws import AwsPlan
from clusterwright.plan.aws.model import LustrePlan
from clusterwright.plan.cloud import CloudPlan, DiskPlan
from clusterwright.plan.costs import Cost, Meter, Total, costs, standing, total
from tests.plan.aws.plans import plan_of, plan_of_stack
from tests.plan.gcp.plans import group
from tests.plan.gcp.plans import plan_of as gcp_plan_of

AWS = Meter("aws", "us-east-1")


def cost(plan: CloudPlan, what: str) -> Cost:
    return next(one for one in costs(plan) if one.what == what)


def lustre(gib: int, throughput: int = 250) -> AwsPlan:
    return plan_of(
        "storage: [{name: scratch, kind: lustre, mount: /scratch,"
        f" size: {gib} GiB, throughput: {throughput} MB/s/TiB, on_destroy: delete}}]\n"
    )


@cache
def bert_large() -> AwsPlan:
    return plan_of_stack("bert-large-aws", locked=False)


def resized(plan: AwsPlan, gib: int) -> AwsPlan:
    """The plan with file systems of another size."""
    return plan.model_copy(
        update={
            "storage": tuple(
                part.model_copy(update={"size_gib": gib}) if isinstance(part, LustrePlan) else part
                for part in plan.storage
            )
        }
    )


def monthly(usd: str) -> Decimal:
    return Decimal(usd) / HOURS_PER_MONTH


def test_bert_large_costs_by_hand_what_is_counted() -> None:
    """The list prices of us-east-1, added up by hand from the example's spec."""
    by_hand = (
        Decimal("0.4032")  # the head, m7i.2xlarge
        + monthly("0.21") * 4800  # Lustre of 4,800 GiB at 250 MB/s/TiB
        + Decimal("0.045")  # NAT gateway
        + Decimal("0.005")  # its address
        + 4 * Decimal("0.01")  # endpoints: three of Session Manager, one of logs
        + monthly("0.08") * (200 + 20)  # the head's disk, and its state
        + monthly("1.00")  # the key
        + monthly("0.40")  # the secret
        + monthly("0.10") * 4  # alarms
        + monthly("3.00")  # the dashboard
        + monthly("0.30") * 18  # metrics: 14 of the cluster, and the head's processors, memory and two disks
    )
    found = standing(bert_large())
    assert abs(found.usd_per_hour - by_hand) < Decimal("1e-20")
    assert found.unknown == ()
    assert str(found) == "1.91 USD an hour"


def test_nodes_cost_with_their_disks_and_metrics_on_top() -> None:
    plan = plan_of("groups: [{name: t, machine: p5.48xlarge, nodes: 2}]\n")
    metrics = 4 * 8 + 4  # of each of 8 GPUs, of processors and memory, of two disks
    each = Decimal("55.04") + monthly("0.08") * plan.groups[0].instance.disk.size_gib + monthly("0.30") * metrics
    more = total(plan, {"t": 2}).usd_per_hour - standing(plan).usd_per_hour
    assert abs(more - 2 * each) < Decimal("1e-20")


def test_a_sum_without_a_price_says_at_least_and_what_is_missing() -> None:
    plan = gcp_plan_of("storage: [{name: home, kind: nfs, mount: /home, tier: zonal, size: 1 TiB}]\n")
    assert cost(plan, "Filestore home").usd_per_hour is None
    found = standing(plan)
    assert "Filestore home" in found.unknown
    assert str(found).startswith("at least ")
    assert found.usd_per_hour > 0


def test_a_sum_of_which_nothing_is_known_is_unknown_and_not_at_least_0() -> None:
    assert str(Total(Decimal(0), ("head, m7i.large",))) == "unknown"
    assert str(Total(Decimal(0), ())) == "0.00 USD an hour"


def test_a_machine_without_a_price_is_missing_where_one_runs_alone() -> None:
    plan = gcp_plan_of(group("a3-megagpu-8g"))
    assert "a3-megagpu-8g of train" not in standing(plan).unknown
    assert "a3-megagpu-8g of train" in total(plan, {"train": 1}).unknown


def test_nothing_is_known_of_another_region() -> None:
    plan = plan_of().model_copy(update={"region": "eu-west-1"})
    assert {one.rate for one in costs(plan)} == {"price unknown"}


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_a_larger_file_system_never_costs_less(gib: int, more: int) -> None:
    plan = bert_large()
    small, large = (standing(resized(plan, size)).usd_per_hour for size in (gib, gib + more))
    assert small <= large
    assert (small < large) == (more > 0)


def test_a_faster_file_system_costs_more() -> None:
    priced = [cost(lustre(2400, speed), "Lustre scratch").usd_per_hour or 0 for speed in (125, 250, 500, 1000)]
    assert all(slow < fast for slow, fast in pairwise(priced))


@pytest.mark.parametrize(
    ("disk", "usd_per_month"),
    [
        (DiskPlan(size_gib=40, kind="gp3", iops=3000, throughput_mbps=125), "3.20"),
        (DiskPlan(size_gib=40, kind="gp3", iops=4000, throughput_mbps=130), "8.40"),
        (DiskPlan(size_gib=30, kind="io2", iops=300, throughput_mbps=None), "23.25"),
    ],
)
def test_a_disk_costs_by_its_size_and_by_speed_above_what_comes_with_it(disk: DiskPlan, usd_per_month: str) -> None:
    """The figures of the price list's own source, for the same disks."""
    hourly = sum((one.usd_per_hour or 0 for one in AWS.disk("d", disk)), Decimal(0))
    assert abs(hourly - monthly(usd_per_month)) < Decimal("1e-20")


@pytest.mark.parametrize(("capacity", "usd_per_month"), [("on_demand", "60.00"), ("spot", None)])
def test_local_ssds_that_are_asked_for_cost_by_how_their_machine_is_bought(
    capacity: str, usd_per_month: str | None
) -> None:
    cached = "storage: [{name: d, cache: 100 GiB}]\n"
    plan = gcp_plan_of(group("g2-standard-24", 1, f", capacity: {{kind: {capacity}}}") + cached)
    found = cost(plan, "local SSDs of a node of train")
    assert found.amount == 2 * 375
    assert found.usd_per_hour == (monthly("0.08") * 750 if usd_per_month else None)


def test_what_is_counted_by_use_has_a_price_and_no_amount() -> None:
    held = cost(plan_of(), "what bucket data holds")
    assert (held.kind, held.amount, held.usd_per_hour, held.kept) == ("use", None, None, True)
    assert held.rate == "0.023 USD a GB-month"


@pytest.mark.parametrize(
    ("plan", "rate"), [(plan_of(), "0.05 USD a GB-month"), (gcp_plan_of(), "0.065 USD a GB-month")]
)
def test_the_snapshot_that_a_deleted_disk_leaves_costs_on_by_what_it_holds(plan: CloudPlan, rate: str) -> None:
    left = cost(plan, "snapshot that state leaves")
    assert (left.kind, left.rate, left.kept) == ("use", rate, True)


def test_a_disk_that_is_kept_leaves_no_snapshot() -> None:
    kept = "storage: [{name: d}, {name: v, kind: volume, size: 10 GiB, on_destroy: keep}]\n"
    for plan in (plan_of(kept), gcp_plan_of(kept)):
        assert {one.what for one in costs(plan) if one.what.startswith("snapshot")} == {"snapshot that state leaves"}


def logs(spec: str) -> dict[str, str]:
    return {one.what: one.rate for one in costs(gcp_plan_of(spec)) if "logs" in one.what}


def test_logs_cost_on_google_when_they_are_written_and_again_after_30_days() -> None:
    written = {"logs that are written": "0.50 USD a GB", "logs of the network that are written": "0.25 USD a GB"}
    assert logs("observability: {logs: 30 d}\n") == written
    kept = {"logs that are kept for more than 30 days": "0.01 USD a GB-month"}
    assert logs("observability: {logs: 31 d}\n") == written | kept


def test_a_network_of_others_writes_no_logs_for_the_cluster() -> None:
    there = "network: {existing: {vpc: mine, subnets: [mine-1]}}\n"
    assert "logs of the network that are written" not in logs(there)


def test_what_is_free_is_known_to_be() -> None:
    gateway = cost(plan_of(), "gateway endpoint")
    assert (gateway.usd_per_hour, gateway.rate) == (0, "free")


def test_an_existing_network_brings_no_gateway() -> None:
    plan = plan_of("network: {existing: {vpc: vpc-0123456789abcdef0, subnets: [subnet-0123456789abcdef0]}}\n")
    assert not [one for one in costs(plan) if "gateway" in one.what]
