"""A project to stand in, and commands that are only called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clusterwright.live import commands


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, entered, whose clusters would be in a folder of their own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "project"
    (folder / "stacks").mkdir(parents=True)
    (folder / "Pulumi.yaml").touch()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The calls of the live commands, which then end with exit code 7."""
    calls: list[Any] = []
    for name in ("watch", "logs", "results", "rerun", "submit", "jobs", "cancel", "prune"):
        monkeypatch.setattr(commands, name, lambda *arguments, name=name: calls.append((name, *arguments)) or 7)
    return calls
