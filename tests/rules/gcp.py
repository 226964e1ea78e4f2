"""Runs one rule on a spec of a cluster on GCP."""

from clusterwright.rules import rules
from clusterwright.rules.base import Context
from clusterwright.spec.findings import Finding
from clusterwright.spec.load import parse_lock, parse_spec

RULES = {rule.code: rule for rule in rules()}
LOCK = "schema: 1\nprovider: gcp\nmade: '2026-11-24'\naccount: my-project-123\nregion: us-central1\n"


def found(code: str, spec: str, lock: str | None = None) -> list[Finding]:
    """What the rule finds in `spec`, a cluster on GCP of which the test writes the rest; `lock` likewise."""
    loaded = parse_spec(f"name: a\nprovider: gcp\n{spec}")
    context = Context(loaded.spec, None if lock is None else parse_lock(LOCK + lock))
    rule = RULES[code]
    return list(rule.check(context)) if rule.applies(context) else []


def said(code: str, spec: str, lock: str | None = None) -> list[str]:
    """The same, as the first line of each finding."""
    return [finding.what for finding in found(code, spec, lock)]
