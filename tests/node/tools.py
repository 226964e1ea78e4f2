"""Stand-ins for the tools of a node: programs on PATH that print what was recorded, and note how they were called."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

NEEDED = ("sh", "cat", "sleep", "rm", "ls")


class Tools:
    """A folder that is all of PATH: a tool that has no answer here is missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = folder / "calls"
        self._answers: dict[str, dict[str, str]] = {}
        folder.mkdir()
        for name in NEEDED:
            (folder / name).symlink_to(shutil.which(name) or name)

    def answer(self, call: str, output: str = "", code: int = 0, wait: float = 0.0) -> None:
        """`call` is a tool and words of its arguments; the longest that fit answer. `wait` is in seconds."""
        tool, _, words = call.partition(" ")
        answers = self._answers.setdefault(tool, {})
        answers[words] = f"sleep {wait}; printf '%s' {shlex.quote(output)}; exit {code}"
        cases = [
            f"*{shlex.quote(f' {fits} ') if fits else ''}*) {body};;"
            for fits, body in sorted(answers.items(), key=lambda answer: -len(answer[0]))
        ]
        program = self.folder / tool
        program.write_text(
            f'#!/bin/sh\necho "{tool} $*" >>{shlex.quote(str(self._log))}\ncase " $* " in\n'
            + "\n".join(cases)
            + '\n*) echo "no answer to $*"; exit 9;;\nesac\n'
        )
        program.chmod(0o755)

    def remove(self, tool: str) -> None:
        (self.folder / tool).unlink()

    def calls(self, tool: str) -> list[str]:
        """The arguments of each call of a tool, in order."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        return [line.partition(" ")[2] for line in lines if line.split(" ")[0] == tool]

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": str(self.folder)}
