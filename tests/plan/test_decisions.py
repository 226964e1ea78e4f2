"""What was left open is decided in sight, and what the spec says is nobody's decision."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from clusterwright.plan import plan_cluster
from clusterwright.plan.model import canonical
from clusterwright.rules import check
from clusterwright.spec.base import SpecModel
from clusterwright.spec.load import parse_spec
from tests import specs

PLACES = {
    "aws": "region: us-east-1\nzone: us-east-1a\n",
    "gcp": "project: my-project\nregion: us-central1\nzone: us-central1-a\n",
}
FILE_SYSTEMS = {"aws": "size: 4800 GiB", "gcp": "size: 9000 GiB"}
NOT_ASKED = {
    "aws": {"storage[2].drive"},  # of the deployment that has hard disks alone
    "gcp": {"storage[1].one_zone", "storage[2].drive", "network.endpoints"},  # AWS's words
}
ALTERED = {"observability.logs"}
"""What a cloud takes in steps: the plan says which one, whoever wrote the value."""


def fields(model: SpecModel, path: str = "") -> Iterator[tuple[str, Any, bool]]:
    """Each setting of a spec: its path, its value, whether the spec gives it."""
    for name in type(model).model_fields:
        value, here = getattr(model, name), f"{path}.{name}" if path else name
        if isinstance(value, SpecModel):
            yield from fields(value, here)
        elif isinstance(value, tuple) and value and isinstance(value[0], SpecModel):
            for index, one in enumerate(value):
                yield from fields(one, f"{here}[{index}]")
        else:
            yield here, value, name in model.model_fields_set


@pytest.mark.parametrize("provider", ["aws", "gcp"])
def test_every_value_that_the_spec_left_open_is_noted(provider: str) -> None:
    spec = parse_spec(
        f"name: a\nprovider: {provider}\n{PLACES[provider]}groups: [{{name: x}}]\nbudget: {{limit: 100000 USD}}\n"
        "storage: [{name: d}, {name: h, kind: nfs}, "
        f"{{name: l, kind: lustre, {FILE_SYSTEMS[provider]}}}, {{name: v, kind: volume, size: 10 GiB}}]\n"
    )
    noted = {decision.path for decision in plan_cluster(spec).decisions}
    silent = {
        path
        for path, value, is_given in fields(spec.spec)
        if not is_given and value not in (None, (), {}) and not path.startswith("job") and not path.endswith(".kind")
    }
    assert silent - noted == NOT_ASKED[provider]


def test_a_lustre_of_gcp_whose_bucket_is_given_has_none_decided() -> None:
    spec = parse_spec(
        f"name: a\nprovider: gcp\n{PLACES['gcp']}storage: [{{name: d}}, "
        "{name: l, kind: lustre, size: 9000 GiB, bucket: d}]\n"
    )
    paths = {decision.path for decision in plan_cluster(spec).decisions}
    assert "storage[1].bucket" not in paths


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["aws", "gcp"])
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow], max_examples=100)
def test_nothing_that_the_spec_says_is_listed_as_decided(provider: str, data: st.DataObject) -> None:
    spec = parse_spec(canonical(data.draw(specs.specs(provider))))
    assume(all(finding.severity != "error" for finding in check(spec)))
    said = {path for path, _, is_given in fields(spec.spec) if is_given}
    decisions = plan_cluster(spec).decisions
    paths = [decision.path for decision in decisions]
    assert not said & set(paths) - ALTERED
    assert len(set(paths)) == len(paths)
    assert all(decision.reason and not re.search(r"spec says|given", decision.reason) for decision in decisions)
