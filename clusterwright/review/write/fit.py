"""What is left out of a comment that would be too long: whole parts, the least important first, and never unsaid."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

LIMIT = 65_536
"""Characters of a comment on GitHub, whose API refuses a longer one: "Body is too long (maximum is 65536 characters)"
(https://github.com/telia-oss/github-pr-resource/issues/259). GitLab takes
longer ones (https://docs.gitlab.com/administration/instance_limits/)."""


class Rank(IntEnum):
    """How important a part is: the first is never left out."""

    ALWAYS = 0
    OVERVIEW = 1
    STACK = 2
    EFFECTS = 3
    FINDINGS = 4
    MEASURES = 5
    SECURITY = 6
    NEEDS = 7
    SILENT = 8
    ALTERNATIVE = 9
    TOOL = 10
    DECIDED = 11
    FIELDS = 12
    RESOLVED = 13
    PICTURES = 14
    BASES = 15


@dataclass(frozen=True)
class Part:
    """A piece of Markdown that is there as a whole or not at all. `what` is what a reader misses without it; `stack`
    the number of the stack that it is of. A `line` goes on with the table or list before it."""

    rank: Rank
    what: str
    text: str
    stack: int = 0
    line: bool = False


def fitted(parts: Sequence[Part], said: Callable[[Counter[str]], str], limit: int = LIMIT) -> str:
    """The parts as one text of at most `limit` characters. `said` tells what is left out, by what and how often; it
    comes after those that are always there. Raises ValueError where these alone are longer."""
    order = sorted(range(len(parts)), key=lambda index: (-parts[index].rank, -parts[index].stack, -index))
    droppable = [index for index in order if parts[index].rank is not Rank.ALWAYS]

    def without(count: int) -> str:
        return _joined(parts, frozenset(droppable[:count]), said)

    # What says that a part is missing may be longer than the part, so that the length falls almost always, not always.
    first = bisect_left(range(len(droppable) + 1), True, key=lambda count: len(without(count)) <= limit)
    for count in range(first, len(droppable) + 1):
        if len(text := without(count)) <= limit:
            return text
    raise ValueError(f"what is always said is longer than {limit} characters")


def _joined(parts: Sequence[Part], dropped: frozenset[int], said: Callable[[Counter[str]], str]) -> str:
    missing = Counter(parts[index].what for index in dropped)
    by_stack: dict[int, list[str]] = {}
    for index in sorted(dropped):
        by_stack.setdefault(parts[index].stack, []).append(parts[index].what)
    text = ""
    told = not missing
    for index, part in enumerate(parts):
        if not told and part.rank is not Rank.ALWAYS:
            text += f"\n\n{said(missing)}"
            told = True
        if index in dropped:
            continue
        text += f"\n{part.text}" if part.line else f"\n\n{part.text}"
        if part.rank is Rank.STACK and part.stack in by_stack:
            text += f"\n\n_Left out here: {', '.join(dict.fromkeys(by_stack[part.stack]))}._"
    return (text if told else f"{text}\n\n{said(missing)}").strip("\n") + "\n"
