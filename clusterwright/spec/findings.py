"""Findings: what is wrong with a spec, where, why, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from clusterwright.errors import ClusterwrightError

Severity = Literal["error", "warning", "note"]
"""error: it can't work. warning: it works, and is likely not what was meant. note: unknown as there is no lock."""
Path = tuple[str | int, ...]
"""A place in a spec, as keys and list indexes: ("groups", 0, "nodes")."""

MOST_FINDINGS = 20
"""How many findings one message shows; a file with more is not a spec with mistakes but another kind of file."""


@dataclass(frozen=True)
class Location:
    """A place in a file. `line` and `column` count from 1; `width` is in characters."""

    file: str
    line: int = 1
    column: int = 1
    width: int = 1
    text: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: the code says which rule, `readable` is False if the file could not be read at all."""

    code: str
    what: str
    why: str
    hint: str
    path: Path = ()
    severity: Severity = "error"
    location: Location | None = None
    readable: bool = True

    def __str__(self) -> str:
        """The finding as text: place, code and what; the source line underlined; why; hint."""
        where = self.location
        place = f"{where.file}:{where.line}:{where.column}" if where else f"spec: {dotted(self.path) or 'top level'}"
        lines = [f"{place}: {self.severity}[{self.code}]: {self.what}"]
        if where and where.text.strip():
            lines += excerpt(where)
        return "\n".join([*lines, f"  why: {self.why}", f"  hint: {self.hint}"])


class SpecError(ClusterwrightError):
    """A spec with errors: `str()` shows all of them at once, warnings included.

    `exit_code` is 1, or 2 where the file could not be read as YAML at all.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        self.exit_code = 1 if all(finding.readable for finding in self.findings) else 2
        super().__init__(report(self.findings))


def report(findings: Iterable[Finding]) -> str:
    """All findings as one message, in the order of the file, an empty line between them."""
    findings = tuple(findings)
    shown = [str(finding) for finding in findings[:MOST_FINDINGS]]
    if len(findings) > MOST_FINDINGS:
        shown.append(f"and {len(findings) - MOST_FINDINGS} more findings")
    return "\n\n".join(shown)


def dotted(path: Path) -> str:
    """A path as people write it: ("groups", 0, "nodes") is groups[0].nodes."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def excerpt(where: Location, widest: int = 110) -> list[str]:
    """The source line with carets under the place, tabs made spaces, long lines cut around the place."""
    text = "".join(character if character.isprintable() else " " for character in where.text)
    start = max(0, where.column - 1 - widest // 2) if len(text) > widest else 0
    text = text[start : start + widest]
    offset = where.column - 1 - start
    width = max(1, min(where.width, len(text) - offset))
    gutter = " " * len(str(where.line))
    return [
        f" {gutter} |",
        f" {where.line} | {text}".rstrip(),
        f" {gutter} | {' ' * offset}{'^' * width}",
    ]
