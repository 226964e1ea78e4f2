"""Commands on specs: what they print, and with which code they end."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.runs import GOOD, run, write

ROOT = Path(__file__).resolve().parents[2]
LIGHT = {
    "annotated_types", "click", "platformdirs", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection",
    "yaml", "_yaml",
}  # fmt: skip


def test_validate_checks_all_of_stacks_and_exits_with_the_worst(project: Path) -> None:
    write(project, GOOD)
    assert run("validate").stdout == "1 spec checked: no findings\n"
    write(project, GOOD + "head: {disk: 1 GB}\n", "warned")
    result = run("validate", "stacks/")
    assert result.exit_code == 1
    assert "stacks/warned.yaml:3:14: warning[CW-CMP-004]" in result.stdout
    write(project, "name: [", "broken")
    assert run("validate").exit_code == 2
    assert run("validate", "stacks/good.yaml").exit_code == 0


def test_validate_fails_on_what_the_user_calls_a_failure(project: Path) -> None:
    write(project, GOOD + "head: {disk: 1 GB}\n")
    assert run("validate").exit_code == 1
    allowed = run("validate", "--fail-on", "error")
    assert allowed.exit_code == 0
    assert allowed.stdout.endswith("\n\n1 spec checked: 1 warning\n")
    write(project, "name: [", "broken")
    assert run("validate", "--fail-on", "error").exit_code == 2


def test_validate_counts_what_is_unknown_as_notes_that_fail_nothing(project: Path) -> None:
    text = "name: good\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\nbudget: {limit: 900 USD}\n"
    write(project, text + "groups: [{name: train, capacity: {kind: spot}}]\n")
    result = run("validate")
    assert result.exit_code == 0
    notes, summary = result.stdout.rstrip("\n").split("\n\n")
    assert all(": note[CW-" in line for line in notes.splitlines()[:-1])
    assert notes.splitlines()[-1] == "  hint: run `clusterwright lock NAME`, with your own credentials"
    count = len(notes.splitlines()) - 1
    assert summary == f"1 spec checked: {count} note{'s' * (count != 1)}"


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_validate_prints_nothing_but_the_format_that_was_asked_for(project: Path, form: str) -> None:
    write(project, GOOD)
    write(project, GOOD + "head: {disk: 1 GB}\n", "warned")
    result = run("validate", "--format", form)
    assert result.exit_code == 1
    assert "stacks/warned.yaml" in result.stdout
    assert "checked" not in result.stdout
    if form != "github":
        json.loads(result.stdout)


def test_validate_takes_the_name_of_a_stack(project: Path) -> None:
    write(project, GOOD)
    assert run("validate", "good").stdout == "1 spec checked: no findings\n"
    assert "stacks/goood.yaml:1:1: error[CW-SPEC-001]" in (said := run("validate", "goood").stdout)
    assert "did you mean stacks/good.yaml?" in said


def test_validate_skips_locks_and_refuses_a_folder_without_specs(project: Path) -> None:
    (project / "stacks" / "good.lock.yaml").write_text("zones: {}\n")
    result = run("validate")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: the folder stacks holds no specs\n")


def test_validate_imports_what_it_needs_and_no_more(project: Path) -> None:
    """Neither Pulumi nor a cloud's client: the example stacks of all providers, with and without a lock."""
    for file in (ROOT / "stacks").glob("*.yaml"):
        shutil.copy(file, project / "stacks")
    shutil.copy(ROOT / "tests" / "locks" / "bert-large-aws.lock.yaml", project / "stacks")
    shutil.copy(ROOT / "tests" / "locks" / "bert-base-gcp.lock.yaml", project / "stacks")
    program = (
        "import atexit, sys\n"
        "before = set(sys.modules)\n"
        "def tell():\n"
        "    files = {name: getattr(module, '__file__', None) or '' for name, module in sys.modules.items()}\n"
        "    print(sorted({name.split('.')[0] for name, file in files.items() if 'site-packages' in file} - before))\n"
        "atexit.register(tell)\n"
        "from clusterwright.cli import main\n"
        "main(['validate'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "7 specs checked" in done.stdout
    assert set(ast.literal_eval(done.stdout.splitlines()[-1])) <= LIGHT


def test_plan_prints_canonical_json_for_programs(project: Path) -> None:
    write(project, GOOD)
    result = run("plan", "good", "--json")
    assert json.loads(result.stdout)["name"] == "good"
    assert result.stdout == run("plan", str(project / "stacks" / "good.yaml"), "--json").stdout


def test_plan_prints_what_is_made_and_why_for_people(project: Path) -> None:
    write(project, GOOD + "head: {disk: 1 GB}\n")
    result = run("plan", "good")
    assert "train-1, train-2" in result.stdout
    assert "[majority," in result.stdout, "square brackets are no markup"
    assert "because" in result.stdout
    assert "warning[CW-CMP-004]" in result.stderr


CLOUD = "provider: aws\nregion: us-east-1\nzone: us-east-1b\n"


def test_plan_says_why_it_cannot_be_deployed_and_what_to_do(project: Path) -> None:
    write(project, GOOD)
    write(project, f"name: cloud\n{CLOUD}", "cloud")
    assert "can't be deployed" not in run("plan", "good").stdout
    result = run("plan", "cloud")
    assert result.exit_code == 0
    end = " ".join(result.stdout.partition("can't be deployed")[2].split())
    assert "the plan is without a lock" in end
    assert "`clusterwright lock NAME`" in end


def test_plan_shows_a_group_that_may_have_no_nodes_as_a_range(project: Path) -> None:
    write(project, f"name: good\n{CLOUD}groups: [{{name: train, nodes: {{min: 0, max: 4}}}}]\n")
    assert "0 to 4 nodes" in run("plan", "good").stdout


def test_plan_never_breaks_the_path_of_a_decision(project: Path) -> None:
    write(project, GOOD)
    result = run("plan", "good")
    decisions = json.loads(run("plan", "good", "--json").stdout)["decisions"]
    paths = {one["path"] for one in decisions if not one["reason"].startswith("recipe")}
    assert max(map(len, paths)) > 20
    assert {line.split(" ")[0] for line in result.stdout.splitlines()} >= paths


def test_render_writes_the_files_of_the_bundle_once(project: Path) -> None:
    write(project, GOOD)
    said = run("render", "good", "--out", "out")
    assert said.exit_code == 0
    written = sum(path.is_file() for path in (project / "out").rglob("*"))
    assert said.stdout.startswith(f"{written} files in out, the bundle ")
    assert json.loads((project / "out" / "job" / "job.json").read_text())["model"]["name"] == "bert-l2-h256"
    assert (project / "out" / "user-data" / "head.sh").read_text().startswith("#!/usr/bin/env bash\n")
    again = run("render", "good", "--out", "out")
    assert again.exit_code == 2
    assert again.stderr.startswith("error: the folder out is not empty\n")
