"""The review as a comment on a pull or merge request: the decision first, long parts folded, never too long."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence

from clusterwright.estimate.quantity import USD_PER_HOUR, Figure
from clusterwright.review.model import Review, StackReview, ToolChange, Verdict
from clusterwright.review.sides import HERE
from clusterwright.review.write import sections
from clusterwright.review.write.escape import code, prose
from clusterwright.review.write.fit import LIMIT, Part, Rank, fitted
from clusterwright.review.write.numbers import row
from clusterwright.review.write.words import LEVELS, STATUSES, by_gravity
from clusterwright.words import counted

MARKER = "<!-- clusterwright-review -->"
"""The first line, by which who posts the comment finds the one to update."""
SIGNS = {"stop": "🛑", "look": "🟡", "fine": "✅"}
"""For the eye alone; the words beside them say the same."""
MOST_REASONS = 8


def as_markdown(review: Review) -> str:
    """At most `LIMIT` characters; where parts had to be left out, it says which, and how to see them."""
    stacks = by_gravity(review.stacks)
    command = code(_command(review), 400)

    def said(missing: Counter[str]) -> str:
        parts = ", ".join(f"{what} ({count:,})" for what, count in missing.items())
        return f"_Left out, as a comment holds {LIMIT:,} characters: {parts}. {command} shows everything._"

    return fitted([*_head(review), *_overview(stacks), *_stacks(review, stacks), *_foot(review, command)], said)


def _command(review: Review) -> str:
    """What makes this review again; the files that lie here are what it takes when it is told nothing."""
    head = "" if review.head == HERE else f" --head {shlex.quote(review.head)}"
    return f"clusterwright review --base {shlex.quote(review.base)}{head}"


def _head(review: Review) -> Iterator[Part]:
    yield Part(Rank.ALWAYS, "", f"{MARKER}\n## {_heading(review.verdict)}")
    if reasons := review.verdict.reasons:
        shown = [prose(reason, 250) for reason in reasons[:MOST_REASONS]]
        more = len(reasons) - len(shown)
        yield Part(Rank.ALWAYS, "", sections.listed([*shown, *[counted(more, "more reason")] * bool(more)]))


def _heading(verdict: Verdict) -> str:
    return f"{SIGNS[verdict.level]} {LEVELS[verdict.level]}: {prose(verdict.headline, 250)}"


def _overview(stacks: Sequence[StackReview]) -> Iterator[Part]:
    """A row a stack where there are several, and one line of those that nobody has to look at."""
    if len(stacks) < 2:
        return
    what = "rows of the overview"
    quiet = [stack for stack in stacks if _quiet(stack)]
    if len(quiet) < len(stacks):
        yield Part(Rank.OVERVIEW, what, sections.table(("stack", "verdict", "in short", "USD an hour"), ()))
    for number, stack in enumerate(stacks):
        if not _quiet(stack):
            cells = (code(stack.name), LEVELS[stack.verdict.level], prose(stack.verdict.headline, 250), _hourly(stack))
            yield Part(Rank.OVERVIEW, what, f"| {' | '.join(cells)} |", number, line=True)
    if quiet:
        text = f"Unchanged: {sections.names([stack.name for stack in quiet])}."
        yield Part(Rank.OVERVIEW, what, text, len(stacks))


def _quiet(stack: StackReview) -> bool:
    return stack.status == "unchanged" and stack.verdict.level == "fine"


def _hourly(stack: StackReview) -> str:
    """The first measure of money an hour: both sides, and the difference where it is to be believed."""
    for measure in stack.measures:
        sides = (measure.before, measure.after)
        if any(isinstance(side, Figure) and side.unit.dimension == USD_PER_HOUR.dimension for side in sides):
            told = row(measure)
            return prose(f"{told.before} → {told.after}; {told.difference}".replace(f" {USD_PER_HOUR.name}", ""))
    return ""


def _stacks(review: Review, stacks: Sequence[StackReview]) -> Iterator[Part]:
    alone = len(stacks) == 1
    for number, stack in enumerate(stacks):
        if _quiet(stack) and not alone:
            continue
        told = stack.verdict.headline == review.verdict.headline
        yield Part(Rank.STACK, "stacks", _title(stack, told), number)
        for rank, what, text in _sections(stack, alone):
            yield Part(rank, what, text, number)
    if review.tool is not None:
        yield Part(Rank.TOOL, "what the change of the tool itself does", _tool(review.tool), len(stacks))


def _title(stack: StackReview, told: bool) -> str:
    said = [f"### {code(stack.name)}: {STATUSES[stack.status]} ({code(stack.file)})"]
    if not told:
        said.append(f"**{_heading(stack.verdict)}**")
        if stack.verdict.reasons:
            said.append(sections.listed(prose(reason, 250) for reason in stack.verdict.reasons[:MOST_REASONS]))
    return "\n\n".join(said)


def _sections(stack: StackReview, alone: bool) -> Iterator[tuple[Rank, str, str]]:
    """What there is to say of a stack, in the order it is read in."""
    if stack.effects or (stack.status == "changed" and stack.untouched):
        yield Rank.EFFECTS, "what happens to running clusters", sections.effects(stack)
    if stack.new:
        yield Rank.FINDINGS, "new findings", sections.new_findings(stack.new)
    if stack.measures:
        yield Rank.MEASURES, "before and after", sections.measures(stack.measures)
        yield Rank.BASES, "how numbers were got", sections.how(stack.measures)
    if stack.alternative:
        yield Rank.ALTERNATIVE, "alternatives", sections.alternative(stack.alternative)
    if stack.security:
        yield Rank.SECURITY, "security", sections.security(stack)
    if stack.needs:
        yield Rank.NEEDS, "capacity and quotas", sections.needs(stack)
    if stack.silent:
        yield Rank.SILENT, "what was not looked at", sections.silent(stack.silent)
    for picture in stack.pictures:
        yield Rank.PICTURES, "pictures", sections.picture(picture, unfolded=alone)
    if stack.fields:
        yield Rank.FIELDS, "changed fields", sections.fields(stack)
    if stack.decided:
        summary = f"{counted(len(stack.decided), 'decided value')} changed that nobody wrote"
        yield Rank.DECIDED, "decided values", sections.decided(stack.decided, summary)
    if stack.resolved or stack.standing:
        yield Rank.RESOLVED, "resolved and older findings", sections.old_findings(stack.resolved, stack.standing)


def _tool(tool: ToolChange) -> str:
    """What a change of the tool does to specs that nobody changed."""
    parts = ", ".join(f"{prose(part)} ({counted(files, 'file')})" for part, files in tool.parts.items())
    said = ["### Clusterwright itself changed", f"Both sides are planned by the new one. What changed: {parts}."]
    for name, found in tool.plans.items():
        summary = f"The plan of a spec that nobody changed has {counted(len(found), 'other value')}"
        said += [f"{code(name)}:", sections.decided(found, summary)]
    if not tool.plans:
        said.append("No plan of a spec that nobody changed is another.")
    if tool.silent:
        said.append(sections.silent(tool.silent))
    return "\n\n".join(said)


def _foot(review: Review, command: str) -> Iterator[Part]:
    head = "the files here" if review.head == HERE else code(review.head)
    sides = f"From {code(review.base)} to {head}; list prices, their age as of {prose(review.date)}."
    yield Part(Rank.ALWAYS, "", f"<sub>{sides} No account was asked. The same as text: {command}</sub>")
