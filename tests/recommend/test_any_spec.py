"""Whatever the spec: a search starts from it, and what is better than it is a good spec of the same cloud."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from clusterwright.estimate.estimate import estimate
from clusterwright.estimate.quantity import SECOND, USD
from clusterwright.plan import plan_cluster
from clusterwright.plan.model import canonical
from clusterwright.recommend.alternative import alternative
from clusterwright.recommend.front import likely
from clusterwright.recommend.start import model, of_stack
from clusterwright.rules import check
from clusterwright.spec.load import parse_spec
from tests import specs

ANY = [HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["aws", "gcp"])
@given(data=st.data())
@settings(suppress_health_check=ANY, max_examples=40)
def test_any_spec_has_a_better_one_or_none(provider: str, data: st.DataObject) -> None:
    loaded = parse_spec(canonical(data.draw(specs.specs(provider))))
    assume(not any(finding.severity == "error" for finding in check(loaded)))
    plan = plan_cluster(loaded)
    assume(plan.job is not None)
    start = of_stack(loaded)
    assert model(start.data) == start.spec
    one = alternative(loaded, estimate(plan))
    if one is not None:
        assert one.plan.provider == provider
        assert likely(one.usd, USD) < float("inf")
        assert likely(one.time, SECOND) < float("inf")
        assert one.better in ("cheaper", "faster")
