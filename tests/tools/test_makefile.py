"""What make does before any program of ours runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.environment import ROOT


@pytest.mark.parametrize("folder", ["clone", "a clone"])
@pytest.mark.parametrize("moved", [False, True])
def test_a_moved_clone_has_its_environment_made_anew(tmp_path: Path, folder: str, moved: bool) -> None:
    clone = tmp_path / folder
    for name in ("tools/python_ok.py", ".tools/bin/uv", "pyproject.toml", "uv.lock", ".venv/.stamp"):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).touch()
    shutil.copy(ROOT / "Makefile", clone)
    (clone / ".venv/.stamp").write_text(f"{(tmp_path / 'elsewhere' if moved else clone) / '.venv'}\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    would = subprocess.run(
        ["make", "-n", "setup"], cwd=clone, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert ("rm -rf .venv" in would, "uv sync" in would) == (moved, moved)
