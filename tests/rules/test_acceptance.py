"""What a spec accepts is not reported; what is wrong with accepting it is."""

from collections.abc import Iterator

import pytest

from clusterwright.rules import check, rules
from clusterwright.rules.base import Context, Rule
from clusterwright.spec.cluster import Accepted
from clusterwright.spec.findings import Finding
from clusterwright.spec.load import parse_spec

WARNED = "name: a\nprovider: local\nhead: {disk: 1 GB}\n"
ACCEPTED = WARNED + "accept: [{rule: CW-CMP-004, because: it is large}]\n"


def test_an_accepted_finding_is_not_reported() -> None:
    assert [finding.code for finding in check(parse_spec(WARNED))] == ["CW-CMP-004"]
    assert check(parse_spec(ACCEPTED)) == ()


def test_an_error_that_is_accepted_is_reported_all_the_same() -> None:
    text = "name: a\nprovider: local\njob: {nodes: 9}\naccept: [{rule: CW-JOB-003, because: why not}]\n"
    assert [finding.code for finding in check(parse_spec(text))] == ["CW-JOB-003", "CW-ACC-002"]


def test_the_rules_about_accepting_can_not_be_accepted() -> None:
    accepts = [f"{{rule: CW-ACC-00{number}, because: why not}}" for number in (1, 2, 3)]
    found = check(parse_spec(f"name: a\nprovider: local\naccept: [{', '.join(accepts)}]\n"))
    assert [finding.code for finding in found] == ["CW-ACC-002"] * 3


class AWarning(Rule):
    """Without a check, so that no scan finds it."""

    severity = "warning"


class AnError(Rule):
    """As above."""


class AMinorError(Rule):
    """As above."""

    acceptable = True


def test_a_warning_can_be_accepted_and_an_error_can_not_unless_its_rule_says_so() -> None:
    assert AWarning.acceptable
    assert not AnError.acceptable
    assert AMinorError.acceptable


def test_each_rule_runs_once_whoever_asks_for_its_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    (rule,) = (rule for rule in rules() if rule.code == "CW-CMP-004")
    context, runs = Context(parse_spec(ACCEPTED).spec), list[Context]()
    original = rule.check

    def counted(_: Rule, context: Context) -> Iterator[Finding]:
        runs.append(context)
        return original(context)

    monkeypatch.setattr(type(rule), "check", counted)
    assert context.findings(rule) == context.findings(rule) != ()
    assert runs == [context]


def test_the_spec_s_example_of_a_rule_is_one_that_can_be_accepted() -> None:
    examples = Accepted.model_fields["rule"].examples
    assert [rule.acceptable for rule in rules() if rule.code in (examples or ())] == [True]
