"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Check:
    """One thing that is needed: what it is for, what was found, and how to get it where it is not there.

    `later` is a thing that comes by itself when it is first needed, or was not looked for: no failure.
    """

    name: str
    state: Literal["ok", "missing", "later"]
    purpose: str
    found: str
    hint: str | None = None


def there(name: str, purpose: str, found: str) -> Check:
    return Check(name, "ok", purpose, found)


def missing(name: str, purpose: str, found: str, hint: str) -> Check:
    return Check(name, "missing", purpose, found, hint)


def later(name: str, purpose: str, found: str, hint: str | None = None) -> Check:
    return Check(name, "later", purpose, found, hint)
