"""Findings: what is wrong with a spec, where, why, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from clusterwright.errors import ClusterwrightError
from clusterwright.spec.base import printable
from clusterwright.words import counted

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

    @property
    def heading(self) -> str:
        """The finding in a line: place, severity, code and what."""
        where = self.location
        place = f"{where.file}:{where.line}:{where.column}" if where else f"spec: {dotted(self.path) or 'top level'}"
        place = printable(place)  # a file may have any name
        return f"{place}: {self.severity}[{self.code}]: {self.what}"

    def __str__(self) -> str:
        """The finding as text: its heading; the source line underlined; why; hint."""
        where = self.location
        lines = [self.heading]
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
    """All findings as one message, in the order given, an empty line between them; the notes last, a line each."""
    findings = tuple(findings)
    notes = [finding for finding in findings if finding.severity == "note"]
    others = [finding for finding in findings if finding.severity != "note"]
    shown = [str(finding) for finding in others[:MOST_FINDINGS]]
    if len(others) > MOST_FINDINGS:
        shown.append(f"and {len(others) - MOST_FINDINGS} more findings")
    if notes:
        shown.append(_noted(notes))
    return "\n\n".join(shown)


def _noted(notes: list[Finding]) -> str:
    """Notes have no excerpt, since nothing is wrong there, and say once what to do about all of them."""
    lines = [note.heading for note in notes[:MOST_FINDINGS]]
    if len(notes) > MOST_FINDINGS:
        lines.append(f"and {len(notes) - MOST_FINDINGS} more notes")
    hints = dict.fromkeys(note.hint for note in notes)
    return "\n".join([*lines, *(f"  hint: {hint}" for hint in hints)])


def count(findings: Iterable[Finding]) -> str:
    """How many there are of each severity: "1 error, 2 notes", or "no findings"."""
    severities = [finding.severity for finding in findings]
    counts = {severity: severities.count(severity) for severity in get_args(Severity)}
    said = [counted(number, severity) for severity, number in counts.items() if number]
    return ", ".join(said) or "no findings"


def dotted(path: Path) -> str:
    """A path as people write it: ("groups", 0, "nodes") is groups[0].nodes."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def excerpt(where: Location, widest: int = 110) -> list[str]:
    """The source line with carets under the place, tabs made spaces, long lines cut around the place."""
    start = max(0, where.column - 1 - widest // 2) if len(where.text) > widest else 0
    text = "".join(c if c.isprintable() else " " for c in where.text[start : start + widest])
    offset = where.column - 1 - start
    width = max(1, min(where.width, len(text) - offset))
    gutter = " " * len(str(where.line))
    return [
        f" {gutter} |",
        f" {where.line} | {text}".rstrip(),
        f" {gutter} | {' ' * offset}{'^' * width}",
    ]
