"""Which changes of a resource's inputs only a new resource can take, as each cloud's provider says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

FILES = Path(__file__).parent / "replaces"

Source = Annotated[str, Field(pattern=r"^https://[^\s/]+/\S+$")]


class Replaces(BaseModel):
    """What replaces a resource of one type.

    `source` is the file of the cloud's provider that says so; `replace`, the paths of inputs that only a new thing can
    have otherwise, with `a[*].b` for what is in a list; `switches`, those that do so where they come or go; `shrinks`,
    numbers that do so where they become less; `replace_if`, those that do so where the input that leads to them is set.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Source
    replace: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    shrinks: tuple[str, ...] = ()
    replace_if: dict[str, tuple[str, ...]] = {}


@cache
def load_replaces(cloud: str) -> Mapping[str, Replaces]:
    """The entries of `replaces/<cloud>.yaml`, by type; none of a provider that has no such file."""
    path, loader = FILES / f"{cloud}.yaml", getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    entries = yaml.load(path.read_text(encoding="utf-8"), Loader=loader) if path.is_file() else {}  # noqa: S506
    return {kind: Replaces.model_validate(entry) for kind, entry in entries.items()}


def replacing(row: Replaces, olds: Mapping[str, Any], news: Mapping[str, Any], paths: Sequence[str]) -> Iterator[str]:
    """Those of the paths at which `olds` and `news` differ that only a new thing can have otherwise."""
    rules = [*row.replace, *(path for leader, led in row.replace_if.items() if news.get(leader) for path in led)]
    for path in paths:
        switched = path in row.switches and (path in olds) != (path in news)
        shrunk = path in row.shrinks and path in olds and path in news and news[path] < olds[path]
        if switched or shrunk or any(matches(path, rule) for rule in rules):
            yield path


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


def top(path: str) -> str:
    """The input that a path begins at."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _parts(path: str) -> list[str]:
    """The names in a path; a place in a list is any."""
    return [re.sub(r"^\[\d+\]$", "[*]", part) for part in re.findall(r"[^.\[\]]+|\[(?:\d+|\*)\]", path)]
