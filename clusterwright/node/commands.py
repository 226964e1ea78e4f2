"""Running the machine's own programs."""

from __future__ import annotations

import subprocess

LIMIT = 20.0  # seconds; slurmctld answers in milliseconds, or who asks must go on without it


class CommandFailed(Exception):
    """A program that did not do what it was asked; `str()` is the reason to report."""


def run(*command: str, limit: float = LIMIT, name: str | None = None) -> str:
    """What the program prints; `name` is what reasons call it, the whole command unless given.

    Raises CommandFailed when it is missing, fails or is not done after `limit` seconds.
    """
    called = name or f"`{' '.join(command)}`"
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"{called} is not done after {limit:.0f} s") from error
    except OSError as error:
        raise CommandFailed(f"`{command[0]}` cannot be run: {error.strerror}") from error
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        said = words[-1] if words else f"exit code {done.returncode}"
        raise CommandFailed(f"{called} failed: {said}")
    return done.stdout
