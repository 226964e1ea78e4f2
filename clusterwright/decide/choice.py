"""What a decision gives."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")

GIVEN = "the spec says so"
"""The reason for what was not decided for the user."""


@dataclass(frozen=True)
class Choice(Generic[Value]):
    """A decided value and the reason for it, as `clusterwright plan` shows it."""

    value: Value
    reason: str
