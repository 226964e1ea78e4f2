"""`clusterwright review`: what it prints, where, and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clusterwright.cli import main
from tests.review.repository import Project
from tests.review.sides import EXAMPLE

SIDES = ("--base", str(EXAMPLE / "base"), "--head", str(EXAMPLE / "head"))


@pytest.fixture(autouse=True)
def inside(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.folder)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["review", *arguments])


def test_a_change_that_is_fine_exits_with_0(project: Project) -> None:
    project.stack("one", more="tags: {team: nlp}\n")
    result = run("--fail-on", "look")
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("stop", 0), ("look", 1)])
def test_what_somebody_has_to_decide_fails_where_that_is_asked(fail_on: str, code: int) -> None:
    assert run(*SIDES, "--fail-on", fail_on).exit_code == code


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("stop", 1), ("look", 1)])
def test_what_cannot_be_deployed_fails(project: Project, fail_on: str, code: int) -> None:
    project.stack("one", nodes=1000)
    assert run("--fail-on", fail_on).exit_code == code


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("stop", 2), ("look", 2)])
def test_what_cannot_be_read_exits_with_2(project: Project, fail_on: str, code: int) -> None:
    project.write("stacks/one.yaml", "name: [\n")
    assert run("--fail-on", fail_on).exit_code == code


def test_no_revision_is_a_message_and_exits_with_2() -> None:
    result = run("--base", "--nosuch")
    assert result.exit_code == 2
    assert "`--nosuch`\n  why: this clone has no such revision\n" in result.stderr


def test_a_folder_without_a_repository_needs_a_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    monkeypatch.chdir(tmp_path / "plain")
    result = run()
    assert result.exit_code == 2
    assert "not a git repository" in result.stderr
    assert "change into a clone, or give two folders" in result.stderr


def test_json_is_on_stdout_alone() -> None:
    assert json.loads(run(*SIDES, "--format", "json").stdout)


@pytest.mark.parametrize("form", ["terminal", "markdown", "json", "sarif"])
def test_each_format_goes_to_a_file(tmp_path: Path, form: str) -> None:
    out = tmp_path / "new" / "review"
    result = run(*SIDES, "--format", form, "--out", str(out))
    assert result.stdout == ""
    assert "3,072 vCPUs" in out.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run(*SIDES, "--format", "json", "--out", str(tmp_path / "file" / "review"))
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
