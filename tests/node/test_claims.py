"""A name belongs to one machine; whoever comes second takes another or waits."""

from __future__ import annotations

import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from clusterwright.node import claims
from clusterwright.node.files import Damaged
from clusterwright.node.objects import read_object, write_object
from clusterwright.node.place import MachinePlace


def machine(place: MachinePlace, number: int) -> MachinePlace:
    """Another machine of the same group."""
    name = f"i-{number}"
    folder = place.folder.parent / name
    folder.mkdir(exist_ok=True)
    return dataclasses.replace(place, machine=name, node=name, folder=folder)


def ask(place: MachinePlace, *names: str) -> None:
    write_object(place.bucket, f"nodes/asked/{place.group}.json", {"names": names, "time": 0.0})


def test_the_claim_says_whose_the_name_is(place: MachinePlace) -> None:
    ask(place, "train-1")
    assert claims.claim(place, "10.0.0.7") == "train-1"
    said = read_object(place.bucket, "nodes/claims/train-1.json") or {}
    assert abs(said.pop("time") - time.time()) < 10
    assert said == {"machine": "i-1", "group": "train", "name": "train-1", "address": "10.0.0.7"}
    assert claims.holds(place, "train-1")
    assert not claims.holds(machine(place, 2), "train-1")


def test_many_machines_at_once_have_a_name_each_and_the_others_none(place: MachinePlace) -> None:
    ask(place, *(f"train-{number}" for number in range(5)))
    machines = [machine(place, number) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda one: claims.claim(one, None), machines))
    assert sorted(name for name in names if name) == [f"train-{number}" for number in range(5)]
    assert names.count(None) == 3
    assert all(claims.holds(one, name) for one, name in zip(machines, names, strict=True) if name)


@pytest.mark.parametrize("names", [None, []])
def test_without_a_name_that_is_asked_for_there_is_none(place: MachinePlace, names: list[str] | None) -> None:
    if names is not None:
        ask(place, *names)
    assert claims.claim(place, None) is None


def test_names_of_another_group_are_not_ours(place: MachinePlace) -> None:
    ask(dataclasses.replace(place, group="prep"), "prep-1")
    assert claims.claim(place, None) is None


def test_a_machine_that_was_stopped_between_claim_and_memory_knows_its_name(
    place: MachinePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(place, "train-1")

    def cut(*arguments: object) -> bool:
        write_object(place.bucket, "nodes/claims/train-1.json", {"machine": place.machine})
        raise KeyboardInterrupt

    monkeypatch.setattr(claims, "create_object", cut)
    with pytest.raises(KeyboardInterrupt):
        claims.claim(place, None)
    assert claims.remembered(place) == "train-1"
    assert claims.holds(place, "train-1")


def test_a_forgotten_name_is_not_remembered(place: MachinePlace) -> None:
    ask(place, "train-1")
    claims.claim(place, None)
    claims.forget(place)
    assert claims.remembered(place) is None


def test_a_machine_tries_all_free_names_and_those_that_boot_together_begin_elsewhere(
    place: MachinePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(place, *(f"train-{number}" for number in range(5)))
    write_object(place.bucket, "nodes/claims/train-3.json", {"machine": "i-9"})
    tried: list[str] = []

    def taken(bucket: object, key: str, value: object) -> bool:
        tried.append(key.removeprefix("nodes/claims/").removesuffix(".json"))
        return False

    monkeypatch.setattr(claims, "create_object", taken)
    first = set[str]()
    for number in range(4):
        tried.clear()
        assert claims.claim(machine(place, number), None) is None
        assert sorted(tried) == ["train-0", "train-1", "train-2", "train-4"]
        first.add(tried[0])
    assert len(first) == 4


@pytest.mark.parametrize("names", [7, "train-1", ["../../control/current"], ["a b"], ["-n"], [None], [""], ["x" * 300]])
def test_what_no_machine_could_be_called_is_never_claimed(place: MachinePlace, names: object) -> None:
    write_object(place.bucket, f"nodes/asked/{place.group}.json", {"names": names})
    with pytest.raises(Damaged, match="asks for no names"):
        claims.claim(place, None)
    assert place.bucket.names("nodes/claims") == ()


@pytest.mark.parametrize("left", [b"", b"\0\0\0", b"\xff", b"../x"])
def test_half_a_name_that_a_power_cut_left_is_none(place: MachinePlace, left: bytes) -> None:
    (place.folder / "name").write_bytes(left)
    assert claims.remembered(place) is None
