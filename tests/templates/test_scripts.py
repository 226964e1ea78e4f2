"""Every script that a node runs, as rendered."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clusterwright.bootstrap import render_bundle, user_data
from tests.plans import make_plan

TEMPLATES = Path(__file__).parents[2] / "templates"
SHELL = sorted(TEMPLATES.rglob("*.sh.j2"))


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
    shellcheck = shutil.which("shellcheck", path=str(Path(sys.executable).parent)) or shutil.which("shellcheck")
    assert shellcheck, "shellcheck is missing: `make setup` installs it"
    scripts = [str(path.relative_to(rendered)) for path in sorted(rendered.rglob("*.sh"))]
    assert len(scripts) == len(SHELL)
    done = subprocess.run(
        [shellcheck, "--external-sources", "--source-path=SCRIPTDIR", *scripts],
        cwd=rendered,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("template", SHELL, ids=lambda path: path.name)
def test_values_stand_only_where_a_whole_word_stands(template: Path) -> None:
    # Inside quotes, a comment or a here-document the quoting of the filter would not protect.
    word = re.compile(r"(readonly )?[A-Z0-9_]+=\{\{ [a-z0-9_]+ \| sh \}\}|  \{\{ [a-z]+ \| sh \}\}")
    for line in template.read_text().splitlines():
        if "{{" in line:
            assert word.fullmatch(line), line


@pytest.mark.parametrize("template", SHELL, ids=lambda path: path.name)
def test_scripts_stop_at_the_first_error(template: Path) -> None:
    assert re.search(r"^set -euo pipefail$|^source .*common\.sh\"$", template.read_text(), re.MULTILINE)
