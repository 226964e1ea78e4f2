"""Money is counted where prices are known, and unknown where they are not."""

from __future__ import annotations

import pytest

from clusterwright.live import machines
from clusterwright.live.costs import boot_cost
from clusterwright.live.state import Snapshot, read_snapshot

NOW = 1_780_000_000.0


def look(bucket) -> Snapshot:
    return read_snapshot(bucket.storage, NOW)


@pytest.fixture
def up(bucket):
    """Two machines with GPUs: one healthy after 30 s, one booting for 16 s."""
    bucket.deploy_machines(price=36.0)
    bucket.machine("head")
    bucket.ask("train-1", "train-2")
    bucket.machine("train-1", booted=600)
    bucket.machine("train-2", "software", booted=16)
    return bucket


def test_gpus_idle_in_boot_cost_price_times_the_time_until_health(up) -> None:
    snapshot = look(up)
    assert snapshot.facts is not None
    cost = boot_cost(snapshot.facts, snapshot.nodes, NOW)
    assert cost is not None
    assert (cost.machines, cost.seconds, cost.usd) == (2, pytest.approx(46.0), pytest.approx(46.0 * 36 / 3600))


def test_machines_without_gpus_waste_none(up) -> None:
    up.deploy_machines(gpus=0)
    snapshot = look(up)
    assert snapshot.facts is not None
    assert boot_cost(snapshot.facts, snapshot.nodes, NOW) is None


def test_an_unknown_price_is_unknown_and_not_free(up) -> None:
    up.deploy_machines(price=None)
    assert machines.cost(look(up)) == (
        "cost: unknown so far, unknown/h, GPUs idle in boot unknown (2 machines, 23 s each)"
    )


def test_what_the_head_has_counted_is_told_beside_the_limit(up) -> None:
    spend = {"usd": 1234.5, "usd_per_hour": 72.0, "limit_usd": 5000, "since": NOW - 60}
    up.machine("head", cluster={"spend": spend})
    assert machines.cost(look(up)) == (
        "cost: 1,234.50 USD so far of 5,000.00 USD, 72.00 USD/h, GPUs idle in boot 0.46 USD (2 machines, 23 s each)"
    )


def test_what_still_costs_when_no_job_runs_is_told_the_dearest_first_and_the_unknown_last(up) -> None:
    assert machines.still_costs(look(up)) is None
    up.machine("head", cluster={"after_finish": {"disks": None, "head": 2.4, "lustre": 96.0}})
    assert machines.still_costs(look(up)) == "still costs a day: lustre 96.00 USD, head 2.40 USD, disks unknown"


def test_a_cluster_on_this_machine_has_nothing_to_pay(bucket) -> None:
    facts = {"provider": "local", "groups": [{"name": "train", "max": 2}]}
    bucket.bundle({"facts/cluster.json": facts}, "ab" * 32)
    bucket.machine("head", cluster={"spend": {"usd": None, "usd_per_hour": None}})
    assert machines.cost(look(bucket)) is None
