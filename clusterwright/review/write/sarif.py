"""The review as SARIF: findings by whether the change brought them, and what else a reader has to look at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

from clusterwright.review.model import ACTIONS, Review, StackReview
from clusterwright.review.write.words import missing
from clusterwright.rules.formats import sarif_log
from clusterwright.spec.findings import Finding, Location, Severity

Baseline = Literal["new", "unchanged", "absent"]
"""Whether a result is there since the change, was there before too, or no longer is (SARIF 2.1.0, section 3.27.24)."""

CODES = {
    "CW-REVIEW-DATA": "Deploying the change loses data of a running cluster, or puts it at risk",
    "CW-REVIEW-REPLACE": "Deploying the change replaces or deletes a part of a running cluster",
    "CW-REVIEW-DOUBT": "A difference between before and after is not to be read as a gain or a loss",
    "CW-REVIEW-NEED": "The cluster needs capacity or a quota that the account is not known to have",
    "CW-REVIEW-SECURITY": "The change makes something weaker that protects the cluster",
}
"""What a review says that no rule does, by code."""


def as_sarif(review: Review) -> str:
    """A log with one run (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html)."""
    found = [entry for stack in review.stacks for entry in _stack(stack)]
    log = sarif_log((finding for _, finding in found), CODES)
    for (baseline, _), result in zip(found, log["runs"][0]["results"], strict=True):
        result["baselineState"] = baseline
    return json.dumps(log, indent=2) + "\n"


def _stack(stack: StackReview) -> Iterator[tuple[Baseline, Finding]]:
    by_state: dict[Baseline, tuple[Finding, ...]] = {
        "new": (*stack.new, *_seen(stack)),
        "unchanged": stack.standing,
        "absent": stack.resolved,
    }
    for state, findings in by_state.items():
        for finding in findings:
            yield state, finding


def _seen(stack: StackReview) -> Iterator[Finding]:
    """What is no rule's finding, at the changed field that it names, else at the file."""

    def finding(code: str, severity: Severity, what: str, why: str, hint: str) -> Finding:
        place = next((field.location for field in stack.fields if field.location and f"`{field.path}`" in why), None)
        return Finding(code, what, why, hint, severity=severity, location=place or Location(stack.file))

    for effect in stack.effects:
        what = f"{effect.part} of {stack.name}: {ACTIONS[effect.action]}"
        if effect.data is not None:
            hint = "copy what is needed before this is deployed, or undo the change that causes it"
            yield finding("CW-REVIEW-DATA", "warning", f"{what}, {effect.data}", effect.reason, hint)
        elif effect.action in ("replace", "delete"):
            yield finding("CW-REVIEW-REPLACE", "note", what, effect.reason, "deploy it when no job needs that part")
    for measure in stack.measures:
        if measure.doubt:
            what = f"{measure.name} of {stack.name}: before and after can't be compared"
            yield finding("CW-REVIEW-DOUBT", "note", what, measure.doubt, "decide without that difference")
    for need in stack.needs:
        if need.enough is not True:
            what = f"{stack.name} needs {need.what}: {missing(need.after)}"
            granted = "not known" if need.granted is None else need.granted
            hint = need.hint or "ask the account for it before this is deployed"
            severity = "warning" if need.enough is False else "note"
            yield finding("CW-REVIEW-NEED", severity, what, f"what the account has is {granted}", hint)
    for change in stack.security:
        if change.weaker:
            what = f"{change.what} of {stack.name}: {missing(change.before)} becomes {missing(change.after)}"
            yield finding("CW-REVIEW-SECURITY", "warning", what, change.why, "undo it, or say why in the pull request")
