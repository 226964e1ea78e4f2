"""What was ruled out, and why: counted by reason, for there are thousands of ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Reason = Literal[
    "no_gpus", "speed", "not_offered", "reservation", "refused", "memory", "batch", "duration", "deadline", "budget",
    "uncalibrated", "worse",
]  # fmt: skip

WHY: dict[Reason, str] = {
    "no_gpus": "machine types without GPUs: not searched",
    "speed": "how fast they compute this is not known",
    "not_offered": "not offered in the region, or in the stack's zone",
    "reservation": "by reservation or block: takes one of yours, named in the spec",
    "refused": "the project's rules refuse it",
    "memory": "the model does not fit the GPUs' memory",
    "batch": "more ranks than sequences in a batch",
    "duration": "takes longer than such machines run",
    "deadline": "likely misses the deadline",
    "budget": "likely costs more than the budget",
    "uncalibrated": "no training on such a GPU was timed",
    "worse": "another is as good or better in money, time and energy",
}
"""The reasons in the order in which a way is held against them, as people read them."""


@dataclass
class RuledOut:
    """All that was ruled out for one reason: `machines` are the types, `ways` how many ways to use them, 0 where none
    was looked at. `details` are what is told of some: what a rule found; `nearest` is what missed a limit least."""

    reason: Reason
    machines: set[str] = field(default_factory=set)
    ways: int = 0
    details: list[str] = field(default_factory=list)
    nearest: tuple[float, str] | None = None

    @property
    def why(self) -> str:
        return WHY[self.reason]


class Tally:
    """Counts what is ruled out."""

    def __init__(self) -> None:
        self._by: dict[Reason, RuledOut] = {}

    def note(
        self,
        reason: Reason,
        machine: str,
        ways: int = 0,
        detail: str | None = None,
        nearest: tuple[float, str] | None = None,
    ) -> None:
        """Counts a machine type, or so many ways to use it. Of `nearest`, a measure and words, the least is kept."""
        row = self._by.setdefault(reason, RuledOut(reason))
        row.machines.add(machine)
        row.ways += ways
        if detail and detail not in row.details:
            row.details.append(detail)
        if nearest and (row.nearest is None or nearest < row.nearest):
            row.nearest = nearest

    @property
    def rows(self) -> tuple[RuledOut, ...]:
        """In the order of the reasons."""
        return tuple(self._by[reason] for reason in WHY if reason in self._by)
