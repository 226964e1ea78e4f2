"""The exit code is what a verdict is to a pipeline, and every format can go to a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clusterwright.review.command import FailOn, run
from tests.review.repository import Project


def code(project: Project, fail_on: FailOn) -> int:
    return run("main", None, (), "json", project.folder / "out" / "review.json", fail_on, project.folder)


@pytest.mark.parametrize(("fail_on", "expected"), [("never", 0), ("stop", 0), ("look", 1)])
def test_what_somebody_has_to_decide_fails_where_that_is_asked_for(
    project: Project, fail_on: FailOn, expected: int
) -> None:
    project.git("rm", "-q", "stacks/one.yaml")
    assert code(project, fail_on) == expected


@pytest.mark.parametrize(("fail_on", "expected"), [("never", 0), ("stop", 1), ("look", 1)])
def test_what_can_t_be_deployed_fails_unless_nothing_does(project: Project, fail_on: FailOn, expected: int) -> None:
    project.stack("one", more="job: {model: bert-base, nodes: 3}\n")
    assert code(project, fail_on) == expected


@pytest.mark.parametrize(("fail_on", "expected"), [("never", 0), ("stop", 2), ("look", 2)])
def test_what_can_t_be_read_has_a_code_of_its_own_unless_nothing_fails(
    project: Project, fail_on: FailOn, expected: int
) -> None:
    project.write("stacks/one.yaml", "name: [\n")
    assert code(project, fail_on) == expected


@pytest.mark.parametrize("fail_on", ["never", "stop", "look"])
def test_nothing_to_decide_never_fails(project: Project, fail_on: FailOn) -> None:
    assert code(project, fail_on) == 0


@pytest.mark.parametrize("form", ["markdown", "json", "sarif"])
def test_a_file_holds_what_is_else_shown(
    project: Project, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    project.stack("one", nodes=3)
    file = tmp_path / "new" / "review"
    run("main", None, (), form, file, "never", project.folder)
    assert capsys.readouterr().out == ""
    run("main", None, (), form, None, "never", project.folder)
    assert capsys.readouterr().out == file.read_text(encoding="utf-8")
    assert form == "markdown" or json.loads(file.read_text(encoding="utf-8"))
