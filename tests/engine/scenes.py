"""The life of a cluster in a cloud, in scenes that build on one another and are the same whatever the provider: made,
left alone, changed, hurt, mended, destroyed, made again. The real engine runs, with a stand-in for the cloud."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.engine.cloud import CloudStack, stand_in
from tests.engine.project import Project
from tests.engine.standin.cloud import Operation, Thing

NAME = "bert-large"
"""The cluster that lives. Its groups are `train` and `prep`; it keeps a file system `home` and a bucket `data`."""
MARKS = [pytest.mark.engine, pytest.mark.slow, pytest.mark.walk, pytest.mark.timeout(300)]
TOLD = Counter(
    {
        ("create", f"{NAME}-storage-bundle"): 1,
        ("update", f"{NAME}-storage-plan"): 1,
        ("update", f"{NAME}-storage-current"): 1,
    }
)
"""What tells machines of a change: another bundle, and what names it and its plan."""
REFERENCES = ("arn", "email", "member", "selfLink", "selfLinkUnique")
"""Outputs by which others refer to a thing, as they do by its id."""


@dataclass(frozen=True)
class Course:
    """What is a provider's own: its types of resource, and how what happens looks there.

    `group`, `object` and the like are types. `path` is the input of an object that says where it is. `examples` are the
    other stacks with their numbers of groups. `needed` is made before any machine, `before_nodes` before a group;
    `below` is deleted after the head. `kept` are the types of what outlives the cluster, with how the stack lists them
    under the names `listed`; `stays` is a pattern for kind and name of all that a destroy leaves.
    """

    provider: str
    group: str
    instance: str
    object: str
    path: str
    alarm: str
    examples: Mapping[str, int]
    needed: tuple[tuple[str, str], ...]
    before_nodes: tuple[str, str]
    below: tuple[str, ...]
    kept: Mapping[str, str]
    listed: tuple[str, ...]
    stays: str
    larger: Mapping[str, Any]
    """What of a group changes with its largest number of nodes, at six."""
    machine: str
    """Another machine type for the group `prep`."""
    another_machine: Counter[tuple[str, str]]
    """What is done when that group has it."""
    size: str
    """The output of a group that is its number of machines."""
    drift: tuple[str, str, str, Any, Any]
    """What somebody changes by hand: name, input, how the engine shows that, the wrong value and the right one."""
    home_elsewhere: Mapping[str, Any]
    """What of the file system can be changed by making it anew alone."""
    spare: str
    """A machine type for a third group."""
    shortage: str
    """The error of the table that the making of a group meets."""


@dataclass
class Walk(CloudStack):
    """The stack that lives."""

    course: Course | None = None

    def group(self, name: str) -> Thing:
        assert self.course
        [found] = [one for one in self.cloud.things(self.course.group) if one.name == f"{NAME}-compute-{name}"]
        return found

    def kept(self) -> list[Thing]:
        """What holds data that is to outlive the cluster, and that without which nobody could read it."""
        assert self.course
        return [thing for kind in self.course.kept for thing in self.cloud.things(kind) if self.lasting(thing)]

    def lasting(self, thing: Thing) -> bool:
        assert self.course
        return bool(re.fullmatch(self.course.stays, f"{thing.type.rpartition(':')[2]} {thing.name}"))


def begin(course: Course) -> Iterator[Walk]:
    with tempfile.TemporaryDirectory(prefix="cw-") as place:
        project = Project.copy(Path(place) / "clone", Path(place))
        stand_in(project, course.provider)
        stack = Walk(project, f"{NAME}-{course.provider}", course=course)
        stack.init()
        yield stack


def ids(things: list[Thing]) -> dict[tuple[str, str], str]:
    return {(thing.type, thing.name): thing.id for thing in things}


def leaves(value: Any) -> Iterator[Any]:
    """Every value that is no list and no object."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if inner is None:
        yield value
    else:
        for one in inner:
            yield from leaves(one)


def references(things: list[Thing]) -> Iterator[tuple[Thing, Thing]]:
    """Each thing with one that an input of its names, by its id or another word of the cloud's own for it."""
    words: dict[str, Thing] = {}
    for thing in things:
        made = {thing.id, *(thing.outputs.get(name) for name in REFERENCES)} - {*leaves(thing.inputs)}
        words |= {word: thing for word in made if word}
    for thing in things:
        for word in {*leaves(thing.inputs)} & words.keys():
            if words[word] != thing:
                yield thing, words[word]


class Scenes:
    """What both halves have."""

    course: Course

    @pytest.fixture
    def done(self, walk: Walk) -> int:
        """How much had been done in the cloud before the test."""
        return len(walk.cloud.operations())


class Life(Scenes):
    """From the first preview to the last change."""

    def test_a_preview_shows_every_other_example_and_makes_nothing(self, walk: Walk) -> None:
        for stack, groups in self.course.examples.items():
            other = CloudStack(walk.project, stack)
            other.init()
            if stack.startswith("gpt3"):
                other.change_spec(job="none")  # it brings no program, and is not deployed with a job before it does
            shown = other.preview()
            assert shown.count(f"{self.course.group}: (create)") == groups, stack
            assert shown.count(f"{self.course.instance}: (create)") == 1, stack
        assert walk.cloud.things() == []

    def test_up_makes_a_cluster(self, walk: Walk) -> None:
        assert set(walk.up()) == {"create"}
        known = {name for name, one in walk.state().items() if one["type"].startswith(f"{self.course.provider}:")}
        assert {thing.name for thing in walk.cloud.things()} == known

    def test_machines_are_started_after_all_that_they_need(self, walk: Walk) -> None:
        order = [(operation.type, operation.name) for operation in walk.cloud.operations()]
        head = order.index((self.course.instance, f"{NAME}-compute-head"))
        late = [name for kind, name in self.course.needed if order.index((kind, f"{NAME}-{name}")) > head]
        assert late == []
        kind, name = self.course.before_nodes
        assert order.index((kind, f"{NAME}-{name}")) < order.index((self.course.group, f"{NAME}-compute-train"))

    def test_a_second_up_changes_nothing(self, walk: Walk, done: int) -> None:
        assert set(walk.up("--expect-no-changes")) == {"same"}
        assert walk.operations(done) == Counter()

    def test_a_job_change_writes_under_control_alone(self, walk: Walk, done: int) -> None:
        before = ids(walk.cloud.things())
        walk.change_spec(job={**walk.spec()["job"], "seed": 7})
        walk.up()
        assert walk.operations(done) == TOLD
        objects = walk.cloud.things(self.course.object)
        assert all(thing.inputs[self.course.path].startswith("control/") for thing in objects)
        rest = [thing for thing in walk.cloud.things() if thing.type != self.course.object]
        assert ids(rest).items() <= before.items()

    def test_a_superseded_bundle_stays_for_nodes_that_start_from_it(self, walk: Walk) -> None:
        objects = walk.cloud.things(self.course.object)
        assert sum(thing.inputs[self.course.path].startswith("control/bundles/") for thing in objects) == 2

    def test_a_number_of_nodes_changes_no_more_than_one_groups_limit(self, walk: Walk, done: int) -> None:
        before = walk.group("prep").inputs
        train, prep = walk.spec()["groups"]
        walk.change_spec(groups=[train, {**prep, "nodes": {"min": 0, "max": 6}}])
        walk.up()
        limit = {("update", f"{NAME}-compute-prep"): 1} if self.course.larger else {}
        assert walk.operations(done) == TOLD + Counter(limit)
        assert walk.group("prep").inputs == {**before, **self.course.larger}

    def test_a_machine_type_changes_its_group_alone_and_replaces_no_group(self, walk: Walk, done: int) -> None:
        before = walk.group("prep").id
        train, prep = walk.spec()["groups"]
        walk.change_spec(groups=[train, {**prep, "machine": self.course.machine}])
        walk.up()
        assert walk.operations(done) == TOLD + self.course.another_machine
        assert walk.group("prep").id == before

    def test_the_size_that_the_head_gave_a_group_stays(self, walk: Walk, done: int) -> None:
        walk.cloud.change(walk.group("train"), **{self.course.size: 8})
        assert set(walk.up("--refresh")) == {"same"}
        assert walk.operations(done) == Counter()
        assert walk.group("train").outputs[self.course.size] == 8

    def test_what_somebody_changed_by_hand_is_seen_and_mended(self, walk: Walk, done: int) -> None:
        name, setting, shown, wrong, right = self.course.drift
        [thing] = [thing for thing in walk.cloud.things() if thing.name == f"{NAME}-{name}"]
        walk.cloud.change(thing, **{setting: wrong})
        assert shown in walk.refresh()
        walk.up()
        assert walk.operations(done) == Counter({("update", thing.name): 1})
        mended = walk.cloud.find(thing.type, thing.id)
        assert mended is not None
        assert mended.inputs[setting] == right

    def test_what_somebody_deleted_by_hand_is_made_again(self, walk: Walk, done: int) -> None:
        [alarm, *_] = walk.cloud.things(self.course.alarm)
        walk.cloud.remove(alarm)
        walk.up("--refresh")
        assert walk.operations(done) == Counter({("create", alarm.name): 1})

    def test_kept_storage_is_never_made_anew(self, walk: Walk, done: int) -> None:
        storage = walk.spec()["storage"]
        walk.change_spec(
            storage=[one | self.course.home_elsewhere if one["name"] == "home" else one for one in storage]
        )
        said = walk.pulumi("up", "--yes", "--skip-preview", *walk.selected, succeeds=False)
        assert "unable to replace resource" in said
        assert "marked for protection" in said
        assert walk.operations(done) == Counter()
        walk.change_spec(storage=storage)

    def test_an_update_that_failed_in_the_middle_goes_on_where_it_ended(self, walk: Walk, done: int) -> None:
        more = {"name": "more", "machine": self.course.spare, "nodes": 2}
        walk.change_spec(groups=[*walk.spec()["groups"], more])
        walk.cloud.plant(self.course.group, self.course.shortage)
        said = walk.pulumi("up", "--yes", "--skip-preview", *walk.selected, succeeds=False)
        assert self.course.shortage in said
        assert walk.operations(done)["create", f"{NAME}-compute-more"] == 1  # what its machines start from
        failed = len(walk.cloud.operations())
        changes = walk.up()
        assert (changes["create"], set(changes)) == (1, {"create", "same"})
        assert walk.operations(failed) == Counter({("create", f"{NAME}-compute-more"): 1})

    def test_a_group_that_the_spec_leaves_out_goes_alone(self, walk: Walk, done: int) -> None:
        walk.change_spec(groups=walk.spec()["groups"][:2])
        walk.up()
        deleted = {operation.name for operation in walk.cloud.operations()[done:] if operation.verb == "delete"}
        assert deleted == {f"{NAME}-compute-more"}


@dataclass(frozen=True)
class Destroyed:
    """What was there and what of it was to be kept, what was done to destroy the rest, and what was shown."""

    things: list[Thing]
    kept: dict[tuple[str, str], str]
    done: list[Operation]
    said: str

    def when(self, thing: Thing) -> float:
        """The place of its deletion in the order of all; of what is still there after all of them."""
        places = {(one.type, one.id): place for place, one in enumerate(self.done)}
        return places.get((thing.type, thing.id), float("inf"))


class End(Scenes):
    """Destroyed, made again under the same name, and purged."""

    @pytest.fixture(scope="class")
    @classmethod
    def destroyed(cls, walk: Walk) -> Destroyed:
        """The cloud itself protects nothing then: what is kept is kept by the stack alone."""
        walk.change_spec(security={"deletion_protection": False})
        walk.up()
        things, kept, done = walk.cloud.things(), ids(walk.kept()), len(walk.cloud.operations())
        said = walk.destroy()
        return Destroyed(things, kept, walk.cloud.operations()[done:], said)

    def test_destroy_keeps_data_and_its_key_and_lists_them(self, walk: Walk, destroyed: Destroyed) -> None:
        assert "protected resources associated with this stack" in destroyed.said
        assert ids(walk.kept()) == destroyed.kept
        listed = {part["name"]: part["path"] for part in walk.outputs()["kept"]}
        assert tuple(sorted(listed)) == self.course.listed
        assert set(listed.values()) == {self.called(thing) for thing in walk.kept()}

    def called(self, thing: Thing) -> str:
        """How the stack lists what it keeps."""
        return self.course.kept[thing.type].format(id=thing.id, **thing.outputs)

    def test_destroy_leaves_nothing_that_runs_or_lets_anybody_in(self, walk: Walk, destroyed: Destroyed) -> None:
        assert [thing.name for thing in walk.cloud.things() if not walk.lasting(thing)] == []

    def test_destroy_ends_nodes_before_the_head_and_the_head_before_what_it_stands_on(
        self, destroyed: Destroyed
    ) -> None:
        assert {operation.verb for operation in destroyed.done} == {"delete"}
        last = {operation.type: index for index, operation in enumerate(destroyed.done)}
        first = {operation.type: index for index, operation in reversed([*enumerate(destroyed.done)])}
        assert last[self.course.group] < first[self.course.instance]
        assert [kind for kind in self.course.below if first[kind] < last[self.course.instance]] == []

    def test_nothing_is_deleted_while_something_that_stays_or_goes_later_refers_to_it(
        self, destroyed: Destroyed
    ) -> None:
        found = [*references(destroyed.things)]
        assert len(found) > len(destroyed.things) / 2
        early = [(one.name, other.name) for one, other in found if destroyed.when(other) < destroyed.when(one)]
        assert early == []

    def test_up_again_under_the_same_name_takes_the_kept_data_up(self, walk: Walk, destroyed: Destroyed) -> None:
        changes = walk.up()
        assert set(changes) == {"create", "same"}
        assert ids(walk.kept()) == destroyed.kept
        assert set(walk.up("--expect-no-changes")) == {"same"}

    def test_what_is_kept_leaves_the_stack_and_not_the_cloud_once_its_protection_is_lifted(self, walk: Walk) -> None:
        held = ids(walk.kept())
        [home] = [made for (_, name), made in held.items() if name == f"{NAME}-storage-home"]
        walk.change_spec(storage=[one for one in walk.spec()["storage"] if one["name"] != "home"])
        said = walk.pulumi("up", "--yes", "--skip-preview", *walk.selected, succeeds=False)
        assert "because it is protected" in said
        walk.pulumi("state", "unprotect", "--all", "--yes", *walk.selected)
        walk.up()
        assert home not in {one["id"] for one in walk.state().values()}
        assert held.items() <= ids(walk.kept()).items()
        assert walk.state()[f"{NAME}-storage-data"]["protect"] is True
        # Its owner ends it: while it is there, what it is reached through can't go.
        walk.cloud.remove(next(thing for thing in walk.kept() if thing.id == home))

    def test_purge_forgets_the_stack_and_leaves_the_kept_data_to_its_owner(self, walk: Walk) -> None:
        listed = {part["path"] for part in walk.outputs()["kept"]}
        held = listed & {self.called(thing) for thing in walk.kept()}
        assert held
        walk.destroy(purge=True)
        assert {self.called(thing) for thing in walk.kept()} == held
        assert "no stack named" in walk.pulumi("stack", "export", *walk.selected, succeeds=False)
