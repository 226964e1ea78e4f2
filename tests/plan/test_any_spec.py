"""Whatever the spec: if it validates without errors it has one plan, whose addresses and interfaces are right."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from clusterwright.plan import canonical_json, plan_cluster
from clusterwright.plan.model import canonical
from clusterwright.rules import check
from clusterwright.spec.load import Loaded, parse_spec
from tests import specs


def loaded(document: dict[str, Any]) -> Loaded:
    """The spec, if it has no errors; others are no case of the test."""
    spec = parse_spec(canonical(document))
    assume(all(finding.severity != "error" for finding in check(spec)))
    return spec


@pytest.mark.parametrize("provider", ["aws", "gcp"])
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow], max_examples=150)
def test_a_spec_without_errors_has_one_plan(provider: str, data: st.DataObject) -> None:
    document = data.draw(specs.specs(provider))
    spec = loaded(document)
    assert canonical_json(plan_cluster(spec)) == canonical_json(plan_cluster(parse_spec(canonical(document))))


@pytest.mark.parametrize("provider", ["aws", "gcp"])
@given(data=st.data())
@settings(max_examples=200)
def test_any_spec_gets_findings_and_no_exception(provider: str, data: st.DataObject) -> None:
    for finding in check(parse_spec(canonical(data.draw(specs.specs(provider))))):
        assert finding.what
        assert finding.hint
        assert finding.location is not None
