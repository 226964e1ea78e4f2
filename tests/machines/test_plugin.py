"""A cluster of machines as the engine makes, looks at, mends and destroys it through the plugin."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from components.local.runtime.machine import supervisor
from components.local.runtime.machine.fleet import Fleet
from components.local.runtime.machine.place import Place
from tests.components.local.conftest import Deployed, Engine
from tests.machines.conftest import USER_DATA, eventually, traces

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.walk]


@dataclass
class Stack:
    """The resources of a cluster, in the order in which the engine made them."""

    folder: Path
    layers: list[Path]
    engine: Engine = field(default_factory=Engine)
    made: dict[str, Deployed] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        return Place(self.folder)

    def up(self) -> None:
        ours = {"cluster": "small", "folder": str(self.folder)}
        bucket = {**ours, "path": str(self.place.bucket), "onDestroy": "keep", "jobUser": 2000}
        machines = {**ours, "layers": [str(layer) for layer in self.layers], "userData": USER_DATA}
        self._create("Volume", "secrets", {**ours, "path": str(self.place.secrets)})
        self._create("Bucket", "bucket", bucket)
        self._create("Volume", "state", {**ours, "path": str(self.place.state)})
        self._create("Network", "network", ours)
        self._create("Machines", "head", {**machines, "name": "head", "role": "head", "maximum": 1})
        self._create("Machines", "train", {**machines, "name": "train", "role": "compute", "maximum": 2})

    def _create(self, kind: str, name: str, inputs: dict) -> None:
        self.made[name] = self.engine.create(kind, inputs, name)

    def update(self, name: str) -> None:
        self.made[name] = self.engine.update(self.made[name])

    def changed(self) -> list[str]:
        return [name for name, it in self.made.items() if not self.engine.unchanged(it)]


@pytest.fixture(scope="module")
def stack(layers: list[Path]) -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="cw-") as folder:
        stack = Stack(Path(folder) / "small", layers)
        try:
            stack.up()
            yield stack
        finally:
            Fleet(stack.place).remove()


def test_a_cluster_is_made_with_a_head_and_no_compute_machine_and_nothing_is_to_do(stack: Stack) -> None:
    (head,) = stack.made["head"].outputs["machines"]
    assert head["state"] == "running"
    assert "machines" not in stack.made["train"].outputs
    assert stack.changed() == []


def test_what_the_head_does_to_a_group_s_size_is_no_change(stack: Stack) -> None:
    supervisor.call(stack.place, "grow", group="train", size=2)
    assert stack.changed() == []
    assert stack.engine.read(stack.made["train"]) == stack.made["train"].outputs


def test_what_jobs_write_is_theirs_and_what_the_deployer_writes_is_not(stack: Stack) -> None:
    owners = {path.name: path.stat().st_uid for path in stack.place.bucket.iterdir() if path.is_dir()}
    assert owners == {"control": 0, "data": 2000, "jobs": 2000, "reports": 0}


def test_a_dead_head_is_seen_and_started_again_as_the_same_machine(stack: Stack) -> None:
    (head,) = stack.made["head"].outputs["machines"]
    supervisor.call(stack.place, "power_cut", id=head["id"])
    assert stack.engine.read(stack.made["head"]) == {
        **stack.made["head"].outputs,
        "machines": [{**head, "state": "dead"}],
    }
    assert stack.changed() == ["head"]
    assert stack.engine.notes[-1] == "the head is dead: it is started again"
    stack.update("head")
    assert stack.made["head"].outputs["machines"] == [head]
    assert stack.changed() == []


def test_what_a_restart_of_the_host_takes_away_is_seen_and_made_again(stack: Stack) -> None:
    fleet, subnet = Fleet(stack.place), stack.made["network"].outputs["subnet"]
    (before,) = fleet.list("head")
    fleet.power_off()
    assert stack.changed() == ["network", "head", "train"]
    for name in ("network", "head", "train"):
        stack.update(name)
    assert stack.changed() == []
    (after,) = fleet.list("head")
    assert (after.id, after.state() in ("starting", "running")) == (before.id, True)
    assert stack.made["network"].outputs["subnet"] == subnet
    eventually(lambda: not fleet.list("train"))  # the head asks for others


def test_a_destroyed_cluster_leaves_its_bucket_and_nothing_else(stack: Stack) -> None:
    (stack.place.bucket / "data" / "text").write_text("kept")
    (stack.place.state / "queue").write_text("not kept")
    for it in reversed(stack.made.values()):
        stack.engine.delete(it)
    assert traces(stack.place) == []
    assert [path.name for path in stack.folder.iterdir()] == ["bucket"]
    assert (stack.place.bucket / "data" / "text").read_text() == "kept"


def test_the_next_cluster_of_that_name_takes_the_bucket_over(stack: Stack) -> None:
    stack.up()
    assert (stack.place.bucket / "data" / "text").read_text() == "kept"
    for it in reversed(stack.made.values()):
        stack.engine.delete(it)
