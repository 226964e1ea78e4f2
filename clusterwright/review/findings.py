"""Which findings are new, which are resolved, and which were there and still are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from clusterwright.spec.findings import Finding, Path
from clusterwright.spec.load import Loaded


@dataclass(frozen=True)
class Compared:
    new: tuple[Finding, ...]
    resolved: tuple[Finding, ...]
    standing: tuple[Finding, ...]


def compare(before: tuple[Finding, ...], after: tuple[Finding, ...], was: Loaded | None, now: Loaded | None) -> Compared:
    """A finding is the same on both sides if rule, place and words are; members of lists are known by their names. One
    that says something else of its place than before is new, and nothing is resolved there."""
    said = {_key(finding, was) for finding in before}
    places = {_key(finding, now)[:2] for finding in after}
    return Compared(
        new=tuple(finding for finding in after if _key(finding, now) not in said),
        resolved=tuple(finding for finding in before if _key(finding, was)[:2] not in places),
        standing=tuple(finding for finding in after if _key(finding, now) in said),
    )


def _key(finding: Finding, loaded: Loaded | None) -> tuple[str, str, str]:
    return finding.code, named(finding.path, loaded), finding.what


def named(path: Path, loaded: Loaded | None) -> str:
    """A path as people write it, with names in place of numbers where the spec has some: groups[train].nodes."""
    parts: list[str] = []
    value: object = loaded.spec if loaded else None
    for part in path:
        if isinstance(part, int):
            value = value[part] if isinstance(value, tuple) and part < len(value) else None
            parts.append(f"[{getattr(value, 'name', part)}]")
        else:
            value = getattr(value, part, None)
            parts.append(f"{'.' * bool(parts)}{part}")
    return "".join(parts)


def named_text(path: str, loaded: Loaded | None) -> str:
    """The same of a path that is text already: groups[0].disk."""
    return named(tuple(_parts(path)), loaded)


def _parts(path: str) -> Iterable[str | int]:
    for word, number in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        yield int(number) if number else word
