"""What a decision gives."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True)
class Choice(Generic[Value]):
    """A decided value and the reason for it, as `clusterwright plan` shows it."""

    value: Value
    reason: str
