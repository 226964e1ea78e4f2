"""Which findings are new, which are resolved, and which were there and still are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from clusterwright.plan.model import ClusterPlan
from clusterwright.review.reading import Reading
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.findings import Finding, Path


@dataclass(frozen=True)
class Compared:
    new: tuple[Finding, ...]
    resolved: tuple[Finding, ...]
    standing: tuple[Finding, ...]


def compare(before: Reading | None, after: Reading | None) -> Compared:
    """A finding is the same on both sides if rule, place and words are; members of lists are known by their names. One
    that says something else of its place than before is new, and nothing is resolved there."""
    was, now = _keyed(before), _keyed(after)
    said = {key for key, _ in was}
    places = {key[:2] for key, _ in now}
    return Compared(
        new=tuple(finding for key, finding in now if key not in said),
        resolved=tuple(finding for key, finding in was if key[:2] not in places),
        standing=tuple(finding for key, finding in now if key in said),
    )


def _keyed(side: Reading | None) -> list[tuple[tuple[str, str, str], Finding]]:
    if side is None:
        return []
    spec = side.loaded and side.loaded.spec
    return [((one.code, named(one.path, spec), one.what), one) for one in side.findings]


def named(path: Path, value: ClusterSpec | ClusterPlan | None) -> str:
    """A path as people write it, with names in place of numbers where the spec, or the plan, has some:
    groups[train].nodes."""
    parts: list[str] = []
    at: object = value
    for part in path:
        if isinstance(part, int):
            at = at[part] if isinstance(at, tuple) and part < len(at) else None
            parts.append(f"[{getattr(at, 'name', part)}]")
        else:
            at = getattr(at, part, None)
            parts.append(f"{'.' * bool(parts)}{part}")
    return "".join(parts)


def named_text(path: str, plan: ClusterPlan) -> str:
    """The same of a path that is text already: groups[0].disk."""
    return named(tuple(_parts(path)), plan)


def _parts(path: str) -> Iterable[str | int]:
    for word, number in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        yield int(number) if number else word
