"""What every stack needs: Python, git, the engine, room on the disk."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from clusterwright.errors import ClusterwrightError
from clusterwright.host.check import Check, missing, there
from clusterwright.host.host import Host
from clusterwright.paths import clusters_dir, environments_dir, project_dir

PYTHON = (3, 11)
ROOM = 10 * 10**9
"""Bytes: an environment with PyTorch takes 5 GB, and is made beside the one before it."""


def checks(host: Host) -> Iterator[Check]:
    yield _python(host)
    yield _git(host)
    yield _engine(host)
    yield _room(host)


def _python(host: Host) -> Check:
    purpose = "runs clusterwright, and makes the project's environment"
    found = ".".join(map(str, host.python))
    if host.python < PYTHON:
        wanted = ".".join(map(str, PYTHON))
        hint = f"install Python {wanted} or newer, and name it: make setup PYTHON=python3.12"
        return missing("Python", purpose, f"{found}, older than {wanted}", hint)
    if not host.attempt(sys.executable, "-c", "import ensurepip, venv").works:
        hint = f"on Debian and Ubuntu: apt-get install python{found}-venv"
        return missing("Python", purpose, f"{found}, which can't make environments", hint)
    return there("Python", purpose, found)


def _git(host: Host) -> Check:
    purpose = "keeps specs, locks and their history"
    if path := host.program("git"):
        return there("git", purpose, path)
    return missing("git", purpose, "not on PATH", "on Debian and Ubuntu: apt-get install git")


def _engine(host: Host) -> Check:
    purpose = "Pulumi's engine: makes what a plan says, and keeps the record of it"
    try:
        program = project_dir() / "tools" / "engine.py"
    except ClusterwrightError:
        return missing("engine", purpose, "this folder is in no project", "change into your clone of Clusterwright")
    tried = host.attempt(sys.executable, str(program), "--look")
    if tried.works:
        return there("engine", purpose, tried.words)
    return missing("engine", purpose, tried.words.removeprefix("engine: "), "make engine")


def _room(host: Host) -> Check:
    purpose = "an environment with PyTorch takes 5 GB, and checkpoints come on top"
    free = {folder: host.free(folder) for folder in (environments_dir(), clusters_dir())}
    least = min(free, key=lambda folder: free[folder])
    found = f"{free[least] / 10**9:.0f} GB at {least}"
    if free[least] < ROOM:
        hint = f"free {ROOM / 10**9:.0f} GB there, or set XDG_CACHE_HOME and XDG_DATA_HOME to folders of a larger disk"
        return missing("disk space", purpose, found, hint)
    return there("disk space", purpose, found)
