"""Each fact about GCP that a spec can get wrong has a rule that catches it, or a reason why none does."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from clusterwright.rules import rules

FACTS: list[dict[str, str]] = yaml.safe_load((Path(__file__).parent / "gcp_facts.yaml").read_text(encoding="utf-8"))
CODES = {rule.code for rule in rules()}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["fact"])
def test_a_fact_has_a_rule_or_a_reason(fact: dict[str, Any]) -> None:
    (answer,) = set(fact) - {"fact"}
    assert answer in {"rule", "common", "why_not"}
    assert fact[answer].strip()
    if answer == "rule":
        assert fact["rule"] in CODES


def test_every_rule_of_gcp_alone_has_its_fact() -> None:
    alone = {rule.code for rule in rules() if rule.code[-3] == "2"}  # 201 to 299 are those of GCP
    assert alone - {fact.get("rule") for fact in FACTS} == set()
