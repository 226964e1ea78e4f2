"""The review for who reads it in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clusterwright.review.model import ACTIONS, Alternative, Decided, Measure, Review, StackReview, ToolChange, Verdict
from clusterwright.review.write.numbers import row
from clusterwright.review.write.words import (
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
from clusterwright.words import counted

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
    console.print()
    _line(console, f"{stack.name}: {STATUSES[stack.status]} ({stack.file})", "bold")
    if not told:
        _verdict(console, stack.verdict)
    if stack.effects:
        effects = effects_by_gravity(stack.effects)
        rows = [(e.part, ACTIONS[e.action], "; ".join(filter(None, (e.data, e.reason)))) for e in effects]
        _table(console, ("running cluster", "what happens", "data at risk; why"), rows)
    if stack.untouched:
        _line(console, f"stays as it is: {', '.join(stack.untouched)}")
    if stack.new or stack.resolved or stack.standing:
        console.print()
    for finding in findings_by_gravity(stack.new):
        _line(console, f"new: {finding.heading}", "red" if finding.severity == "error" else "")
        _line(console, f"  why: {finding.why}")
        _line(console, f"  hint: {finding.hint}")
    for finding in findings_by_gravity(stack.resolved):
        _line(console, f"resolved: {finding.heading}")
    if stack.standing:
        _line(console, f"{counted(len(stack.standing), 'finding')} there before and after")
    _measures(console, ("before", "after"), stack.measures)
    if stack.alternative:
        _alternative(console, stack.alternative)
    _tables(console, stack)
    if stack.silent:
        console.print()
    for one in stack.silent:
        _line(console, f"not looked at: {one}")


def _tables(console: Console, stack: StackReview) -> None:
    security = security_by_gravity(stack.security)
    _table(
        console,
        ("security", "before", "after", "which way", "why"),
        [(s.what, missing(s.before), missing(s.after), WEAKER[s.weaker], s.why) for s in security],
    )
    _table(
        console,
        ("capacity and quotas", "before", "after", "the account has", "enough?"),
        [(n.what, missing(n.before), missing(n.after), n.granted or "unknown", ENOUGH[n.enough]) for n in stack.needs],
    )
    _table(
        console,
        ("changed field", "before", "after", "what that costs"),
        [(f.path, missing(f.before), missing(f.after), f.what or CHANGES[f.cost]) for f in stack.fields],
    )
    _decided(console, stack.decided)


def _decided(console: Console, found: Iterable[Decided]) -> None:
    rows = [(one.path, missing(one.before), missing(one.after), one.reason) for one in found]
    _table(console, ("decided value", "before", "after", "why"), rows)


def _measures(console: Console, sides: tuple[str, str], found: Iterable[Measure]) -> None:
    told = [row(measure) for measure in found]
    _table(console, ("", *sides, "difference"), [(r.name, r.before, r.after, r.difference) for r in told])


def _alternative(console: Console, found: Alternative) -> None:
    claim = better(found)
    console.print()
    _line(console, f"alternative{f', {claim}' if claim else ', not known to be better'}: {found.what}", "bold")
    _line(console, f"  why: {found.why}")
    _measures(console, ("this change", "alternative"), found.measures)
    for line in found.spec.splitlines():
        _line(console, f"  {line}")


def _tool(console: Console, tool: ToolChange) -> None:
    console.print()
    parts = ", ".join(f"{part} ({counted(files, 'file')})" for part, files in tool.parts.items())
    _line(console, f"Clusterwright itself changed: {parts}", "bold")
    for name, found in tool.plans.items():
        _line(console, f"the plan of {name}, whose spec nobody changed")
        _decided(console, found)
    for one in tool.silent:
        _line(console, f"not looked at: {one}")


def _table(console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Nothing where there are no rows."""
    if not rows:
        return
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for cells in rows:
        table.add_row(*(Text(printable(cell)) for cell in cells))
    console.print()
    console.print(table)
