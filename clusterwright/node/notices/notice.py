"""What the cloud, or the plan, says of the end of a machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Notice:
    """`key` stays the same as long as the same thing is told; `reason` is one sentence.

    The node is emptied from `from_time` (unix seconds) on: 0 is at once, None is never, for what is only to be known.
    """

    key: str
    kind: str
    reason: str
    from_time: float | None

    def acts(self, now: float) -> bool:
        return self.from_time is not None and now >= self.from_time


class Source(Protocol):
    """Somebody who knows of notices."""

    def notices(self) -> Sequence[Notice]:
        """Those that stand. Raises Unreachable when they can't be known."""
        ...


class Unreachable(Exception):
    """The metadata server does not answer, or not as documented; `str()` is the reason."""
