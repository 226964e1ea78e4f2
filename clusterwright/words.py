"""How numbers of things are said."""

from __future__ import annotations


def counted(number: int, one: str, more: str = "") -> str:
    """ "1 node", "1,000 nodes"; `more` is a plural that is not made with an s."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"
