"""Machines: each is shown once, under its name, with the phase that it is in."""

from __future__ import annotations

import os

import pytest

from clusterwright.live.nodes import UNNAMED_FOR, Node
from clusterwright.live.reports import Boot
from clusterwright.live.state import Snapshot, read_snapshot
from clusterwright.node.report import LOST_AFTER

NOW = 1_780_000_000.0


def look(bucket) -> Snapshot:
    return read_snapshot(bucket.storage, NOW)


def node(bucket, name: str) -> Node:
    return next(node for node in look(bucket).nodes if node.name == name)


def states(bucket) -> dict[str, str]:
    return {node.name: node.state for node in look(bucket).nodes}


@pytest.fixture
def machines(bucket):
    """A deployed cluster of machines with its head and one node."""
    bucket.deploy_machines()
    bucket.machine("head")
    bucket.ask("train-1", "train-2")
    bucket.machine("train-1")
    return bucket


def test_a_name_that_slurm_wants_and_no_machine_has_is_asked_for(machines) -> None:
    assert states(machines) == {"head": "healthy", "train-1": "healthy", "train-2": "asked"}


def test_why_no_machine_comes_is_what_the_head_says_of_the_group(machines) -> None:
    view = {"groups": {"train": {"asked": 2, "machines": 1, "idle": 0, "reason": "InsufficientInstanceCapacity"}}}
    machines.machine("head", cluster=view)
    assert node(machines, "train-2").reason == "InsufficientInstanceCapacity"


def test_a_claimed_name_without_a_report_is_starting(machines) -> None:
    machines.write("nodes/claims/train-2.json", {"name": "train-2", "machine": "i-2", "group": "train"})
    assert states(machines)["train-2"] == "starting"


def test_a_machine_without_a_name_goes_by_its_id_until_it_has_one(machines) -> None:
    machines.report("i-train-2", "booting", machine="i-train-2", reason="waits for a name")
    assert states(machines)["i-train-2"] == "booting"
    machines.machine("train-2")
    assert set(states(machines)) == {"head", "train-1", "train-2"}


def test_a_machine_that_failed_before_it_had_a_name_stays_failed_for_a_while(machines) -> None:
    machines.report("i-9", "failed", age=120, machine="i-9", phase="bundle", reason="SHA-256 differs")
    assert states(machines)["i-9"] == "failed"
    machines.report("i-9", "failed", age=UNNAMED_FOR + 1, machine="i-9", phase="bundle")
    assert "i-9" not in states(machines)


def test_a_report_of_a_machine_that_lost_its_name_is_not_shown(machines) -> None:
    machines.write("nodes/claims/train-1.json", {"name": "train-1", "machine": "i-other", "group": "train"})
    assert states(machines)["train-1"] == "starting", "the new machine has not reported yet"
    (machines.root / "nodes/claims/train-1.json").unlink()
    assert states(machines)["train-1"] == "asked"
    machines.ask()
    assert "train-1" not in states(machines)


def test_phases_are_told_in_the_order_of_the_boot_whatever_the_order_in_the_report() -> None:
    written = {"bundle": 1.0, "booting": 2.0, "disks": 3.0, "joining": 4.0, "mounts": 5.0, "of a newer release": 6.0}
    boot = Boot.model_validate({"booted": NOW, "phases": written})
    assert list(boot.phases) == ["booting", "bundle", "disks", "mounts", "joining", "of a newer release"]


def test_what_else_lies_beside_the_reports_is_no_broken_report(machines) -> None:
    machines.write("reports/rendezvous.json", {"host": "127.0.0.1", "port": 1})
    machines.write("reports/logs/head/slurmctld.log", "up\n")
    assert look(machines).problems == ()


def test_a_node_is_in_a_phase_since_those_before_it_ended(machines) -> None:
    machines.machine("train-2", "software", booted=16, steps=[])
    found = node(machines, "train-2")
    assert (found.state, found.phase, found.in_phase) == ("converging", "software", pytest.approx(10.0))


def test_a_node_that_takes_another_bundle_is_in_a_phase_since_it_began(machines) -> None:
    steps = [{"name": "50-software", "state": "running", "started": NOW - 5}]
    machines.machine("train-1", "software", booted=9000, steps=steps)
    assert node(machines, "train-1").in_phase == pytest.approx(5.0)


def test_a_node_with_a_slower_heart_is_lost_later(machines) -> None:
    machines.machine("train-1", age=4 * LOST_AFTER, period=10.0)
    assert states(machines)["train-1"] == "healthy"
    machines.machine("train-1", age=5 * LOST_AFTER + 1, period=10.0)
    assert states(machines)["train-1"] == "lost"


def test_reports_of_a_newer_head_are_read_as_far_as_they_are_known(machines) -> None:
    view = {"spend": {"usd": 1.5, "colour": "red"}, "after_finish": {"head": 2.4, "note": "words"}, "more": []}
    machines.machine("head", cluster=view, notice={"action": "terminate", "time": "17:00"}, log_tail="one\ntwo")
    head = node(machines, "head")
    assert head.cluster is not None
    assert (head.cluster.after_finish, head.notice, head.log_tail) == (
        {"head": 2.4},
        "action terminate, time 17:00",
        ("one", "two"),
    )
    assert look(machines).problems == ()


@pytest.mark.parametrize(
    ("notice", "words"),
    [
        (None, None),
        ([], None),
        ("ends at 17:02", "ends at 17:02"),
        ({"kind": "spot", "reason": "the cloud takes it back"}, "the cloud takes it back"),
        ([{"reason": "maintenance"}, {"action": "reboot"}], "maintenance; action reboot"),
    ],
)
def test_notices_are_told_by_their_reasons(machines, notice: object, words: str | None) -> None:
    machines.machine("train-1", notice=notice)
    assert node(machines, "train-1").notice == words


class TestBlocked:
    def test_a_failed_node_that_the_job_can_do_without_blocks_nothing(self, machines) -> None:
        machines.machine("train-2", "failed", reason="health: GPU 3 has lost its link")
        assert look(machines).blocked is None

    def test_a_failed_node_that_the_job_needs_blocks_it(self, machines) -> None:
        machines.deploy_machines(nodes=4)
        machines.machine("train-2", "failed", reason="health: GPU 3 has lost its link")
        assert look(machines).blocked == "node train-2 has failed: health: GPU 3 has lost its link"


class TestBoot:
    def test_the_boot_is_over_when_every_node_is_healthy(self, machines) -> None:
        assert look(machines).slowest is None
        machines.machine("train-2", booted=50)
        slowest = look(machines).slowest
        assert slowest is not None
        assert slowest.name == "train-2"

    def test_the_way_from_up_begins_with_what_the_deployer_wrote_last_before_the_head_booted(self, machines) -> None:
        machines.machine("train-2", booted=50)
        for age, path in ((90, "control/bundles"), (70, "control"), (5, "control")):
            file = machines.root / path / f"written-{age}"
            file.write_text("")
            os.utime(file, (NOW - age, NOW - age))
        for path in (machines.root / "control").rglob("*"):
            if path.is_file() and not path.name.startswith("written"):
                os.utime(path, (NOW - 5, NOW - 5))
        machines.write("nodes/asked/train.json", {"names": ["train-1", "train-2"], "time": NOW - 55})
        assert look(machines).up == ("up", pytest.approx(70 - 50 + 30))

    def test_a_head_that_was_replaced_days_later_tells_nothing_of_up(self, machines) -> None:
        machines.machine("train-2", booted=50)
        for path in (machines.root / "control").rglob("*"):
            os.utime(path, (NOW - 90_000, NOW - 90_000))
        machines.write("nodes/asked/train.json", {"names": ["train-1", "train-2"], "time": NOW - 55})
        assert look(machines).up is None
