"""Whatever the spec and whatever its lock: it gets findings, and without errors it has one plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from clusterwright.plan import canonical_json, plan_cluster
from clusterwright.plan.model import canonical
from clusterwright.rules import check
from clusterwright.spec.findings import Finding, SpecError
from clusterwright.spec.load import Loaded, parse_lock, parse_spec
from tests import specs

pytestmark = pytest.mark.slow
ANY = [HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large]


def told(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings, each of which says all that one has to say."""
    for finding in findings:
        assert finding.what
        assert finding.why
        assert finding.hint
        assert finding.location is not None
    return findings


def planned_once(document: dict[str, Any], loaded: Loaded) -> bool:
    """Whether the spec has a plan; it then has one, however often it is read."""
    if any(finding.severity == "error" for finding in told(check(loaded))):
        return False
    again = replace(parse_spec(canonical(document)), lock=loaded.lock)
    assert canonical_json(plan_cluster(loaded)) == canonical_json(plan_cluster(again))
    return True


def with_a_lock(data: st.DataObject, loaded: Loaded) -> Loaded:
    return replace(loaded, lock=parse_lock(canonical(data.draw(specs.locks(loaded.spec)))))


@pytest.mark.parametrize("provider", ["aws", "gcp"])
@given(data=st.data())
@settings(suppress_health_check=ANY, max_examples=60)
def test_a_spec_without_errors_has_one_plan(provider: str, data: st.DataObject) -> None:
    document = data.draw(specs.specs(provider))
    loaded = parse_spec(canonical(document))
    assume(planned_once(document, loaded))
    planned_once(document, with_a_lock(data, loaded))


@pytest.mark.parametrize("provider", ["local", "aws", "gcp"])
@given(data=st.data())
@settings(suppress_health_check=ANY, max_examples=110)
def test_whatever_the_schema_allows_gets_findings_or_one_plan(provider: str, data: st.DataObject) -> None:
    document = data.draw(specs.hostile(provider))
    try:
        loaded = parse_spec(canonical(document))
    except SpecError as error:  # what no schema tells: a start after its end, say
        told(error.findings)
        return
    planned_once(document, loaded)
    if provider != "local":
        planned_once(document, with_a_lock(data, loaded))
