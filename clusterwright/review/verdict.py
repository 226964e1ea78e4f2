"""What a reader must know first: whether the change can be deployed, and what of it is theirs to decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import shorten

from clusterwright.estimate.quantity import Figure
from clusterwright.review.measures import HOURLY, HOURS, MACHINES_HOURLY
from clusterwright.review.model import (
    ACTIONS,
    Action,
    FieldChange,
    Level,
    Measure,
    SecurityChange,
    StackReview,
    Status,
    Verdict,
)
from clusterwright.review.reading import Reading
from clusterwright.spec.findings import count
from clusterwright.words import counted

LEVELS: tuple[Level, ...] = ("fine", "look", "stop")
RENEWED: tuple[Action, ...] = ("replace", "delete", "rolling")
"""What somebody has to look at though no data is at risk."""
LONGEST = 120
"""Characters of a value that a reason quotes; the section about it has all of them."""
NOTED_SHARE = 0.01
"""Prices that move by less are no reason to look."""
UNCHANGED = Verdict("fine", "nothing changes")


def verdict(review: StackReview, before: Reading | None, after: Reading | None) -> Verdict:
    """The verdict on a stack, from all else that its review says."""
    stops = tuple(_stops(review, before, after))
    looks = tuple(_looks(review, before, after))
    level: Level = "stop" if stops else "look" if looks else "fine"
    return Verdict(level, _headline(review, before, after, bool(stops)), (*stops, *looks))


def whole(stacks: Sequence[StackReview], tool_changed: bool) -> Verdict:
    """The verdict on a change of several stacks: the worst one's, and how many there are of each kind."""
    changed = [stack for stack in stacks if stack.status != "unchanged"]
    levels = {stack.verdict.level for stack in stacks}
    level: Level = "stop" if "stop" in levels else "look" if tool_changed or "look" in levels else "fine"
    tool = ("Clusterwright itself changes",) if tool_changed else ()
    if not changed:
        return Verdict(level, "no spec changes" if stacks else "there are no specs on either side", tool)
    if len(changed) == 1:
        only = changed[0].verdict
        return Verdict(level, only.headline, (*only.reasons, *tool))
    stopped = [stack.name for stack in changed if stack.verdict.level == "stop"]
    said = f"{len(changed)} of {len(stacks)} stacks change"
    said += f"; {len(stopped)} can't be deployed" if stopped else ""
    reasons = [
        f"{stack.name}: {reason}"
        for stack in sorted(changed, key=lambda stack: -LEVELS.index(stack.verdict.level))
        for reason in stack.verdict.reasons[:2]
    ]
    return Verdict(level, said, (*reasons, *tool))


def _stops(review: StackReview, before: Reading | None, after: Reading | None) -> Iterator[str]:
    if review.status == "unreadable":
        yield "its spec can't be read"
        return
    errors = [finding for finding in (*review.new, *review.standing) if finding.severity == "error"]
    if after is not None and errors:
        yield f"its spec has {count(errors)}, the first: {errors[0].what}"
    yield from (refusal for refusal in _refusals(after) if refusal not in _refusals(before))
    refused: dict[str, list[str]] = {}
    for effect in review.effects:
        if effect.refused:
            refused.setdefault(effect.refused, []).append(effect.part)
    yield from (f"{', '.join(parts)}: {why}" for why, parts in refused.items())


def _refusals(side: Reading | None) -> tuple[str, ...]:
    return tuple(refusal.what for refusal in side.plan.refusals) if side and side.plan else ()


def _looks(review: StackReview, before: Reading | None, after: Reading | None) -> Iterator[str]:
    for effect in review.effects:
        if effect.data is not None:
            yield f"data at risk, {effect.part}: {effect.data}"
    yield from (
        f"storage {name} is kept no longer: destroying the cluster deletes its data" for name in _let_go(before, after)
    )
    yield from (f"as before, {refusal}" for refusal in _refusals(after) if before and refusal in _refusals(before))
    for effect in review.effects:
        if effect.data is None and effect.action in RENEWED and effect.refused is None:
            yield f"{effect.part} is {ACTIONS[effect.action]}: {effect.why.split('; ')[0]}"
    for need in review.needs:
        if need.enough is False:
            yield f"not enough of the {need.what}: it takes {need.after}, the account has {need.granted}"
    for change in review.security:
        if change.weaker is not False:
            yield _security(change)
    for measure in review.measures:
        if measure.name in (HOURLY, MACHINES_HOURLY) and (told := _money(measure, review)):
            yield told
            break
    if found := review.alternative:
        yield f"an alternative, {found.what}: {found.why}"
    if warnings := [finding for finding in review.new if finding.severity == "warning"]:
        yield f"{counted(len(warnings), 'new warning')}, the first: {warnings[0].what}"


def _let_go(before: Reading | None, after: Reading | None) -> Iterator[str]:
    """The storage that is kept before and not after: nothing happens to it at once."""
    if before and after and before.plan and after.plan:
        kept = {one.name for one in before.plan.storage if one.on_destroy == "keep"}
        yield from (one.name for one in after.plan.storage if one.name in kept and one.on_destroy == "delete")


def _security(change: SecurityChange) -> str:
    """A difference in a line; of more rights there was nothing before."""
    if change.before is None:
        return f"{change.what}: {_cut(change.after)}"
    return f"{'weaker' if change.weaker else 'another'} {change.what}: {_arrow(change.before, change.after)}"


def _arrow(before: str | None, after: str | None) -> str:
    return f"{_cut(before)} → {_cut(after)}"


def _cut(side: str | None) -> str:
    return shorten(side or "none", LONGEST, placeholder=" …")


def _money(measure: Measure, review: StackReview) -> str | None:
    """That money changes, or may: of what is unknown or in doubt nobody can say that it does not."""
    if all(row.before == row.after for row in review.measures):
        return None
    known = _usd(measure.before), _usd(measure.after)
    if measure.doubt:
        return f"{measure.name}: whether it costs more or less can't be told: {measure.doubt}"
    if known[0] is None or known[1] is None:
        for side in (measure.after, measure.before):
            if isinstance(side, Figure) and not side.known:
                return f"{measure.name}: unknown, as {side.basis}"
        before = ", and nothing before" if review.status == "added" else ""
        return None if known[1] is None else f"{measure.name}: {known[1]:,.2f} USD{before}"
    if abs(known[1] - known[0]) <= NOTED_SHARE * known[0]:
        return None
    return f"{measure.name}: {known[0]:,.2f} → {known[1]:,.2f} USD"


def _usd(side: Figure | str | None) -> float | None:
    return side.span.likely if isinstance(side, Figure) and side.span else None


PLAIN: dict[Status, str] = {
    "added": "a new stack",
    "removed": "the stack's spec is removed",
    "unchanged": UNCHANGED.headline,
    "unreadable": "the spec can't be read",
    "changed": "",
}


def _headline(review: StackReview, before: Reading | None, after: Reading | None, stopped: bool) -> str:
    """The change in a line: what becomes of the machines, else the first fields."""
    parts = [PLAIN[review.status]] if PLAIN[review.status] else list(_machines(before, after))
    if not parts:
        told = [_field(field) for field in review.fields]
        more = f" and {len(told) - 3} more" if len(told) > 3 else ""
        parts = [f"{', '.join(told[:3])}{more}"] if told else [_unwritten(before, after)]
    for measure in review.measures:
        if measure.name == HOURS and not stopped and review.status == "changed":
            parts += _hours(measure)
    return "; ".join(parts)


def _unwritten(before: Reading | None, after: Reading | None) -> str:
    """What changes where no field of the spec does."""
    was, now = (side.loaded.lock if side and side.loaded else None for side in (before, after))
    if was != now:
        return f"the lock is {'new' if was is None else 'removed' if now is None else 'another'}"
    return "the spec says the same in other words"


def _field(change: FieldChange) -> str:
    """A field and its values; of a member of a list that comes or goes, which one."""
    if change.path.endswith("]"):
        kind, _, name = change.path[:-1].partition("[")
        return f"{kind.removesuffix('s')} `{name}` {'added' if change.before is None else 'removed'}"
    return f"{change.path}: {_arrow(change.before, change.after)}"


def _machines(before: Reading | None, after: Reading | None) -> Iterator[str]:
    if not (before and after and before.plan and after.plan):
        return
    was = {group.name: f"{group.nodes.max} x {group.machine}" for group in before.plan.groups}
    for group in after.plan.groups:
        now = f"{group.nodes.max} x {group.machine}"
        if group.name in was and was[group.name] != now:
            yield f"{was[group.name]} become {now}"


def _hours(measure: Measure) -> Iterator[str]:
    if measure.difference and isinstance(measure.before, Figure) and isinstance(measure.after, Figure):
        was, now = measure.before.span, measure.after.span
        if was and now:
            told = f"{now.likely:,.1f} h", f"{was.likely:,.1f} h"
            if told[0] != told[1]:
                yield f"the job likely takes {told[0]}, not {told[1]}"
