"""Which changes need a new resource: by the rules of an entry, and by what is said of each type that clusters have."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from clusterwright.review.blast.replacing import FILES, Replaces, differences, load_replaces, matches, replacing
from tests.engine.standin import sdk

ROW = Replaces.model_validate(
    {
        "source": "https://example.com/thing",
        "replace": ["zone", "disks[*].type", "root.key"],
        "switches": ["peer"],
        "shrinks": ["size"],
        "replace_if": {"strict": ["data"]},
    }
)
CLOUDS = sorted(path.stem for path in FILES.iterdir())
TYPES = [(cloud, kind) for cloud in CLOUDS for kind in load_replaces(cloud)]


def changes(olds: dict[str, Any], news: dict[str, Any]) -> list[str]:
    return list(replacing(ROW, olds, news, list(differences(olds, news))))


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
def test_only_what_an_entry_names_replaces(olds: dict[str, Any], news: dict[str, Any], replaces: list[str]) -> None:
    assert changes(olds, news) == replaces


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


def test_both_clouds_are_known_and_this_machine_needs_no_entry() -> None:
    assert CLOUDS == ["aws", "gcp"]
    assert load_replaces("local") == {}


@pytest.mark.parametrize(("cloud", "kind"), TYPES)
def test_an_entry_speaks_of_inputs_that_the_type_has(cloud: str, kind: str) -> None:
    row = load_replaces(cloud)[kind]
    led = (path for paths in row.replace_if.values() for path in paths)
    named = {*row.replace, *row.switches, *row.shrinks, *row.replace_if, *led}
    assert [path for path in sorted(named) if not sdk.has_input(cloud, kind, path)] == []


@pytest.mark.parametrize("source", [None, "", "the documentation", "http://example.com/file.go", "https://example.com"])
def test_an_entry_without_a_source_is_refused(source: str | None) -> None:
    with pytest.raises(ValidationError, match="source"):
        Replaces.model_validate({"replace": ["name"]} | ({"source": source} if source is not None else {}))


def test_a_type_has_one_entry() -> None:
    for cloud in CLOUDS:
        document = yaml.compose((FILES / f"{cloud}.yaml").read_text())
        assert document
        keys = [key.value for key, _ in document.value]
        assert len(keys) == len(set(keys))
