"""The review for code scanning: findings, and what else a reader should see beside the line that does it."""

from __future__ import annotations

from collections.abc import Iterator

from clusterwright.review.model import Effect, Review, StackReview
from clusterwright.review.write.numbers import row
from clusterwright.review.write.words import ACTIONS
from clusterwright.rules.formats import BaselineState
from clusterwright.rules.formats import as_sarif as written
from clusterwright.spec.findings import Finding, Location

AT_RISK, RENEWED, WEAKER, UNTOLD = "CW-REV-001", "CW-REV-002", "CW-REV-003", "CW-REV-004"
WHYS = {
    AT_RISK: "Deploying the change puts data at risk",
    RENEWED: "Deploying the change replaces or deletes a part of a running cluster",
    WEAKER: "The change makes access wider, or encryption or records weaker",
    UNTOLD: "Whether the change costs more or less can't be told",
}


def as_sarif(review: Review) -> str:
    """A SARIF log: new findings and remarks of the review, those that stand, and, as absent, those resolved."""
    told: list[Finding] = []
    states: list[BaselineState] = []
    for stack in review.stacks:
        new = (*stack.new, *_remarks(stack))
        told += [*new, *stack.standing, *stack.resolved]
        states += ["new"] * len(new) + ["unchanged"] * len(stack.standing) + ["absent"] * len(stack.resolved)
    return written(told, states, WHYS)


def _remarks(stack: StackReview) -> Iterator[Finding]:
    hint = "see the whole review: `clusterwright review`"
    for effect in stack.effects:
        where = _where(stack, effect)
        if effect.data is not None:
            what = f"{effect.part}: {effect.data}"
            undo = "copy the data first, or undo the change"
            yield Finding(AT_RISK, what, effect.why, undo, severity="warning", location=where)
        elif effect.action in ("replace", "delete"):
            what = f"{effect.part} is {ACTIONS[effect.action]}"
            yield Finding(RENEWED, what, effect.why, hint, severity="note", location=where)
    for change in stack.security:
        if change.weaker:
            what = f"{change.what}: {change.before or 'none'} becomes {change.after or 'none'}"
            yield Finding(WEAKER, what, change.why, hint, severity="warning", location=Location(stack.file))
    for measure in stack.measures:
        if measure.doubt:
            told = row(measure)
            what = f"{measure.name}: {told.before} before, {told.after} after, and the two can't be compared"
            yield Finding(UNTOLD, what, measure.doubt, "refresh prices: `clusterwright lock NAME`", severity="note",
                          location=Location(stack.file))  # fmt: skip


def _where(stack: StackReview, effect: Effect) -> Location:
    """Where the author wrote what has the effect."""
    kind, _, name = effect.part.partition(" ")
    path = f"{'groups' if kind == 'group' else kind}[{name}]" if name else kind
    places = (field.location for field in stack.fields if field.path.startswith(path))
    return next((place for place in places if place), Location(stack.file))
