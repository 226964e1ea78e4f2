"""What every stack needs is looked for, and told how to get."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterwright.host.host import Host
from clusterwright.live.doctor import project
from tests.host.computer import Computer, finds


def test_a_computer_that_has_all_is_told_so() -> None:
    assert [check.state for check in project.checks(Computer())] == ["ok"] * 4


@pytest.mark.parametrize(
    ("computer", "name", "found", "hint"),
    [
        (Computer(python=(3, 10)), "Python", "3.10, older than 3.11", "make setup PYTHON=python3.12"),
        (Computer(failing={"ensurepip": ""}), "Python", "can't make environments", "apt-get install python3.12-venv"),
        (Computer(without=("git",)), "git", "not on PATH", "apt-get install git"),
        (Computer(failing={"--look": "engine: no pulumi on PATH"}), "engine", "no pulumi on PATH", "make engine"),
        (Computer(room=9 * 10**9), "disk space", "9 GB at", "XDG_CACHE_HOME"),
    ],
)
def test_what_is_missing_is_told_with_the_way_to_get_it(computer: Computer, name: str, found: str, hint: str) -> None:
    check = finds(lambda: project.checks(computer), name)
    assert check.state == "missing"
    assert found in check.found
    assert hint in (check.hint or "")


def test_an_engine_is_looked_for_in_a_project_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check = finds(lambda: project.checks(Computer()), "engine")
    assert (check.state, check.hint) == ("missing", "change into your clone of Clusterwright")


def test_this_computer_is_looked_at_as_it_is(tmp_path: Path) -> None:
    host = Host()
    assert host.attempt("sh", "-c", "echo one; echo two").words == "two"
    assert host.attempt("sh", "-c", "echo why >&2; exit 3").words == "why"
    assert host.attempt("sh", "-c", "exit 3").words == "exit code 3"
    assert not host.attempt(str(tmp_path / "none")).works
    assert host.program("sh")
    assert host.version("no-such-package") is None
    assert host.free(tmp_path / "a" / "b") > 0
    assert host.text(tmp_path / "none") is None
