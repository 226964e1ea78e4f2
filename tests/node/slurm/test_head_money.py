"""What the limit of the budget does when something else does not work: it holds all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clusterwright.node.slurm.commands import SlurmError
from clusterwright.node.slurm.dispatch import STOP_TIME
from clusterwright.node.slurm.head import END_TIME
from tests.node.slurm.fakes import node
from tests.node.slurm.test_head import World


def dead(*_: Any) -> Any:
    raise SlurmError("scontrol: Unable to contact slurm controller (connect failure)")


def broken(*_: Any) -> Any:
    raise KeyError("oops")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A limit of 10 USD, and machines that cost 2 USD a second."""
    one = World(tmp_path, limit_cents=1000)
    one.run_first()
    one.lend()
    return one


def silent(world: World) -> None:
    """Slurm answers no more."""
    for name in ("nodes", "jobs", "partitions", "cancel", "set_nodes", "set_partition"):
        setattr(world.slurm, name, dead)


def test_a_count_that_cannot_be_kept_stops_what_runs_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("clusterwright.node.slurm.spend.write_json", full)
    told = world.step(10.0)
    assert "spend: [Errno 28] No space left on device" in told["reasons"]
    assert (world.asked(), world.slurm.states) == ([("TERM", 101)], {"train": "DOWN"})


@pytest.mark.parametrize("text", ["{}", "", '{"since": null}', "7"])
def test_a_new_head_that_cannot_read_the_count_lets_nothing_start(text: str, world: World) -> None:
    world.count.write_text(text)
    world.head = world.replace()
    told = world.step()
    assert (world.slurm.states, told["reasons"][0][:7]) == ({"train": "DOWN"}, "spend: ")
    assert "remove it" in told["reasons"][0] or text != "{}"
    world.count.unlink()
    world.step()
    assert world.slurm.states == {"train": "UP"}


def test_without_a_limit_no_count_is_needed_to_start(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.count.write_text("{}")
    world.step()
    assert world.slurm.states == {"train": "UP"}


def test_what_a_job_writes_into_the_bucket_changes_no_count(world: World) -> None:
    world.step(10.0)
    world.put("reports/spend.json", since=0, time=world.now, usd=0.0, unpriced=0.0, machines={}, stopped=None)
    world.head = world.replace()
    world.step()
    assert world.slurm.states == {"train": "DOWN"}


def test_machines_end_at_the_limit_though_slurm_does_not_answer(world: World) -> None:
    silent(world)
    world.step(10.0)
    world.step(END_TIME)
    assert world.group.machines == ["i-1", "i-2"], "Slurm may come back, and have its jobs write a checkpoint"
    told = world.step(1.0)
    assert (world.group.machines, world.group.sizes[-1]) == ([], 0)
    assert world.step()["groups"]["train"]["machines"] == 0
    assert any(reason.startswith("nodes: scontrol") for reason in told["reasons"])


def test_machines_end_at_the_limit_whatever_slurm_makes_of_their_nodes(world: World) -> None:
    world.step(10.0)
    world.slurm_says(101, state="COMPLETING")
    world.step(END_TIME + 1.0)
    assert world.group.machines == []
    world.slurm.known_nodes = [node("train-1", "ALLOCATED", "POWERING_UP")]
    world.step()
    assert world.group.sizes[-1] == 0, "none is bought in their place"


@pytest.mark.parametrize("part", ["nodes", "jobs", "partitions"])
def test_machines_end_at_the_limit_whatever_is_our_mistake(
    part: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.slurm, part, broken)
    world.step(10.0)
    world.step(END_TIME + 1.0)
    assert world.group.machines == []


def test_jobs_are_taken_away_at_the_limit_though_the_bucket_cannot_be_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.step(10.0)
    world.asked()
    monkeypatch.setattr(world.head._dispatcher, "look", dead)
    world.step(STOP_TIME + 1.0)
    assert world.asked() == [("cancel", 101)]


def test_a_new_head_counts_what_was_there_until_it_can_look_itself(world: World) -> None:
    world.step()
    world.group.list = dead
    world.head = world.replace()
    world.step()
    world.step()
    assert world.step(100.0)["spend"]["usd"] > 200.0
    assert world.head._power.machines == {}
    del world.group.list
    assert world.step()["groups"]["train"]["machines"] == 2
