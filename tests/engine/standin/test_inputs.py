"""What a provider does to inputs: defaults and names."""

from __future__ import annotations

from tests.engine.standin.inputs import completed
from tests.engine.standin.paths import values_at
from tests.engine.standin.table import Type
from tests.engine.standin.wire import DEFAULTS

ROW = Type.model_validate(
    {
        "source": "https://example.com/thing",
        "id": "thing-{hex}",
        "name": "name",
        "defaults": {"force": False},
    }
)


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


def test_values_are_found_in_lists_and_at_the_end_of_paths() -> None:
    inputs = {"a": [{"b": ["x", "y"]}, {"b": ["z"]}, {}], "c": "w"}
    assert list(values_at(inputs, "a[*].b")) == ["x", "y", "z"]
    assert list(values_at(inputs, "c")) == ["w"]
    assert list(values_at(inputs, "d.e")) == []
