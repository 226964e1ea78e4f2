"""The review for people at a terminal: the decision first, then a table for each question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clusterwright.review.model import Review, StackReview, ToolChange, Verdict
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
    effects_by_gravity,
    findings_by_gravity,
    missing,
    security_by_gravity,
)
from clusterwright.spec.base import printable
from clusterwright.spec.findings import Finding

STYLES = {"stop": "bold red", "look": "bold yellow", "fine": "bold green"}


def show(review: Review, console: Console | None = None) -> None:
    """Prints the whole review."""
    console = console or Console()
    _verdict(console, review.verdict)
    _line(console, f"from {review.base} to {review.head}, by list prices as old as they are on {review.date}")
    for stack in by_gravity(review.stacks):
        if stack.status != "unchanged" or stack.new or stack.effects:
            _stack(console, stack, alone=stack.verdict.headline in review.verdict.headline)
    if quiet := [stack.name for stack in review.stacks if stack.status == "unchanged"]:
        _line(console, f"\nunchanged: {', '.join(quiet)}")
    if review.tool:
        _tool(console, review.tool)


def _verdict(console: Console, verdict: Verdict) -> None:
    heading = Text(f"{LEVELS[verdict.level]}: ", style=STYLES[verdict.level])
    console.print(heading + Text(printable(verdict.headline)), soft_wrap=True)
    for reason in verdict.reasons:
        _line(console, f"  - {reason}")


def _line(console: Console, text: str) -> None:
    lines = "\n".join(map(printable, text.split("\n")))
    console.print(lines, markup=False, highlight=False, soft_wrap=True)


def _stack(console: Console, stack: StackReview, alone: bool) -> None:
    _line(console, f"\n{stack.name}: {STATUSES[stack.status]} ({stack.file})")
    if not alone:
        _verdict(console, stack.verdict)
    for title, columns, rows in _tables(stack):
        _table(console, title, columns, rows)
    if stack.untouched:
        _line(console, f"\nstays as it is: {', '.join(stack.untouched)}")
    if found := stack.alternative:
        _line(console, f"\nan alternative{f', {claim}' if (claim := better(found)) else ''}: {found.what}")
        _line(console, f"  {found.why}\n  to write in the spec:")
        _line(console, "\n".join(f"    {line}" for line in found.spec.strip().splitlines()))
    for title, found in (("new", stack.new), ("resolved", stack.resolved), ("there before and after", stack.standing)):
        _findings(console, title, found)
    for what in stack.silent:
        _line(console, f"\nnot looked at: {what}")


Rows = Iterable[Sequence[str]]


def _tables(stack: StackReview) -> Iterator[tuple[str, Sequence[str], Rows]]:
    """Each table: its first column's name, the others', and its rows."""
    risk = any(effect.data is not None for effect in stack.effects)
    yield (
        "a running cluster's",
        ("becomes", "why", *["data at risk"] * risk),
        (
            (effect.part, ACTIONS[effect.action], effect.why, *[effect.data or "none"] * risk)
            for effect in effects_by_gravity(stack.effects)
        ),
    )
    told = (row(measure) for measure in stack.measures)
    yield "what", ("before", "after", "difference"), ((one.name, one.before, one.after, one.difference) for one in told)
    if stack.alternative:
        told = (row(measure) for measure in stack.alternative.measures)
        rows = ((one.name, one.before, one.after, one.difference) for one in told)
        yield "another way", ("this change", "alternative", "difference"), rows
    yield (
        "needs",
        ("before", "after", "the account has", "enough?"),
        (
            (need.what, missing(need.before), missing(need.after), need.granted or "unknown", ENOUGH[need.enough])
            for need in stack.needs
        ),
    )
    yield (
        "security",
        ("before", "after", "which way", "why"),
        (
            (one.what, missing(one.before), missing(one.after), WEAKER[one.weaker], one.why)
            for one in security_by_gravity(stack.security)
        ),
    )
    yield (
        "field",
        ("before", "after", "what that costs"),
        (
            (field.path, missing(field.before), missing(field.after), field.what or CHANGES[field.cost])
            for field in stack.fields
        ),
    )
    yield (
        "decided, though nobody wrote it",
        ("before", "after", "why"),
        ((one.path, missing(one.before), missing(one.after), one.reason) for one in stack.decided),
    )


def _table(console: Console, first: str, columns: Sequence[str], rows: Rows) -> None:
    rows = list(rows)
    if not rows:
        return
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    for column in (first, *columns):
        table.add_column(column, overflow="fold")
    for cells in rows:
        table.add_row(*(Text(printable(cell)) for cell in cells))
    console.print()
    console.print(table)


def _findings(console: Console, title: str, found: Sequence[Finding]) -> None:
    if found:
        _line(console, f"\nfindings, {title}:")
        for finding in findings_by_gravity(found):
            _line(console, f"  {finding.heading}\n    hint: {finding.hint}")


def _tool(console: Console, tool: ToolChange) -> None:
    parts = ", ".join(f"{part} ({files})" for part, files in tool.parts.items())
    _line(console, f"\nClusterwright itself changed: {parts}")
    for name, found in tool.plans.items():
        rows = ((one.path, missing(one.before), missing(one.after)) for one in found)
        _table(console, f"the plan of {name}, whose spec nobody changed", ("before", "after"), rows)
    if not tool.plans and not tool.silent:
        _line(console, "no plan of a spec that nobody changed is another")
    for what in tool.silent:
        _line(console, f"not looked at: {what}")
