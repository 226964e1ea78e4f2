"""The review for who reads it in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clusterwright.review.model import Alternative, Decided, Measure, Review, StackReview, ToolChange, Verdict
from clusterwright.review.write.numbers import row
from clusterwright.review.write.words import (
    ACTIONS,
    CHANGES,
    ENOUGH,
    LEVELS,
    STATUSES,
    WEAKER,
    better,
    by_gravity,
    counted,
    effects_by_gravity,
    findings_by_gravity,
    missing,
    security_by_gravity,
)
from clusterwright.spec.base import printable

STYLES = {"stop": "bold red", "look": "bold yellow", "fine": "bold green"}


def show(review: Review, console: Console | None = None) -> None:
    """Prints the whole review: the verdict, then each stack, the gravest first. Pictures are left to the comment."""
    console = console or Console()
    _verdict(console, review.verdict)
    _line(console, f"from {review.base} to {review.head}, list prices as of {review.date}")
    for stack in by_gravity(review.stacks):
        _stack(console, stack, told=stack.verdict == review.verdict)
    if review.tool is not None:
        _tool(console, review.tool)


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Text(printable(text), style=style), soft_wrap=True)


def _verdict(console: Console, verdict: Verdict) -> None:
    _line(console, f"{LEVELS[verdict.level]}: {verdict.headline}", STYLES[verdict.level])
    for reason in verdict.reasons:
        _line(console, f"  - {reason}")


def _stack(console: Console, stack: StackReview, told: bool) -> None:
    _line(console, f"\n{stack.name}: {STATUSES[stack.status]} ({stack.file})".lstrip("\n"), "bold") if told else None
