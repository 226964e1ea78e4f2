"""Programs of the host, run to their end; what one says when it fails becomes the error."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from components.local.runtime.errors import LocalError


def run(*command: str, stdin: str | None = None, env: Mapping[str, str] | None = None) -> str:
    """What `command` prints.

    Raises:
        LocalError: it failed; the message holds its last words.
    """
    done = subprocess.run(command, input=stdin or "", capture_output=True, text=True, env=env)
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip() or f"exit {done.returncode}").splitlines()[-1]
        raise LocalError(f"`{' '.join(command)}` failed: {words}")
    return done.stdout


def succeeds(*command: str) -> bool:
    """Whether `command` ends with 0; what it prints is of no interest."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
