"""What the stand-in is told of clouds: each entry has a source, and speaks of inputs that there are."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from clusterwright.review.blast.replacing import load_replaces
from tests.engine.standin import sdk, table
from tests.engine.standin.table import TABLES, Type, load_table

CLOUDS = sorted(path.name for path in TABLES.iterdir())
TYPES = [(cloud, kind) for cloud in CLOUDS for kind in load_table(cloud).types]
ROW = {"source": "https://example.com/file.go", "id": "thing-{hex}"}


def test_a_type_of_which_nobody_knows_what_replaces_it_is_refused() -> None:
    """What does is had from where reviews have it, with its source."""
    with pytest.raises(ValidationError, match="source"):
        Type.model_validate({"id": ROW["id"]})


@pytest.mark.parametrize(
    ("part", "rule"),
    [
        ("unique", {"by": ["name"], "error": "there is one"}),
        ("principals", {"policy": "policy", "role": "a:b:Role", "error": "there is no such role"}),
        ("held", [{"type": "a:b:C", "at": "d", "error": "something has it"}]),
    ],
)
def test_a_refusal_without_a_source_is_refused(part: str, rule: object) -> None:
    with pytest.raises(ValidationError, match="source"):
        Type.model_validate(ROW | {part: rule})


def test_a_key_that_nothing_reads_is_refused() -> None:
    with pytest.raises(ValidationError, match="replaces"):
        Type.model_validate(ROW | {"replaces": ["name"]})


def test_a_type_has_one_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "TABLES", tmp_path)
    (tmp_path / "sky").mkdir()
    for file in ("one.yaml", "two.yaml"):
        (tmp_path / "sky" / file).write_text(yaml.safe_dump({"sky:a/b:C": ROW}))
    with pytest.raises(ValueError, match="sky:a/b:C has another entry"):
        load_table("sky")


@pytest.mark.parametrize(("cloud", "kind"), TYPES)
def test_an_entry_speaks_of_inputs_that_the_type_has(cloud: str, kind: str) -> None:
    row = load_table(cloud).types[kind]
    names = {*row.defaults, *([row.name] if row.name else [])}
    paths = {need.of for need in row.needs}
    conditions = [held.unless for held in row.held]
    if row.unique:
        conditions += row.unique.by
        conditions += [row.unique.lingers] if isinstance(row.unique.lingers, str) else []
    if row.principals:
        conditions.append(row.principals.policy)
    named = {*names, *paths, *filter(None, conditions)}
    assert [path for path in sorted(named) if not sdk.has_input(cloud, kind, path)] == []


@pytest.mark.parametrize(("cloud", "kind"), TYPES)
def test_what_holds_a_thing_is_in_the_table_with_the_input_that_does(cloud: str, kind: str) -> None:
    rows = load_table(cloud)
    for held in rows.types[kind].held:
        assert held.type in rows.types
        for path in filter(None, (held.at, held.besides)):
            assert sdk.has_input(cloud, held.type, path), f"{held.type} has no {path}"
        there = held.key in rows.types[kind].outputs or sdk.has_input(cloud, kind, held.key)
        assert held.key == "id" or there


@pytest.mark.parametrize(("cloud", "kind"), TYPES)
def test_what_a_thing_needs_is_in_the_table_with_what_names_it(cloud: str, kind: str) -> None:
    rows = load_table(cloud)
    for need in rows.types[kind].needs:
        assert need.at in rows.types[need.type].outputs or sdk.has_input(cloud, need.type, need.at)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_replaces_is_known_of_the_types_of_the_table_and_of_no_others(cloud: str) -> None:
    assert load_replaces(cloud).keys() == load_table(cloud).types.keys()
