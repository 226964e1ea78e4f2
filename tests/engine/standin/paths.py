"""Paths into inputs: `a.b` and, for what is in a list, `a[*].b`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any


def values_at(inputs: Any, path: str) -> Iterator[Any]:
    """Every value at `path`; the members of a list that the path ends at."""
    head, _, rest = path.partition(".")
    name, star = head.removesuffix("[*]"), head.endswith("[*]")
    if not isinstance(inputs, Mapping) or name not in inputs:
        return
    found = inputs[name]
    each = found if (star or not rest) and isinstance(found, list) else [found]
    for value in each:
        if rest:
            yield from values_at(value, rest)
        else:
            yield value


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """The paths at which two values differ, as deep as both have the same form: `a[0].b`."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*old, *new}):
            at = f"{path}.{name}" if path else name
            if name not in old or name not in new:
                yield at
            else:
                yield from differences(old[name], new[name], at)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from differences(one, other, f"{path}[{index}]")
    elif old != new:
        yield path


def matches(path: str, rule: str) -> bool:
    """Whether a difference at `path` is one of what `rule` names: that value, or one within or around it."""
    return all(one == other for one, other in zip(_parts(path), _parts(rule), strict=False))


def _parts(path: str) -> list[str]:
    """The names in a path; a place in a list is any."""
    return [re.sub(r"^\[\d+\]$", "[*]", part) for part in re.findall(r"[^.\[\]]+|\[(?:\d+|\*)\]", path)]
