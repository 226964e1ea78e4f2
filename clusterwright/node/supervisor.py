"""Starting and stopping the node's programs through its supervisord."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence

from clusterwright.node.converge import StepFailed


class Supervisor:
    """One request at a time, in the background: while a job that is stopped writes its checkpoint, the agent goes on.

    `supervisorctl` costs a fifth of a second of processor time, so it is asked to act, never to tell the state.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)
        self._request: subprocess.Popen[str] | None = None

    @classmethod
    def from_quoted(cls, command: str) -> Supervisor:
        """`command` is a shell-quoted command line, as in CLUSTERWRIGHT_SUPERVISORCTL."""
        return cls(shlex.split(command))

    def busy(self) -> bool:
        """Whether the last request is still being carried out; says so when it failed."""
        if self._request is None:
            return False
        if self._request.poll() is None:
            return True
        output, _ = self._request.communicate()
        # A program that another hand has started or stopped meanwhile is as we want it.
        if self._request.returncode and not any(word in output for word in ("already started", "not running")):
            print(f"supervisorctl failed: {output.strip()}", file=sys.stderr, flush=True)
        self._request = None
        return False

    def ask(self, action: str, program: str) -> None:
        """Request `start`, `stop` or `restart` of a program; the caller looks at `busy` before the next one.

        Raises StepFailed where supervisorctl itself is gone: it belongs to the clone that the node was started from.
        """
        print(f"supervisorctl {action} {program}", file=sys.stderr, flush=True)
        try:
            self._request = subprocess.Popen(
                [*self._command, action, program],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        except OSError as error:
            reason = f"{error.strerror}: {self._command[0]}; `make up` in a clone that is there starts this node anew"
            raise StepFailed(f"{action} {program}", reason, []) from error
