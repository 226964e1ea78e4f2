"""Stand-ins for the machine's programs: scripts on PATH that note how they were called and do as they are told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_PROGRAM = """#!/bin/sh
echo "{name} $*" >>'{notes}'
[ ! -e '{folder}/{name}.sh' ] || . '{folder}/{name}.sh'
"""


@dataclass
class Programs:
    folder: Path

    def add(self, *names: str, noted: bool = True) -> None:
        """`noted` is whether their calls matter."""
        for name in names:
            path = self.folder / name
            notes = self.folder / "calls" if noted else "/dev/null"
            path.write_text(_PROGRAM.format(name=name, folder=self.folder, notes=notes))
            path.chmod(0o755)

    def let(self, name: str, script: str) -> None:
        """From now on `name` also runs this shell script, which sees its arguments."""
        (self.folder / f"{name}.sh").write_text(script)

    def calls(self) -> list[str]:
        """What was called since this was asked last."""
        path = self.folder / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines
