"""Programs of the host, run to their end or started; what one says when it fails becomes the error."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from components.local.runtime.errors import LocalError

START_SECONDS = 20.0


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


def start(
    command: Sequence[str], what: str, log: Path, env: Mapping[str, str], umask: int, there: Callable[[], object]
) -> None:
    """Start a program that outlives us, and wait until it is `there`; what it prints goes to the end of `log`.

    Raises:
        LocalError: it ended before, or is not there within START_SECONDS; the message calls it `what`.
    """
    with log.open("ab") as stream:
        process = subprocess.Popen(
            command,
            env=env,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
            umask=umask,
        )
    # Collects the process when it ends while we still live, so that it does not stay as a zombie.
    threading.Thread(target=process.wait, daemon=True).start()
    deadline = time.monotonic() + START_SECONDS
    while not there():
        if process.returncode is not None or time.monotonic() > deadline:
            words = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
            raise LocalError(f"{what} did not start. The end of {log}:\n{words}")
        time.sleep(0.01)
