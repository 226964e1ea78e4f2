"""Each fact about AWS that a spec can get wrong has a rule that catches it, or a reason why none does."""

from pathlib import Path

import pytest
import yaml

from clusterwright.rules import rules

FACTS: list[dict[str, str]] = yaml.safe_load((Path(__file__).parent / "aws_facts.yaml").read_text(encoding="utf-8"))
CODES = {rule.code for rule in rules()}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["fact"])
def test_a_fact_has_a_rule_or_a_reason(fact: dict[str, str]) -> None:
    (answer,) = set(fact) - {"fact"}
    assert answer in {"rule", "common", "why_not"}
    assert fact[answer].strip()
    if answer == "rule":
        assert fact["rule"] in CODES


def test_every_rule_of_aws_alone_has_its_fact() -> None:
    alone = {rule.code for rule in rules() if rule.providers == ("aws",)}
    assert alone - {fact.get("rule") for fact in FACTS} == set()
