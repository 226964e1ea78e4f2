"""How often the head asks a cloud's bucket of a run: each request there costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterwright.node.slurm.power import LOOK
from tests.node.slurm.test_head import NAME, World


@pytest.fixture
def reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[World, list[float]]:
    """A head in a cloud whose run is going on, and when it has read what that has written."""
    world, found = World(tmp_path), list[float]()
    world.facts.write_text(world.facts.read_text().replace('"local"', '"aws"'))
    world.head = world.replace()
    world.run_first()
    runs = world.head._dispatcher._runs
    read = runs.evidence
    monkeypatch.setattr(runs, "evidence", lambda *given: found.append(world.now) or read(*given))
    return world, found


def test_what_a_run_has_written_is_read_as_often_as_machines_are_looked_at(reads: tuple[World, list[float]]) -> None:
    world, found = reads
    for _ in range(30):
        world.step()
    assert len(found) == 60.0 / LOOK


def test_and_at_once_when_slurm_says_something_new_of_it(reads: tuple[World, list[float]]) -> None:
    world, found = reads
    world.step(LOOK)
    world.slurm_says(101, state="COMPLETED")
    world.put(f"jobs/{NAME}/phases/pretrain.json")
    world.step()
    assert found == [world.now - 2.0, world.now]
    world.slurm_says(102, state="RUNNING", nodes="train-[1-2]")
    world.put(f"jobs/{NAME}/phases/finetune.json")
    world.step()
    assert world.status()[0] == "finished"


def test_suspects_are_drained_once(reads: tuple[World, list[float]]) -> None:
    world, _ = reads
    world.lend()
    world.put(f"jobs/{NAME}/suspects.json", suspects=[{"node": "train-2", "reason": "slow"}])
    world.step(LOOK)
    world.step()
    assert world.asked() == [("drain", "train-2")]
