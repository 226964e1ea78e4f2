"""What a provider does to inputs: defaults, names, and which changes need a new thing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.standin.inputs import completed, replacing
from tests.engine.standin.paths import differences, matches, values_at
from tests.engine.standin.table import Type
from tests.engine.standin.wire import DEFAULTS

ROW = Type.model_validate(
    {
        "source": "https://example.com/thing",
        "id": "thing-{hex}",
        "name": "name",
        "defaults": {"force": False},
        "replace": ["zone", "disks[*].type", "root.key"],
        "switches": ["peer"],
        "shrinks": ["size"],
        "replace_if": {"strict": ["data"]},
    }
)


def changes(olds: dict[str, Any], news: dict[str, Any]) -> list[str]:
    return list(replacing(ROW, olds, news, list(differences(olds, news))))


def test_what_a_program_leaves_out_is_filled_in_and_listed() -> None:
    inputs = completed(ROW, "web", b"seed", {}, {"zone": "a"})
    name = inputs.pop("name")
    assert inputs == {"zone": "a", "force": False, DEFAULTS: ["force", "name"]}
    assert name.startswith("web-")
    assert len(name) == len("web-") + 7


def test_what_a_program_gives_stays() -> None:
    given = {"name": "mine", "force": True}
    assert completed(ROW, "web", b"seed", {}, given) == {**given, DEFAULTS: []}


def test_a_name_that_was_made_is_kept_and_one_that_was_given_is_not() -> None:
    made = completed(ROW, "web", b"seed", {}, {})
    assert completed(ROW, "web", b"another", made, {})["name"] == made["name"]
    assert completed(ROW, "web", b"another", {"name": "mine", DEFAULTS: []}, {})["name"] != "mine"
    assert completed(ROW, "web", b"another", {}, {})["name"] != made["name"]


@pytest.mark.parametrize(
    ("olds", "news", "replaces"),
    [
        ({"zone": "a"}, {"zone": "b"}, ["zone"]),
        ({}, {"zone": "b"}, ["zone"]),
        ({"other": 1}, {"other": 2}, []),
        ({"disks": [{"type": "a", "size": 1}]}, {"disks": [{"type": "b", "size": 2}]}, ["disks[0].type"]),
        ({"disks": [{"size": 1}]}, {"disks": [{"size": 2}]}, []),
        ({"disks": [{"type": "a"}]}, {"disks": [{"type": "a"}, {"type": "a"}]}, ["disks"]),
        ({"root": {"key": "k", "size": 1}}, {"root": {"key": "k", "size": 2}}, []),
        ({"root": {"key": "k"}}, {}, ["root"]),
        ({"peer": "a"}, {"peer": "b"}, []),
        ({"peer": "a"}, {"range": "b"}, ["peer"]),
        ({"size": 2}, {"size": 1}, ["size"]),
        ({"size": 1}, {"size": 2}, []),
        ({"data": "a"}, {"data": "b"}, []),
        ({"data": "a", "strict": True}, {"data": "b", "strict": True}, ["data"]),
    ],
)
def test_only_what_the_table_names_replaces(olds: dict[str, Any], news: dict[str, Any], replaces: list[str]) -> None:
    assert changes(olds, news) == replaces


def test_values_are_found_in_lists_and_at_the_end_of_paths() -> None:
    inputs = {"a": [{"b": ["x", "y"]}, {"b": ["z"]}, {}], "c": "w"}
    assert list(values_at(inputs, "a[*].b")) == ["x", "y", "z"]
    assert list(values_at(inputs, "c")) == ["w"]
    assert list(values_at(inputs, "d.e")) == []


@pytest.mark.parametrize(
    ("path", "rule", "expected"),
    [
        ("a", "a", True),
        ("ab", "a", False),
        ("a[0].b", "a[*].b", True),
        ("a[0].c", "a[*].b", False),
        ("a", "a[*].b", True),
    ],
)
def test_a_rule_names_a_value_and_what_is_within_and_around_it(path: str, rule: str, expected: bool) -> None:
    assert matches(path, rule) is expected
