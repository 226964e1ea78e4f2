"""What holds for all rules of GCP: the example specs are fine, and no spec makes a rule fail."""

from itertools import product
from pathlib import Path

import pytest

from clusterwright.catalog import gcp
from clusterwright.rules import Rule, rules
from clusterwright.rules.base import Context
from clusterwright.spec.load import load_spec, parse_lock, parse_spec
from tests.rules.gcp import LOCK

ROOT = Path(__file__).parents[2]
OF_GCP = [rule for rule in rules() if "gcp" in rule.providers]
FAMILIES = {name.partition("-")[0]: name for name in reversed(gcp.names())}
"""A machine type of each family: a3, n2."""
CAPACITIES = (
    "{kind: on_demand}",
    "{kind: spot}",
    "{kind: reservation, id: r}",
    "{kind: flex_start, duration: 1 min}",
    "{kind: capacity_block, id: cr-0, start: 2026-12-01T11:30Z, end: 2026-12-02T11:30Z}",
)
PLACEMENTS = ("{kind: none}", "{kind: cluster}", "{kind: none, max_distance: 1}", "{kind: cluster, max_distance: 2}")


@pytest.mark.parametrize("stack", ["bert-base-gcp", "bert-large-gcp"])
@pytest.mark.parametrize("rule", OF_GCP, ids=lambda rule: rule.code)
def test_an_example_spec_has_no_mistake(rule: Rule, stack: str) -> None:
    context = Context(load_spec(ROOT / "stacks" / f"{stack}.yaml").spec)
    assert [finding.what for finding in rule.check(context) if finding.severity != "note"] == []


@pytest.mark.slow
@pytest.mark.parametrize("machine", [*FAMILIES.values(), "a9-bestgpu-8g"])
def test_no_machine_type_makes_a_rule_fail(machine: str) -> None:
    """Whatever a group asks for, each rule says what is wrong in whole sentences, or nothing."""
    for capacity, placement, fabric, lock in product(
        CAPACITIES, PLACEMENTS, ("none", "efa", "rdma"), (None, parse_lock(LOCK))
    ):
        text = (
            "name: a-name-that-is-quite-long\nprovider: gcp\nproject: my-project-123\n"
            "region: us-central1\nzone: us-central1-b\n"
            f"head: {{machine: {machine}, disk: {{size: 1 GiB, kind: gp3}}}}\n"
            f"groups: [{{name: t, machine: {machine}, nodes: 5000, disk: 1 TiB, image: ami-0, fabric: {fabric}, "
            f"capacity: {capacity}, placement: {placement}}}]\n"
            "network: {mtu: 9001, existing: {vpc: v, subnets: [s]}, services_cidr: 10.0.0.0/30}\n"
            "storage: [{name: b, cache: 1 TiB}, {name: n, kind: nfs}, {name: l, kind: lustre, size: 1 GiB}, "
            "{name: v, kind: volume, size: 1 GiB, disk: io2, iops: 1}]\n"
        )
        context = Context(parse_spec(text).spec, lock)
        for rule in OF_GCP:
            for finding in rule.check(context) if rule.applies(context) else ():
                assert finding.path, finding
                assert "None" not in finding.what + finding.hint, finding
                assert finding.hint[-1] != ":", finding
