"""The computer that is looked at. The checks see nothing of it but this."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 60
"""s after which a program that is tried is taken for one that does not work."""


@dataclass(frozen=True)
class Tried:
    """How a program ended, and the last line that it said, on stdout if it succeeded."""

    works: bool
    words: str


@dataclass(frozen=True)
class Host:
    """This computer, as the user's own processes see it."""

    system: str = field(default_factory=platform.system)
    root: bool = field(default_factory=lambda: os.geteuid() == 0)
    python: tuple[int, int] = sys.version_info[:2]
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    home: Path = field(default_factory=Path.home)

    def program(self, name: str) -> str | None:
        """Where a program of that name is."""
        return shutil.which(name)

    def version(self, package: str) -> str | None:
        """The version of an installed Python package."""
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            return None

    def free(self, folder: Path) -> int:
        """Bytes that are free where `folder` is, or will be."""
        while not folder.exists():
            folder = folder.parent
        return shutil.disk_usage(folder).free

    def text(self, path: Path) -> str | None:
        """What a file says, without white space around it; None where it can't be read."""
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return None

    def writable(self, path: Path) -> bool:
        return os.access(path, os.W_OK)

    def attempt(self, *command: str) -> Tried:
        """Run a program that changes nothing, or nothing outside namespaces that end with it."""
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
        except (OSError, subprocess.TimeoutExpired) as error:
            return Tried(False, str(error))
        said = (done.stdout if done.returncode == 0 else done.stderr or done.stdout).strip().splitlines()
        return Tried(done.returncode == 0, said[-1] if said else f"exit code {done.returncode}")
