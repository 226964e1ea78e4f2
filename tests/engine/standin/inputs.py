"""What a provider does to inputs: it fills in what a program leaves out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

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
