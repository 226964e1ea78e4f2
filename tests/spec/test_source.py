"""YAML becomes plain data with positions, or one finding; never an exception of another kind, and never slowly."""

import math
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clusterwright.spec.source import Source, Unreadable, compose


def data_of(text: str) -> Any:
    data, findings = compose(Source("spec.yaml", text))
    assert not findings
    return data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-1", -1),
        ("1.5", 1.5),
        ("5e-4", 5e-4),
        ("5E3", 5000.0),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("no", "no"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2026-12-01", "2026-12-01"),
        ("0x10", "0x10"),
        (".inf", ".inf"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("9" * 40, int("9" * 40)),
        ("9" * 41, "9" * 41),
        ("1e999", math.inf),
        ("[1, [2], {a: 3}]", (1, (2,), {"a": 3})),
        ("{}", {}),
        ("|\n  two\n  lines\n", "two\nlines\n"),
    ],
)
def test_a_value_is_read_by_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    read = data_of(f"key: {text}")["key"]
    assert read == value
    assert type(read) is type(value)


def test_every_key_and_value_knows_its_place() -> None:
    source = Source("spec.yaml", "name: a\ngroups:\n  - {name: train, nodes: 12}\n")
    compose(source)
    assert source.keys[("groups", 0, "nodes")] == (2, 18, 5)
    assert source.values[("groups", 0, "nodes")] == (2, 25, 2)
    assert source.locate(("groups", 0, "nodes", "min")).column == 19, "a part that is not there is where its parent is"
    assert source.locate(("storage",)).line == 1


REFUSED = {
    "alias": ("a: [x]\nb: *a\n", "2:4", "CW-SPEC-003", "the alias *a is not read"),
    "anchor": ("a: &a [x]\n", "1:4", "CW-SPEC-003", "the anchor &a is not read"),
    "tag": ("a: !!python/name:os.system\n", "1:4", "CW-SPEC-003", "the tag"),
    "second document": ("a: 1\n---\nb: 2\n", "2:1", "CW-SPEC-003", "a second document starts here"),
    "key that is a list": ("? [a]\n: 1\n", "1:3", "CW-SPEC-003", "this key is not plain text"),
    "depth": ("a: " + "[" * 21 + "]" * 21, "1:24", "CW-SPEC-003", "this is nested more than 20 levels deep"),
    "nothing": ("", "1:1", "CW-SPEC-001", "the file holds nothing"),
    "comments alone": ("# nothing\n", "1:1", "CW-SPEC-001", "the file holds nothing"),
    "empty document": ("---\n", "1:1", "CW-SPEC-001", "the file holds nothing"),
    "control character": ("a: é\x07\n", "1:5", "CW-SPEC-002", "this is not YAML: the character '\\x07' is not allowed"),
    "control character in a new line": (
        "a: 1\n\x07\n",
        "2:1",
        "CW-SPEC-002",
        "this is not YAML: the character '\\x07'",
    ),
    "open quote": ("a: 'x\n", "2:1", "CW-SPEC-002", "this is not YAML: while scanning a quoted scalar"),
    "tab": ("a:\n\t- x\n", "2:1", "CW-SPEC-002", "this is not YAML: "),
}


@pytest.mark.parametrize(("text", "place", "code", "what"), REFUSED.values(), ids=REFUSED)
def test_what_a_spec_cannot_hold_is_one_finding_with_its_place(text: str, place: str, code: str, what: str) -> None:
    with pytest.raises(Unreadable) as error:
        compose(Source("spec.yaml", text))
    finding = error.value.finding
    assert finding.location is not None
    assert f"{finding.location.line}:{finding.location.column}" == place
    assert finding.code == code
    assert finding.what.startswith(what)


def test_a_merge_key_is_a_key_like_any_other() -> None:
    assert data_of("a: {<<: {b: 1}}") == {"a": {"<<": {"b": 1}}}


def test_a_duplicate_key_is_found_and_the_first_one_counts() -> None:
    data, findings = compose(Source("spec.yaml", "name: a\nhead: {disk: 1}\nname: b\n"))
    assert data == {"name": "a", "head": {"disk": 1}}
    assert [str(finding) for finding in findings] == [
        "spec.yaml:3:1: error[CW-SPEC-004]: `name` is given twice\n"
        "   |\n"
        " 3 | name: b\n"
        "   | ^^^^\n"
        "  why: line 1 gives it already, and only one of the two can count\n"
        "  hint: remove one of them"
    ]


@pytest.mark.parametrize(
    "text",
    ["[" * 250_000, "{a: " * 60_000, "- " * 120_000, "? " * 120_000, "a: " + "9" * 250_000, "'" + "a" * 250_000,
     "".join(f"k{number}: 1\n" for number in range(25_000)), "a: 1\n" * 50_000],
    ids=lambda text: text[:6],
)  # fmt: skip
def test_hostile_text_is_read_in_bounded_time(text: str) -> None:
    start = time.process_time()
    try:
        compose(Source("spec.yaml", text))
    except Unreadable as error:
        str(error.finding)
    assert time.process_time() - start < 20, "a blow-up takes minutes, a busy machine does not"


@given(st.text(st.sampled_from("ab:-[]{}#&*!|>'\"%@`?,\n\t 019.~é\x00\x85\u2028"), max_size=60))
@example("a: !")
@example("%YAML 1.2\n---\na: 1")
@example("%FOO\na: 1")
def test_any_text_is_data_or_one_finding_in_it(text: str) -> None:
    source = Source("spec.yaml", text)
    try:
        compose(source)
    except Unreadable as error:
        location = error.finding.location
        assert location is not None
        assert 1 <= location.line <= len(text.splitlines()) + 1
        str(error.finding)
