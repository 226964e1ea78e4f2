"""What rules look at: values by their path, resources by their type and by what they refer to."""

from __future__ import annotations

from typing import Any

import pytest

from clusterwright_policy import check
from clusterwright_policy.base import UNKNOWN, Graph, Resource, is_true

PROPERTIES: dict[str, Any] = {
    "disks": [{"ebs": {"encrypted": True}}, {"ebs": {}}, {}],
    "root": {"encrypted": False},
    "later": UNKNOWN,
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("root.encrypted", [False]),
        ("root.nothing", [None]),
        ("nothing.nothing", [None]),
        ("disks[].ebs.encrypted", [True, None, None]),
        ("nothing[].ebs", []),
        ("later.encrypted", [UNKNOWN]),
        ("later[].encrypted", [UNKNOWN]),
    ],
)
def test_a_path_leads_to_values_and_a_list_to_one_for_each_item(path: str, values: list[Any]) -> None:
    assert list(Resource("t", "a", "urn", PROPERTIES).values(path)) == values


def test_what_is_about_a_resource_comes_from_it_or_has_its_name() -> None:
    bucket = Resource("b", "data", "urn:data", {"bucket": "a-data"})
    by_output = Resource("p", "one", "urn:1", {"bucket": UNKNOWN}, {"bucket": frozenset({"urn:data"})})
    by_name = Resource("p", "two", "urn:2", {"bucket": "a-data"})
    of_another = Resource("p", "three", "urn:3", {"bucket": "other"}, {"bucket": frozenset({"urn:other"})})
    of_nothing_known = Resource("p", "four", "urn:4", {"bucket": UNKNOWN})
    graph = Graph((bucket, by_output, by_name, of_another, of_nothing_known))
    assert [one.name for one in graph.about(bucket, "p", "bucket")] == ["one", "two"]


@pytest.mark.parametrize(
    ("value", "yes"), [(True, True), ("true", True), (UNKNOWN, True), ("false", False), (None, False)]
)
def test_a_yes_is_one_in_a_string_too_and_what_is_not_known_counts_as_one(value: Any, yes: bool) -> None:
    assert is_true(value) == yes


def test_a_violation_says_what_why_and_what_to_do() -> None:
    group = Resource("aws:cloudwatch/logGroup:LogGroup", "jobs", "urn:jobs", {})
    (violation,) = check(Graph((group,)))
    assert str(violation).splitlines()[0] == "[CW-POL-131] `retentionInDays` is not set"
    assert [line.partition(":")[0].strip() for line in str(violation).splitlines()[1:]] == ["why", "hint"]
