"""A small project in a repository of its own, for reviews of what happens there."""

from __future__ import annotations

import subprocess
from pathlib import Path

LOCAL = "name: {name}\nprovider: local\ngroups: [{{name: train, nodes: {nodes}}}]\n"
ALONE = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "PATH": "/usr/bin:/bin",
}
"""Git as it is on no computer of anybody's."""


class Project:
    """A project in `folder`, which is the top of its repository or, with `inner`, a folder below that."""

    def __init__(self, top: Path, inner: str = "") -> None:
        self.top, self.folder = top, top / inner
        (self.folder / "stacks").mkdir(parents=True)
        (self.folder / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, given: str = "") -> str:
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=self.top, env=ALONE, input=given, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def stack(self, name: str, nodes: int = 2, more: str = "") -> None:
        self.write(f"stacks/{name}.yaml", LOCAL.format(name=name, nodes=nodes) + more)

    def commit(self, message: str = "a change") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")
