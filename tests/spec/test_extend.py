"""Specs can share a base in their folder: mappings are merged key by key, everything else replaces."""

from pathlib import Path

import pytest

from clusterwright.spec.findings import SpecError
from clusterwright.spec.load import Loaded, load_spec

OWN = "name: a\nprovider: local\nextends: _base.yaml\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(own: str, base: str) -> Loaded:
    Path("_base.yaml").write_text(base)
    Path("a.yaml").write_text(OWN + own)
    return load_spec(Path("a.yaml"))


def message_of(own: str, base: str) -> str:
    with pytest.raises(SpecError) as error:
        load(own, base)
    return str(error.value)


def test_what_the_spec_does_not_say_is_as_its_base_says(folder: Path) -> None:
    spec = load("", "software: {pytorch: 2.14.0}\ntags: {team: nlp}\n").spec
    assert (spec.software.pytorch, spec.tags) == ("2.14.0", {"team": "nlp"})


def test_mappings_are_merged_at_every_depth_and_the_spec_wins(folder: Path) -> None:
    base = "tags: {team: nlp, kind: x}\njob: {model: bert-base, pretrain: {steps: 5, batch: 8}}\n"
    spec = load("tags: {kind: y}\njob: {pretrain: {steps: 7}}\n", base).spec
    assert spec.tags == {"team": "nlp", "kind": "y"}
    assert spec.job.model_dump(exclude_unset=True) == {"model": "bert-base", "pretrain": {"steps": 7, "batch": 8}}  # type: ignore[union-attr]


def test_a_list_replaces_the_whole_list_of_the_base(folder: Path) -> None:
    spec = load("groups: [{name: mine}]\n", "groups: [{name: x, nodes: 9}, {name: y}]\n").spec
    assert [(group.name, group.nodes) for group in spec.groups] == [("mine", 2)]


def test_a_mistake_in_the_base_is_shown_in_the_base(folder: Path) -> None:
    assert message_of("", "# shared\ntags: {team: NLP}\n").startswith("_base.yaml:2:14: error[CW-SPEC-011]: `team` ")


def test_a_mistake_beside_what_the_base_says_is_shown_in_the_spec(folder: Path) -> None:
    assert message_of("tags: {kind: Y}\n", "tags: {team: nlp}\n").startswith("a.yaml:4:14: error[CW-SPEC-011]: `kind` ")


def test_a_replaced_list_leaves_no_places_of_the_base_behind(folder: Path) -> None:
    loaded = load("groups: [{name: x}]\n", "groups: [{name: x, nodes: 9}]\n")
    assert loaded.source is not None
    assert loaded.source.locate(("groups", 0, "nodes")).file == "a.yaml"


def test_a_base_has_no_base(folder: Path) -> None:
    assert message_of("", "extends: other.yaml\n") == (
        "_base.yaml:1:1: error[CW-SPEC-012]: a base can't extend another file\n"
        "   |\n"
        " 1 | extends: other.yaml\n"
        "   | ^^^^^^^\n"
        "  why: one level can be read at a glance, a chain can't\n"
        "  hint: write here what that file holds"
    )


def test_a_spec_does_not_build_on_itself(folder: Path) -> None:
    Path("_base.yaml").write_text(OWN)
    with pytest.raises(SpecError) as error:
        load_spec(Path("_base.yaml"))
    assert str(error.value).startswith("_base.yaml:3:10: error[CW-SPEC-012]: a spec can't build on itself")


def test_a_base_that_is_missing_names_the_nearest_file(folder: Path) -> None:
    Path("_bases.yaml").touch()
    Path("a.yaml").write_text(OWN)
    with pytest.raises(SpecError) as error:
        load_spec(Path("a.yaml"))
    assert str(error.value) == (
        "a.yaml:3:10: error[CW-SPEC-012]: there is no file _base.yaml\n"
        "   |\n"
        " 3 | extends: _base.yaml\n"
        "   |          ^^^^^^^^^^\n"
        "  why: `extends` names a file in the spec's own folder that holds what several specs share\n"
        "  hint: did you mean `extends: _bases.yaml`?"
    )


@pytest.mark.parametrize("name", ["../up.yaml", "/etc/passwd", "base.yml", "3"])
def test_a_base_is_a_yaml_file_of_the_same_folder(folder: Path, name: str) -> None:
    Path("a.yaml").write_text(f"name: a\nprovider: local\nextends: {name}\n")
    with pytest.raises(SpecError) as error:
        load_spec(Path("a.yaml"))
    assert [finding.path for finding in error.value.findings] == [("extends",)]


@pytest.mark.parametrize("base", ["[1, 2]\n", "just text\n"])
def test_a_base_is_a_mapping(folder: Path, base: str) -> None:
    assert message_of("", base).startswith("_base.yaml:1:1: error[CW-SPEC-012]: this base is no mapping")


def test_a_base_that_is_no_yaml_is_shown_where_it_ends_to_be(folder: Path) -> None:
    assert message_of("", "tags: {team: nlp\n").startswith("_base.yaml:2:1: error[CW-SPEC-002]: ")


def test_a_key_that_the_base_gives_twice_is_shown_there(folder: Path) -> None:
    assert message_of("", "tags: {team: a, team: b}\n").startswith("_base.yaml:1:17: error[CW-SPEC-004]: ")
