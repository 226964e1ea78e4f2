"""Whatever the plan: it has one estimate, which can be shown and read."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from rich.console import Console

from clusterwright.estimate import estimate, plain
from clusterwright.estimate.table import show
from clusterwright.plan import plan_cluster
from clusterwright.plan.model import canonical
from clusterwright.rules import check
from clusterwright.spec.load import parse_spec
from tests import specs

ANY = [HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["aws", "gcp"])
@given(data=st.data())
@settings(suppress_health_check=ANY, max_examples=40)
def test_any_plan_has_an_estimate_or_no_job(provider: str, data: st.DataObject) -> None:
    loaded = parse_spec(canonical(data.draw(specs.specs(provider))))
    assume(not any(finding.severity == "error" for finding in check(loaded)))
    plan = plan_cluster(loaded)
    made = estimate(plan)
    assert (made is None) == (plan.job is None)
    if made is not None:
        json.dumps(plain(made), allow_nan=False)
        show(made, console=Console(file=StringIO()))
