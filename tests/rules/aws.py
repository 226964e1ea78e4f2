"""Runs one rule on a spec of a cluster on AWS."""

from clusterwright.rules import rules
from clusterwright.rules.base import Context
from clusterwright.spec.findings import Finding
from clusterwright.spec.load import parse_lock, parse_spec

RULES = {rule.code: rule for rule in rules()}
LOCK = "schema: 1\nprovider: aws\nmade: '2026-11-24'\naccount: '123456789012'\nregion: us-east-1\n"


def found(code: str, spec: str, lock: str | None = None, region: str = "us-east-1") -> list[Finding]:
    """What the rule finds in `spec`, the rest of a cluster in `region`; `lock` is the rest of one of us-east-1."""
    loaded = parse_spec(f"name: a\nprovider: aws\nregion: {region}\nzone: {region}a\n{spec}")
    context = Context(loaded.spec, None if lock is None else parse_lock(LOCK + lock))
    rule = RULES[code]
    return list(rule.check(context)) if rule.applies(context) else []


def said(code: str, spec: str, lock: str | None = None, region: str = "us-east-1") -> list[str]:
    """The same, as the first line of each finding."""
    return [finding.what for finding in found(code, spec, lock, region)]
