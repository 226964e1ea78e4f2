"""A change of the tool itself is told by what it makes of specs that nobody changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from clusterwright.review import tool
from clusterwright.review.model import ToolChange
from clusterwright.review.sides import sides
from clusterwright.review.tool import tool_change
from tests.plans import ROOT
from tests.review.repository import Project

SILENT = "what the tool's change does to the plans of specs that nobody changed: "
CODE = {
    "clusterwright/__init__.py": "",
    "clusterwright/plan/__init__.py": "def plan_cluster(loaded):\n    raise ValueError('no plan')\n",
    "clusterwright/spec/__init__.py": "",
    "clusterwright/spec/load.py": "load_spec = str\n",
}
"""A tool that plans nothing."""


@pytest.fixture
def here(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project that has the tool too, whose code is what runs."""
    monkeypatch.setattr(tool, "CODE", project.folder)
    for name, text in CODE.items():
        project.write(name, text)
    project.commit()
    return project


def changed(project: Project, base: str = "main", head: str | None = None) -> ToolChange | None:
    with sides(base, head, project.folder) as (before, after):
        return tool_change(before, after, project.folder, list(after.specs().values()))


def test_without_a_change_of_the_tool_there_is_nothing_to_say(here: Project) -> None:
    here.stack("one", nodes=3)
    here.write("docs/page.md", "x")
    assert changed(here) is None


def test_files_are_counted_by_the_part_they_are_of(here: Project) -> None:
    for name in ("clusterwright/plan/__init__.py", "clusterwright/spec/load.py", "components/aws.py", "x.py"):
        here.write(name, "x")
    here.git("add", "-A")
    made = changed(here)
    assert made
    assert made.parts == {"clusterwright/plan": 1, "clusterwright/spec": 1, "components": 1}


def test_what_the_tool_makes_of_a_spec_that_nobody_changed_is_told(here: Project) -> None:
    shutil.rmtree(here.folder / "clusterwright")
    ignored = shutil.ignore_patterns("__pycache__", "review", "live")
    shutil.copytree(ROOT / "clusterwright", here.folder / "clusterwright", ignore=ignored)
    local = here.folder / "clusterwright" / "plan" / "local.py"
    now = local.read_text()
    assert "MEMORY_MIB = 1024" in now
    here.stack("two", more="runtime: machine\n")
    local.write_text(now.replace("MEMORY_MIB = 1024", "MEMORY_MIB = 512"))
    here.commit()
    local.write_text(now)
    made = changed(here)
    assert made
    assert (made.parts, made.silent) == ({"clusterwright/plan": 1}, ())
    assert list(made.plans) == ["two"]
    assert {(one.before, one.after) for one in made.plans["two"]} == {("512", "1024")}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise ImportError('gone\x1b[2J')\n", "the base's code ended with 1: ImportError: gone\\x1b[2J"),
        ("import sys\nsys.exit(3)\n", "the base's code ended with 3: it said nothing"),
        ("import time\ntime.sleep(60)\n", "the base's code took more than 1 s"),
        ("print('hello')\ndef plan_cluster(loaded): ...\n", "the base's code did not say its plans"),
        ("print('{}')\ndef plan_cluster(loaded): ...\n", "the base's code did not say its plans"),
    ],
)
def test_base_code_that_fails_is_told_and_is_no_failure(
    here: Project, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    monkeypatch.setattr(tool, "SECONDS", 1 if "sleep" in code else 20)
    here.write("clusterwright/plan/__init__.py", code)
    here.commit()
    here.write("clusterwright/plan/__init__.py", "x")
    assert changed(here) == ToolChange({"clusterwright/plan": 1}, {}, (SILENT + said,))


def test_a_spec_that_the_base_cannot_plan_is_told_with_the_reason(here: Project) -> None:
    here.write("clusterwright/plan/__init__.py", "x")
    made = changed(here)
    assert made
    assert ("error", "no plan") in {(one.path, one.before) for one in made.plans["one"]}


def test_many_values_are_counted(here: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "MOST", 3)
    here.write("clusterwright/plan/__init__.py", "x")
    made = changed(here)
    assert made
    assert len(made.plans["one"]) == 3
    assert made.silent[0].endswith("more values of the plan of one")


def evil(here: Project, tmp_path: Path) -> Path:
    """A branch that is not merged, whose code leaves a mark where it runs."""
    mark = tmp_path / "ran"
    here.git("checkout", "-q", "-b", "evil")
    here.write("clusterwright/plan/__init__.py", f"open({str(mark)!r}, 'w')\n")
    here.commit()
    here.git("checkout", "-q", "main")
    return mark


def test_code_of_a_base_that_was_never_merged_is_not_run(here: Project, tmp_path: Path) -> None:
    mark = evil(here, tmp_path)
    made = changed(here, base="evil")
    assert made
    assert made.silent == (f"{SILENT}the base was never merged, and no code of others is run",)
    assert not mark.exists()


def test_code_of_a_head_that_is_not_checked_out_is_not_run(here: Project, tmp_path: Path) -> None:
    mark = evil(here, tmp_path)
    made = changed(here, head="evil")
    assert made
    assert made.silent == (f"{SILENT}what runs here is not the head's code; check it out",)
    assert not mark.exists()


def test_a_tool_that_is_installed_elsewhere_plans_for_no_side(
    here: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "CODE", tmp_path)
    here.write("clusterwright/plan/__init__.py", "x")
    made = changed(here)
    assert made
    assert made.silent == (f"{SILENT}what runs here is not the head's code; check it out",)


def test_a_project_of_specs_alone_may_have_folders_of_those_names(project: Project) -> None:
    project.write("training/train.py", "x")
    project.git("add", "-A")
    assert changed(project) is None


def test_folders_are_no_revisions_of_the_tool(here: Project, tmp_path: Path) -> None:
    here.write("clusterwright/plan/__init__.py", "x")
    assert changed(here, head=str(tmp_path)) is None
    assert changed(here, base=str(tmp_path)) is None
