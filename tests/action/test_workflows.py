"""What runs for strangers can't write, what can write runs nothing of theirs, and every action is pinned."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.review.repository import Project
from tools.environment import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"
REVIEW, COMMENT = (yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text()) for name in ("review", "review-comment"))
ACTION = yaml.safe_load((ROOT / "action" / "action.yml").read_text())
FILES = (WORKFLOWS / "review.yml", WORKFLOWS / "review-comment.yml", ROOT / "action" / "action.yml")
ON = True  # what YAML 1.1 makes of the key `on`


def steps(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "runs" in document:
        yield from document["runs"]["steps"]
    for job in document.get("jobs", {}).values():
        yield from job["steps"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_actions_of_others_are_pinned_to_a_commit_that_says_its_version(file: Path) -> None:
    for line in re.findall(r"uses: .*", file.read_text()):
        assert re.fullmatch(r"uses: (\./action|[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)", line), line


@pytest.mark.parametrize("document", [REVIEW, COMMENT, ACTION])
def test_no_value_becomes_a_part_of_a_script(document: dict[str, Any]) -> None:
    found = [step["run"] for step in steps(document) if "run" in step]
    assert found
    assert not [script for script in found if "${{" in script]


def test_what_runs_a_forks_code_has_no_secrets_and_may_write_nothing() -> None:
    text = (WORKFLOWS / "review.yml").read_text()
    assert set(REVIEW[ON]) == {"pull_request"}
    assert REVIEW["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in REVIEW["jobs"].values())
    assert "secrets." not in text
    assert "github.token" not in text
    assert [step["with"]["persist-credentials"] for step in steps(REVIEW) if "checkout" in step.get("uses", "")] == [
        False
    ]


def test_what_may_write_runs_the_default_branch_alone() -> None:
    assert set(COMMENT[ON]) == {"workflow_run"}
    assert COMMENT[ON]["workflow_run"]["workflows"] == [REVIEW["name"]]
    (job,) = COMMENT["jobs"].values()
    assert COMMENT["permissions"] == {}
    assert job["permissions"] == {"actions": "read", "contents": "read", "pull-requests": "write"}
    (checkout,) = (step for step in job["steps"] if "checkout" in step.get("uses", ""))
    assert checkout["with"]["ref"] == "${{ github.event.repository.default_branch }}"
    assert checkout["with"]["persist-credentials"] is False


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "clone")
    made.stack("one")
    made.commit()
    made.git("checkout", "-q", "-b", "work")
    made.stack("one", nodes=3)
    made.commit()
    return made


def reviewed(project: Project, tmp_path: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The action's script beside this environment in place of one that it would install."""
    tool = tmp_path / "tool"
    (tool / "action").mkdir(parents=True)
    shutil.copy(ROOT / "action" / "review.sh", tool / "action")
    (tool / "Makefile").write_text("setup:\n")
    (tool / ".venv").symlink_to(ROOT / ".venv")
    given = {"BASE": "main", "NAMES": "", "PROJECT": ".", "FAIL_ON": "stop", "OUT": "out"} | inputs
    outside = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "GITHUB_OUTPUT": str(tmp_path / "output")}
    return subprocess.run(
        [str(tool / "action" / "review.sh")],
        cwd=project.folder,
        env={**os.environ, **given, **outside},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("fail_on", ["stop", "never", "look"])
def test_the_action_writes_three_formats_and_its_verdict(project: Project, tmp_path: Path, fail_on: str) -> None:
    done = reviewed(project, tmp_path, FAIL_ON=fail_on)
    assert (done.returncode, done.stderr) == (0, "")
    out = project.folder / "out"
    assert sorted(file.name for file in out.iterdir()) == ["review.json", "review.md", "review.sarif"]
    verdict = json.loads((out / "review.json").read_text())["verdict"]["level"]
    assert (tmp_path / "output").read_text() == f"verdict={verdict}\nfolder={out}\n"
    assert (tmp_path / "summary").read_text() == (out / "review.md").read_text()


@pytest.mark.slow
def test_the_action_fails_at_what_cannot_be_deployed(project: Project, tmp_path: Path) -> None:
    project.write("stacks/one.yaml", "name: one\nprovider: local\nnodes: 3\n")
    done = reviewed(project, tmp_path)
    assert done.returncode == 1
    assert "::error::" in done.stdout
    assert (project.folder / "out" / "review.md").exists()


@pytest.mark.slow
def test_hostile_inputs_are_values_and_no_script(project: Project, tmp_path: Path) -> None:
    done = reviewed(project, tmp_path, BASE="$(touch pwned)", NAMES="--help; touch pwned")
    assert done.returncode == 2
    assert not (project.folder / "pwned").exists()


@pytest.mark.slow
def test_hooks_are_those_that_pre_commit_knows(tmp_path: Path) -> None:
    """pre-commit itself reads them, and runs the one for commits on a spec that is right and on one that is not."""
    project = Project(tmp_path / "clone")
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    local = [
        {**hook, "language": "system", "entry": f"{ROOT}/.venv/bin/{hook['entry']}"} for hook in hooks
    ]  # as it is without an environment of its own, which takes the network
    project.write(".pre-commit-config.yaml", yaml.safe_dump({"repos": [{"repo": "local", "hooks": local}]}))
    project.stack("one")
    project.write("stacks/_base.yaml", "no: spec\n")
    project.commit()
    assert hooked(project, "clusterwright-validate") == 0
    assert hooked(project, "clusterwright-review", "--hook-stage", "pre-push") == 0
    project.write("stacks/one.yaml", "name: one\nprovider: local\nnodes: 3\n")
    assert hooked(project, "clusterwright-validate") == 1
    assert hooked(project, "clusterwright-review", "--hook-stage", "pre-push") == 1


def hooked(project: Project, *arguments: str) -> int:
    command = [str(ROOT / ".venv/bin/pre-commit"), "run", "--all-files", *arguments]
    return subprocess.run(command, cwd=project.folder, capture_output=True, check=False).returncode
