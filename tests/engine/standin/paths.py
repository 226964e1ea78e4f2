"""Paths into inputs: `a.b` and, for what is in a list, `a[*].b`."""

from __future__ import annotations

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
