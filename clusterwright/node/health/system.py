"""The machine that is looked at: its tools, each under a time limit, and what its kernel shows as files."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from clusterwright.node.system import JOB_USER

TOOL_LIMIT = 4.0
"""Seconds for a tool: nvidia-smi takes two on eight GPUs without persistence mode, and all checks together have ten."""
DYING = 0.5
"""Seconds for a tool that was killed to end."""
FOLDERS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Slurm runs a health check without a PATH."""
EFA_FOLDER = "/opt/amazon/efa/bin"
"""Where EFA's installer puts its own tools: on no PATH of a service, systemd's own included."""


class Unseen(Exception):
    """Something that could not be looked at, which is a failure itself; `str()` is the reason as one sentence."""


class System:
    """`root` stands for / where the kernel's files are read."""

    def __init__(
        self,
        root: Path = Path("/"),
        job_user: str = JOB_USER,
        limit: float = TOOL_LIMIT,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self.root = root
        self.job_user = job_user
        self.limit = limit
        # Words of tools are read, so they speak English.
        path = f"{environment.get('PATH') or FOLDERS}:{EFA_FOLDER}"
        self._environment = {**environment, "PATH": path, "LC_ALL": "C.UTF-8"}

    def run(self, *command: str, as_job_user: bool = False) -> str:
        """What the command prints. Raises Unseen when it is missing, fails, or is not done in time.

        One that does not even die is left behind: a process that waits for a driver or for a dead file server can't be
        killed, and must not hold up who asks.
        """
        tool = Path(command[0]).name
        user = self.job_user if as_job_user and os.geteuid() == 0 else None
        try:
            process = subprocess.Popen(
                command,
                env=self._environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=[] if user else None,
            )
        except FileNotFoundError as error:
            raise Unseen(f"{tool} is missing on this machine") from error
        except (OSError, KeyError) as error:
            raise Unseen(f"{tool} can't be started: {error}") from error
        try:
            output, _ = process.communicate(timeout=self.limit)
        except subprocess.TimeoutExpired as error:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=DYING)
            if process.stdout:
                process.stdout.close()
            raise Unseen(f"{tool} has not answered within {self.limit:g} s") from error
        if process.returncode:
            words = next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "")
            raise Unseen(f"{tool} ended with exit code {process.returncode}{f': {words}' if words else ''}")
        return output

    def read(self, path: str) -> str:
        """A file below `root`. Raises Unseen when it can't be read."""
        try:
            return (self.root / path.lstrip("/")).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise Unseen(f"{path} can't be read: {error.strerror}") from error

    def names(self, path: str) -> list[str]:
        """What a folder below `root` holds, sorted; nothing where there is none."""
        folder = self.root / path.lstrip("/")
        return sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
