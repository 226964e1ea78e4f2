"""Running the machine's own programs."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

LIMIT = 30.0  # seconds; slurmctld answers in milliseconds, or a node must say that it does not


class CommandFailed(Exception):
    """A program that did not do what it was asked; `str()` is the reason to report."""


def run(*command: str, limit: float = LIMIT) -> str:
    """What the program prints. Raises CommandFailed when it is missing, fails or is not done after `limit` seconds."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"`{_shown(command)}` is not done after {limit:.0f} s") from error
    except OSError as error:
        raise CommandFailed(f"`{command[0]}` cannot be run: {error.strerror}") from error
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        said = words[-1] if words else f"exit code {done.returncode}"
        raise CommandFailed(f"`{_shown(command)}` failed: {said}")
    return done.stdout


def _shown(command: Sequence[str]) -> str:
    return " ".join(command)
