"""What NAME may be: a stack of the project around the user, a path, a cluster that is up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clusterwright import paths
from tests.cli.runs import GOOD, run, write


def test_outside_a_project_a_name_is_refused_and_a_path_is_fine(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, GOOD)
    monkeypatch.chdir(tmp_path)
    result = run("plan", "good")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {tmp_path} is not inside a Clusterwright project\n")
    assert run("plan", "project/stacks/good.yaml", "--json").exit_code == 0


def test_from_a_folder_below_the_project_names_work_as_well(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, GOOD)
    monkeypatch.chdir(project / "stacks")
    assert run("plan", "good", "--json").exit_code == 0


@pytest.mark.parametrize("text", [None, "name: ["], ids=["gone", "broken"])
def test_a_cluster_is_found_without_a_good_spec(project: Path, called: list[Any], text: str | None) -> None:
    if text:
        write(project, text)
    paths.cluster_dir("good").mkdir(parents=True)
    assert run("rerun", "good").exit_code == 7
    ((name, stack),) = called
    assert (name, stack.name, stack.cluster) == ("rerun", "good", "good")


@pytest.mark.parametrize("name", ["", ".", "..", "nothing"])
def test_a_name_that_is_no_cluster_is_an_error(project: Path, called: list[Any], name: str) -> None:
    paths.cluster_dir("good").mkdir(parents=True)
    assert run("rerun", name).exit_code == 2
    assert called == []
