"""Runs that fail between two looks of the head, and runs that Slurm refuses: all of them come to an end."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from clusterwright.node.runs import PAUSES
from clusterwright.node.slurm.commands import SlurmError
from clusterwright.node.slurm.dispatch import REFUSED
from tests.node.slurm.test_head import NAME, World

WAITS = {"state": "PENDING", "reason": "BeginTime", "nodes": ""}
UNSAID = "its processes ended without saying why; see `clusterwright logs`"
FAILED = f"5 attempts without progress; the last one: {UNSAID}"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A run that Slurm has and has not started."""
    one = World(tmp_path)
    one.step()
    one.step()
    one.asked()
    return one


def test_starts_that_the_head_has_not_seen_are_attempts(world: World) -> None:
    world.slurm_says(101, **WAITS, restarts=50)
    world.step()
    assert (world.status(), world.asked()) == (("running", None, 50), [])
    world.step()
    assert world.status() == ("failed", FAILED, 50)
    assert world.asked() == [("cancel", 101, 102)]


def test_so_are_those_after_one_that_it_has_seen(world: World) -> None:
    world.slurm_says(101, state="RUNNING", nodes="train-[1-2]")
    world.step()
    world.slurm_says(101, **WAITS, restarts=4)
    world.step()
    world.step(60.0)
    assert (world.status(), world.asked()) == (("running", None, 4), [("start now", 101)])
    world.slurm_says(101, **WAITS, restarts=5)
    world.step()
    world.step()
    assert world.status() == ("failed", FAILED, 5)


def test_and_those_before_one_that_it_sees(world: World) -> None:
    world.slurm_says(101, state="RUNNING", nodes="train-[1-2]", restarts=3)
    world.step()
    assert world.status() == ("running", None, 4)
    assert world.read(f"jobs/{NAME}/status.json")["stalled"] == 3


def test_a_restart_at_once_is_one_attempt(world: World) -> None:
    for restarts in (1, 2):
        world.slurm_says(101, **WAITS, restarts=restarts)
        world.step()
        world.step()
    assert (world.status()[2], world.asked()) == (2, [("start now", 101)]), "the second one waits a while"
    world.step(15.0)
    assert world.asked() == [("start now", 101)]


def test_attempts_that_come_further_are_none_without_progress(world: World) -> None:
    for restarts in range(1, 12):
        world.bucket.write(f"jobs/{NAME}/checkpoints/pretrain/latest", f"step-{restarts}".encode())
        world.slurm_says(101, **WAITS, restarts=restarts)
        world.step()
        world.step()
    assert world.status()[0] == "running"
    world.slurm_says(101, **WAITS, restarts=16)
    world.step()
    world.step()
    assert world.status()[:2] == ("failed", FAILED)


def fails(world: World, count: int) -> Sequence[int]:
    """At how many of `count` looks, each with its Slurm jobs failed, a run was submitted anew."""
    found = []
    for look in range(count):
        for one in list(world.slurm.known_jobs):
            world.slurm_says(one.id, state="FAILED", exit_code=1)
        world.step()
        found += [look] * sum(one[0] == "submit" for one in world.asked())
    return found


def test_a_slurm_job_that_ends_between_two_looks_is_an_attempt(world: World) -> None:
    submitted = fails(world, 100)
    assert len(submitted) == 2 * 4, "two phases each, and the fifth attempt was the last"
    gaps = [2.0 * (later - earlier) for earlier, later in pairwise(submitted[::2])]
    assert gaps == [pytest.approx(pause, abs=4.0) for pause in PAUSES[2:]]
    assert world.status() == ("failed", FAILED, 5)


def test_a_chain_whose_job_never_started_is_no_attempt(world: World) -> None:
    for id in (101, 102):
        world.slurm_says(id, state="CANCELLED", reason="DependencyNeverSatisfied")
    world.step()
    assert (world.status(), world.asked()) == (("queued", None, 0), [("submit", 103), ("submit", 104)])


REFUSAL = "sbatch: Requested node configuration is not available"


def refuses(world: World) -> list[float]:
    """Slurm takes no run; when it was asked to."""
    tries: list[float] = []

    def submit(_: Sequence[str]) -> int:
        tries.append(world.now)
        raise SlurmError(REFUSAL)

    world.slurm.submit = submit  # pyright: ignore[reportAttributeAccessIssue]
    return tries


def test_what_sbatch_refuses_is_the_runs_reason_and_tried_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    working, tries = world.slurm.submit, refuses(world)
    world.step()
    assert world.step()["reasons"] == [f"runs: {REFUSAL}"]
    assert world.status() == ("queued", REFUSAL, 0)
    world.step(REFUSED[0] - 2.0)
    assert (world.status(), len(tries)) == (("queued", REFUSAL, 0), 1), "not at every look"
    world.slurm.submit = working
    assert world.step()["reasons"] == []
    assert world.status()[1] is None


def test_what_sbatch_refuses_again_and_again_has_failed_in_its_words(tmp_path: Path) -> None:
    world = World(tmp_path)
    tries = refuses(world)
    while world.now < 3000.0:
        world.step()
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps == [pytest.approx(pause, abs=2.0) for pause in REFUSED]
    assert world.status() == ("failed", f"Slurm has refused it 6 times: {REFUSAL}", 0)
