"""Each fact about a cloud that a spec can get wrong has a rule that catches it, or a reason why none does."""

from pathlib import Path

import pytest
import yaml

from clusterwright.rules import rules

CLOUDS = ("aws", "gcp")
FACTS: dict[str, list[dict[str, str]]] = {
    cloud: yaml.safe_load((Path(__file__).parent / f"{cloud}_facts.yaml").read_text(encoding="utf-8"))
    for cloud in CLOUDS
}


@pytest.mark.parametrize(
    ("cloud", "fact"), [pytest.param(cloud, fact, id=fact["fact"]) for cloud in CLOUDS for fact in FACTS[cloud]]
)
def test_a_fact_has_a_rule_of_its_cloud_or_a_reason(cloud: str, fact: dict[str, str]) -> None:
    (answer,) = set(fact) - {"fact"}
    assert answer in {"rule", "why_not"}
    assert fact[answer].strip()
    if answer == "rule":
        assert fact["rule"] in {rule.code for rule in rules() if cloud in rule.providers}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_rule_of_one_cloud_alone_has_its_fact(cloud: str) -> None:
    alone = {rule.code for rule in rules() if rule.providers == (cloud,)}
    assert alone - {fact.get("rule") for fact in FACTS[cloud]} == set()


@pytest.mark.parametrize("cloud", CLOUDS)
def test_no_fact_is_listed_twice(cloud: str) -> None:
    facts = [fact["fact"] for fact in FACTS[cloud]]
    assert sorted(set(facts)) == sorted(facts)
