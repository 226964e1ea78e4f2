"""What a provider does to inputs: it fills in what a program leaves out, and sees which changes need a new thing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.engine.standin.paths import matches
from tests.engine.standin.table import Type
from tests.engine.standin.wire import DEFAULTS

SUFFIX = 7
"""How many digits follow the program's name in one that the provider makes
(https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming)."""


def completed(row: Type, name: str, seed: bytes, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs with defaults, and with a name where the program gives none: the old one, if the provider made it.

    `olds` is empty for a new thing and for a replacement; the seed is another in each preview and each update.
    """
    made = {key: value for key, value in row.defaults.items() if key not in news}
    if row.name and row.name not in news:
        kept = olds.get(row.name) if row.name in olds.get(DEFAULTS, []) else None
        made[row.name] = kept or f"{name}-{hashlib.sha256(seed).hexdigest()[:SUFFIX]}"
    return {**news, **made, DEFAULTS: sorted(made)}


def replacing(row: Type, olds: Mapping[str, Any], news: Mapping[str, Any], paths: Sequence[str]) -> Iterator[str]:
    """Those of the paths at which olds and news differ that only a new thing can have otherwise."""
    rules = [*row.replace, *(path for leader, led in row.replace_if.items() if news.get(leader) for path in led)]
    for path in paths:
        switched = path in row.switches and (path in olds) != (path in news)
        shrunk = path in row.shrinks and path in olds and path in news and news[path] < olds[path]
        if switched or shrunk or any(matches(path, rule) for rule in rules):
            yield path
