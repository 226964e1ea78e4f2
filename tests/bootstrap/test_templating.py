"""No value of a spec can change what a rendered script does."""

from __future__ import annotations

import shlex
from pathlib import Path

import jinja2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clusterwright.bootstrap import user_data
from clusterwright.bootstrap.templating import Templates, quote
from tests.plans import make_plan

TEMPLATES = Path(__file__).parents[2] / "templates"
HOSTILE = ["'", '"', "\n", "$(touch x)", "`touch x`", "a b", "\\", "'; touch x; '", "{{ 1 }}", "#", "é", "-", "n" * 64]
VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=64)


def render(folder: Path, text: str, **values: object) -> str:
    (folder / "t.j2").write_text(text)
    return Templates(folder).render("t.j2", values)


def test_a_value_becomes_one_word(tmp_path: Path) -> None:
    assert render(tmp_path, "x={{ name | sh }}", name="a b'c") == "x='a b'\"'\"'c'"


@pytest.mark.parametrize("text", ["{{ name }}", "{{ name | upper }}", "{{ (name | sh) ~ 'x' }}", "{{ 'plain' }}"])
def test_a_value_without_the_filter_does_not_render(tmp_path: Path, text: str) -> None:
    with pytest.raises(TypeError, match="without the filter `sh`"):
        render(tmp_path, text, name="value")


def test_a_name_that_is_not_given_does_not_render(tmp_path: Path) -> None:
    with pytest.raises(jinja2.UndefinedError, match="'name' is undefined"):
        render(tmp_path, "{{ name | sh }}")


def test_a_nul_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        quote("a\0b")


def words(script: str) -> list[str]:
    return shlex.split(script, comments=True)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_is_one_word_to_the_shell(value: str, tmp_path: Path) -> None:
    assert words(render(tmp_path, "run {{ name | sh }} end # why", name=value)) == ["run", value, "end"]


@given(name=VALUES, group=VALUES)
@example(name="'; touch x; '", group="$(touch x)")
def test_names_do_not_change_the_user_data(name: str, group: str) -> None:
    plain = words(user_data(make_plan(name="NAME"), "compute", "GROUP_"))
    expected = [{"CLUSTER=NAME": f"CLUSTER={name}", "GROUP=GROUP_": f"GROUP={group}"}.get(word, word) for word in plain]
    assert words(user_data(make_plan(name=name), "compute", group)) == expected


@given(storage=VALUES)
@example(storage=")\ntouch x\n(")
def test_names_do_not_change_the_steps(storage: str) -> None:
    templates = Templates(TEMPLATES / "process")

    def common(name: str) -> list[str]:
        values = {"lock": "LOCK", "lock_sha256": "0", "pytorch": "2", "storage": [name]}
        return words(templates.render("scripts/common.sh.j2", values))

    assert common(storage) == [storage if word == "STORAGE_" else word for word in common("STORAGE_")]
