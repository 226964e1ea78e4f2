"""Machines of a cluster as they end, with the supervisor and the plugin at work at once."""

from __future__ import annotations

import fcntl
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from components.local.runtime import files
from components.local.runtime.machine.fleet import Fleet, Group
from components.local.runtime.machine.machine import Machine
from components.local.runtime.machine.place import Place

DEAD = Machine(Place(Path()), "m-00000001", "train", "compute", IPv4Address("10.0.0.9"), [])


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """A group whose one machine has died."""
    fleet = Fleet(Place(tmp_path))
    fleet.define(Group("train", "compute", 2, "", []))
    record = {"group": "train", "role": "compute", "address": "10.0.0.9", "layers": []}
    files.write_json(replace(DEAD, place=fleet.place).folder / "machine.json", record)
    assert [one.state() for one in fleet.list("train")] == ["dead"]
    return fleet


def is_free(lock: Path) -> bool:
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_a_dropped_group_leaves_nothing(fleet: Fleet) -> None:
    fleet.drop("train")
    assert (fleet.group("train"), fleet.list()) == (None, [])


def test_what_is_left_of_a_group_is_removed_by_one_at_a_time(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervisor removes the dead too, every half second."""
    free: list[bool] = []
    monkeypatch.setattr("components.local.runtime.machine.fleet.STOP_SECONDS", -1)
    monkeypatch.setattr(Machine, "remove", lambda _: free.append(is_free(fleet.place.folder / ".machines.lock")))
    fleet.drop("train")
    assert free == [False]
