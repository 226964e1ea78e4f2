"""Which machines there are to be, as a table, and what the loop does about it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from clusterwright.bucket.folder import FolderBucket
from clusterwright.node.slurm.commands import Node
from clusterwright.node.slurm.power import Actions, Power, Size, View, decide
from tests.node.slurm.fakes import FakeGroup, FakeSlurm, node

OFF, GOING, COMING = ("POWERED_DOWN",), ("POWERING_DOWN",), ("POWERING_UP", "NOT_RESPONDING")
ONE, TWO = "train-1", "train-2"


def decided(*nodes: Node, machines: tuple[str, ...] = (), low: int = 0, high: int = 4, **more: object) -> Actions:
    values: dict[str, object] = {"claims": {}, **more}
    return decide(View(Size("train", low, high), nodes, machines, **values))  # pyright: ignore[reportArgumentType]


def test_a_node_that_slurm_wakes_is_asked_for_and_has_a_machine_coming() -> None:
    assert decided(node(ONE, "ALLOCATED", *COMING), node(TWO, "IDLE", *OFF)) == Actions(asked=(ONE,), machines=1)


def test_nothing_happens_while_all_is_as_it_should_be() -> None:
    found = decided(node(ONE, "ALLOCATED"), node(TWO, "IDLE", *OFF), machines=("i-1",), claims={ONE: "i-1"})
    assert found == Actions(asked=(ONE,), machines=1)


@pytest.mark.parametrize("flags", [OFF, GOING])
def test_a_machine_whose_name_is_let_go_of_ends_with_its_claim(flags: tuple[str, ...]) -> None:
    found = decided(node(ONE, "IDLE", *flags), machines=("i-1",), claims={ONE: "i-1"})
    assert found == Actions(end=("i-1",), drop=(ONE,))


def test_a_machine_that_is_gone_takes_its_claim_along_and_its_node_down_at_once() -> None:
    found = decided(node(ONE, "ALLOCATED"), machines=(), claims={ONE: "i-1"})
    assert found == Actions(lost=(ONE,), drop=(ONE,)), "none is bought while none may take the name"


def test_a_gone_machine_of_a_node_that_is_off_leaves_only_its_claim() -> None:
    assert decided(node(ONE, "IDLE", *OFF), claims={ONE: "i-1"}) == Actions(drop=(ONE,))


def test_a_node_that_is_to_end_after_its_job_keeps_its_machine_and_gets_no_new_one() -> None:
    leaving = node(ONE, "ALLOCATED", "POWER_DOWN")
    assert decided(leaving, machines=("i-1",), claims={ONE: "i-1"}).asked == (ONE,)
    assert decided(leaving).asked == ()


def test_machines_without_a_name_end_when_slurm_has_changed_its_mind() -> None:
    free = node(ONE, "ALLOCATED", *COMING)
    assert decided(free, node(TWO, "IDLE", *OFF), machines=("i-1", "i-2")).end == ("i-2",)
    assert decided(free, node(TWO, "ALLOCATED", *COMING), machines=("i-1", "i-2")).end == ()


def test_a_claim_on_a_name_that_slurm_does_not_know_ends_with_its_machine() -> None:
    assert decided(machines=("i-1",), claims={"train-9": "i-1"}) == Actions(end=("i-1",), drop=("train-9",))


def test_a_node_that_did_not_come_in_time_may_be_asked_for_again_once_its_machine_is_gone() -> None:
    late = node(ONE, "DOWN", *OFF)
    assert decided(late, machines=("i-1",), claims={ONE: "i-1"}) == Actions(end=("i-1",), drop=(ONE,))
    assert decided(late) == Actions(clear=(ONE,))


def test_what_was_drained_goes_with_its_machine() -> None:
    assert decided(node(ONE, "IDLE", "DRAIN", *OFF)) == Actions(clear=(ONE,))
    assert decided(node(ONE, "IDLE", "DRAIN"), machines=("i-1",), claims={ONE: "i-1"}).clear == ()


def test_a_node_that_failed_its_gate_stays_for_a_look_and_another_is_bought_beside_it() -> None:
    broken, wanted = node(ONE, "DOWN", *OFF), node(TWO, "ALLOCATED", *COMING)
    found = decided(broken, wanted, machines=("i-1",), claims={ONE: "i-1"}, failed={ONE})
    assert found == Actions(asked=(TWO,), machines=2)
    at_most = decided(broken, wanted, machines=("i-1",), claims={ONE: "i-1"}, failed={ONE}, high=1)
    assert at_most.machines == 1


def test_the_first_nodes_of_a_group_are_always_asked_for() -> None:
    off = [node(name, "IDLE", *OFF) for name in (ONE, TWO)]
    assert decided(*off, low=1) == Actions(wake=(ONE,))
    assert decided(node(ONE, "IDLE", *GOING), low=1).wake == (), "not while it goes down"
    assert decided(node(ONE, "DOWN", *OFF), low=1) == Actions(clear=(ONE,)), "first it must be let"


def test_when_all_is_done_every_machine_goes_even_a_failed_one() -> None:
    found = decided(node(ONE), machines=("i-1",), claims={ONE: "i-1"}, low=1, off=True)
    assert (found.sleep, found.wake) == ((ONE,), ())
    failed = decided(node(ONE, "DOWN", *OFF), machines=("i-1",), claims={ONE: "i-1"}, failed={ONE}, off=True)
    assert failed.end == ("i-1",)


def test_in_a_block_that_is_paid_for_the_group_is_full_and_no_machine_without_a_name_ends() -> None:
    free = node(ONE, "IDLE", *OFF)
    assert decided(free, machines=("i-1", "i-2"), filled=True) == Actions(machines=4)
    assert decided(free, machines=("i-1", "i-2")).end == ("i-1", "i-2")
    off = decided(free, machines=("i-1",), filled=True, off=True)
    assert (off.end, off.machines) == (("i-1",), 0), "but not when nothing is to run any more"


def test_a_block_is_from_its_start_until_its_jobs_are_told_to_end(tmp_path: Path) -> None:
    group = FakeGroup()
    power = Power(FolderBucket(tmp_path), FakeSlurm(), [Size("train", 0, 4, (20.0, 30.0))], lambda _: group, look=0.0)
    off = [node(ONE, "IDLE", *OFF)]
    for now, size in ((19.0, 0), (20.0, 4), (29.0, 4), (30.0, 0)):
        power.step(off, now)
        assert group.sizes[-1] == size


def put(bucket: FolderBucket, key: str, **value: object) -> None:
    bucket.write(key, json.dumps(value).encode())


def claim(bucket: FolderBucket, name: str, machine: str) -> None:
    put(bucket, f"nodes/claims/{name}.json", machine=machine, group="train", name=name)


def loop(tmp_path: Path, *groups: FakeGroup, high: int = 4) -> tuple[Power, FolderBucket, FakeSlurm]:
    bucket, slurm = FolderBucket(tmp_path), FakeSlurm()
    sizes = [Size(name, 0, high) for name in ("train", "prep")[: len(groups)]]
    by_name: dict[str, FakeGroup] = dict(zip(("train", "prep"), groups, strict=False))
    return Power(bucket, slurm, sizes, lambda name: by_name[name], look=0.0), bucket, slurm


def test_a_machine_comes_and_goes_as_slurm_wants_it(tmp_path: Path) -> None:
    group = FakeGroup()
    power, bucket, _ = loop(tmp_path, group)
    told = power.step([node(ONE, "ALLOCATED", *COMING)], 10.0)
    assert (group.sizes, told["train"]) == (
        [1],
        {"asked": 1, "machines": 0, "idle": 0, "outdated": [], "reason": None, "since": None},
    )
    assert json.loads(bucket.read("nodes/asked/train.json")) == {"names": [ONE], "time": 10.0}
    group.machines = ["i-1"]
    claim(bucket, ONE, "i-1")
    assert power.step([node(ONE)], 20.0)["train"] == {
        "asked": 1,
        "machines": 1,
        "idle": 1,
        "outdated": [],
        "reason": None,
        "since": None,
    }
    power.step([node(ONE, "IDLE", *GOING)], 30.0)
    assert (group.machines, bucket.names("nodes/claims"), group.sizes[-1]) == ([], (), 0)


def test_nodes_whose_machines_have_older_settings_are_told_by_their_names(tmp_path: Path) -> None:
    group = FakeGroup("i-1", "i-2", "i-3")
    group.outdated = {"i-2", "i-3"}
    power, bucket, _ = loop(tmp_path, group)
    claim(bucket, ONE, "i-1")
    claim(bucket, TWO, "i-2")
    told = power.step([node(ONE), node(TWO), node("train-3", "ALLOCATED", *COMING)], 10.0)
    assert told["train"]["outdated"] == [TWO], "a machine without a name has no node yet"


def test_a_new_head_goes_on_where_the_last_one_was(tmp_path: Path) -> None:
    group = FakeGroup("i-1")
    power, bucket, slurm = loop(tmp_path, group)
    claim(bucket, ONE, "i-1")
    power.step([node(ONE)], 10.0)
    again = Power(bucket, slurm, [Size("train", 0, 4)], lambda _: group, look=0.0)
    again.step([node(ONE)], 20.0)
    assert (group.machines, slurm.asked, group.sizes) == (["i-1"], [], [1, 1])


def test_a_refusal_is_the_reason_of_its_group_and_stops_no_other(tmp_path: Path) -> None:
    full, other = FakeGroup(), FakeGroup()
    full.refusal = "no capacity for p5.48xlarge in use1-az1"
    power, _, _ = loop(tmp_path, full, other)
    told = power.step([node(ONE, "IDLE", *COMING), node("prep-1", "IDLE", *COMING, partition="prep")], 10.0)
    assert told["train"]["reason"] == "no capacity for p5.48xlarge in use1-az1"
    assert (told["prep"]["reason"], other.sizes) == (None, [1])


@pytest.mark.parametrize("refusal", [None, "no capacity for p5.48xlarge in use1-az1"])
def test_a_cloud_without_capacity_is_not_asked_at_every_step_and_its_reason_stays(
    refusal: str | None, tmp_path: Path
) -> None:
    group, coming = FakeGroup(), [node(ONE, "IDLE", *COMING)]
    group.refusal, group.why = refusal, "no capacity for p5.48xlarge in use1-az1"
    power = Power(FolderBucket(tmp_path), FakeSlurm(), [Size("train", 0, 4)], lambda _: group, look=10.0)
    for now in range(10, 32, 2):
        assert power.step(coming, float(now))["train"]["reason"] == "no capacity for p5.48xlarge in use1-az1"
    assert len(group.sizes) <= 4


def test_a_mistake_of_ours_in_one_group_stops_no_other(tmp_path: Path) -> None:
    broken, other = FakeGroup(), FakeGroup("i-1")
    broken.list = lambda: {}["TERMINATED"]
    power, _, _ = loop(tmp_path, broken, other)
    told = power.step([node(ONE), node("prep-1", partition="prep")], 10.0)
    assert (told["train"]["reason"], other.sizes) == ("KeyError: 'TERMINATED'", [1])
    power.end_all(20.0)
    assert other.machines == []


def test_a_group_is_short_since_its_first_refusal_until_it_has_what_it_asks_for(tmp_path: Path) -> None:
    group, coming = FakeGroup(), [node(ONE, "IDLE", *COMING)]
    power, bucket, _ = loop(tmp_path, group)
    assert power.step(coming, 10.0)["train"]["since"] is None
    for now, why in ((20.0, "no capacity in us-east-1a"), (30.0, "no capacity in us-east-1a or us-east-1b")):
        group.why = why
        told = power.step(coming, now)["train"]
        assert (told["reason"], told["since"]) == (why, 20.0)
    group.machines, group.why = ["i-1"], None
    claim(bucket, ONE, "i-1")
    assert power.step([node(ONE)], 40.0)["train"]["since"] is None
    group.refusal = "the quota is used up"
    power.step([node(ONE), node(TWO, "IDLE", *COMING)], 50.0)
    assert power.step([node(ONE), node(TWO, "IDLE", *COMING)], 60.0)["train"]["since"] == 50.0


def test_missing_machines_are_explained_by_who_lends_them(tmp_path: Path) -> None:
    group = FakeGroup()
    group.why = "the quota of 0 GPUs is used up"
    power, _, _ = loop(tmp_path, group)
    assert power.step([node(ONE, "IDLE", *COMING)], 10.0)["train"]["reason"] == "the quota of 0 GPUs is used up"


def test_a_node_that_failed_its_gate_is_told_with_its_own_words(tmp_path: Path) -> None:
    group = FakeGroup("i-1")
    power, bucket, slurm = loop(tmp_path, group)
    claim(bucket, ONE, "i-1")
    put(bucket, f"reports/{ONE}.json", state="failed", reason="/scratch is not writable")
    told = power.step([node(ONE, "DOWN", *OFF)], 10.0)
    assert told["train"]["reason"] == f"{ONE} failed its gate: /scratch is not writable"
    assert (group.machines, slurm.asked, bucket.names("nodes/claims")) == (["i-1"], [], (f"{ONE}.json",))


def test_the_report_of_the_machine_before_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    group = FakeGroup("i-2")
    power, bucket, _ = loop(tmp_path, group)
    claim(bucket, ONE, "i-2")
    put(bucket, f"reports/{ONE}.json", state="failed", reason="/scratch is not writable", machine="i-1")
    power.step([node(ONE, "DOWN", *OFF)], 10.0)
    assert group.machines == []


@pytest.mark.slow
def test_a_look_at_eight_thousand_nodes_takes_less_than_a_second_of_cpu(tmp_path: Path) -> None:
    names = [f"train-{number}" for number in range(1, 8001)]
    group = FakeGroup(*(f"i-{name}" for name in names))
    power, bucket, _ = loop(tmp_path, group, high=8000)
    for name in names:
        claim(bucket, name, f"i-{name}")
    nodes = [node(name, "ALLOCATED") for name in names]
    power.step(nodes, 10.0)  # reads all claims, once
    began = time.process_time()
    power.step(nodes, 12.0)
    assert time.process_time() - began < 1.0
