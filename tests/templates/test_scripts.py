"""Every script that a node runs, as rendered."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clusterwright.bootstrap import render_bundle, user_data
from tests.plans import MACHINE_STACKS, example_plan, make_plan

TEMPLATES = Path(__file__).parents[2] / "templates"
PROCESS = TEMPLATES / "process"
SHELL = sorted([*PROCESS.rglob("*.sh.j2"), *TEMPLATES.glob("facts/*.sh.j2")])
STEPS = sorted(TEMPLATES.glob("scripts/[0-9][0-9]-*.sh"))


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    plan = make_plan(storage=("data", "it's odd"))
    files = dict(render_bundle(plan).files)
    files["user-data.sh"] = user_data(plan, "compute", "train").encode()
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_rendered_scripts_pass_shellcheck(rendered: Path) -> None:
    names = [path.name.removesuffix(".j2") for path in PROCESS.rglob("*.sh.j2")]
    assert sorted(path.name for path in rendered.rglob("*.sh")) == sorted([*names, "software.sh"])
    check(rendered)


@pytest.mark.slow
@pytest.mark.parametrize("stack", MACHINE_STACKS)
def test_the_scripts_of_a_machine_pass_shellcheck_together_with_its_facts(stack: str, tmp_path: Path) -> None:
    for name, data in render_bundle(example_plan(stack)).files.items():
        if name.endswith(".sh"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(data)
    check(tmp_path)


def check(folder: Path) -> None:
    """ShellCheck finds nothing in the shell scripts of a folder, each with the files that it sources."""
    shellcheck = shutil.which("shellcheck", path=str(Path(sys.executable).parent)) or shutil.which("shellcheck")
    assert shellcheck, "shellcheck is missing: `make setup` installs it"
    scripts = [str(path.relative_to(folder)) for path in sorted(folder.rglob("*.sh"))]
    assert scripts
    command = [shellcheck, "--norc", "--external-sources", "--source-path=SCRIPTDIR", *scripts]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("template", SHELL, ids=lambda path: path.name)
def test_values_stand_only_where_a_whole_word_stands(template: Path) -> None:
    # Inside quotes, a comment or a here-document the quoting of the filter would not protect.
    word = re.compile(r"(readonly )?[A-Z0-9_]+=\{\{ [a-z0-9_]+ \| sh \}\}|  \{\{ [a-z.]+ \| sh \}\}")
    for line in template.read_text().splitlines():
        if "{{" in line:
            assert word.fullmatch(line), line


@pytest.mark.parametrize(
    "template",
    [*sorted(PROCESS.rglob("*.sh.j2")), *STEPS, *TEMPLATES.glob("scripts/start.sh")],
    ids=lambda path: path.name,
)
def test_scripts_stop_at_the_first_error(template: Path) -> None:
    assert re.search(r"^set -euo pipefail$|^source .*common\.sh\"$", template.read_text(), re.MULTILINE)


def test_steps_of_a_machine_decide_nothing_when_they_are_rendered() -> None:
    assert not list((TEMPLATES / "scripts").rglob("*.j2"))


def test_each_step_has_a_number_of_its_own() -> None:
    assert len({path.name[:2] for path in STEPS}) == len(STEPS) > 10
