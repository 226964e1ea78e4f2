"""What holds for all rules of AWS: silent on the example specs, never failing on a spec that they do not understand."""

from itertools import product
from pathlib import Path

import pytest

from clusterwright.catalog import aws
from clusterwright.rules import rules
from clusterwright.rules.base import Context
from clusterwright.spec.load import load_spec, parse_lock, parse_spec
from tests.rules.aws import LOCK

ROOT = Path(__file__).parents[2]
STACKS = ["bert-base-aws", "bert-large-aws", "gpt3-aws"]
OF_AWS = [rule for rule in rules() if "aws" in rule.providers]
MACHINES = [*aws.names(), "p9.bestlarge"]
CAPACITIES = (
    "{kind: on_demand}",
    "{kind: spot}",
    "{kind: reservation, id: r}",
    "{kind: reservation, id: cr-0123456789abcdef0}",
    "{kind: flex_start, duration: 1 min}",
    "{kind: capacity_block, id: cr-0123456789abcdef0, start: 2026-12-01T11:30Z, end: 2027-12-02T11:30Z}",
)
PLACEMENTS = ("{kind: none}", "{kind: cluster, max_distance: 2}")
FULL_LOCK = f"""{LOCK}
zones: {{us-east-1b: use1-az1}}
images:
  cpu-x86_64: {{id: ami-0, name: u, architecture: arm64, size: 8 TiB, created: 2026-11-01}}
reservations:
  cr-0123456789abcdef0: {{machine: p5.48xlarge, zone: us-east-1f, total: 0, state: odd, kind: odd}}
quotas: {{L-1216C47A: {{limit: 0, unit: vCPU}}}}
offerings: {{m7i.large: []}}
network: {{id: vpc-1, cidrs: []}}
subnets: {{subnet-0: {{cidr: 10.0.0.0/24, vpc: vpc-0}}}}
"""


@pytest.mark.parametrize("stack", STACKS)
def test_an_example_spec_has_no_mistake(stack: str) -> None:
    context = Context(load_spec(ROOT / "stacks" / f"{stack}.yaml").spec)
    found = [finding for rule in OF_AWS for finding in rule.check(context)]
    assert [(finding.code, finding.what) for finding in found if finding.severity != "note"] == []


@pytest.mark.parametrize("stack", STACKS)
def test_with_its_lock_an_example_spec_leaves_nothing_unknown(stack: str) -> None:
    lock = parse_lock((ROOT / "tests" / "locks" / f"{stack}.lock.yaml").read_text(encoding="utf-8"))
    context = Context(load_spec(ROOT / "stacks" / f"{stack}.yaml").spec, lock)
    assert [(finding.code, finding.what) for rule in OF_AWS for finding in rule.check(context)] == []


def check_all(machine: str, capacity: str, placement: str, fabric: str, lock: str | None) -> None:
    text = (
        "name: a\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\n"
        f"head: {{machine: {machine}, disk: {{size: 1 GiB, kind: pd-ssd}}}}\n"
        f"groups: [{{name: t, machine: {machine}, nodes: 5000, disk: 1 GiB, image: here, fabric: {fabric}, "
        f"capacity: {capacity}, placement: {placement}, alternatives: [{machine}, q1.x, g5g.xlarge]}}]\n"
        "network: {mtu: 9001, existing: {vpc: vpc-0, subnets: [subnet-0, subnet-1]}, cidr: 1.2.3.4/32}\n"
        "security: {key: projects/p, permission_boundary: 'arn:aws:iam::aws:policy/x'}\n"
        "secrets: [{name: A, ref: 'arn:a'}]\n"
        "storage: [{name: b, cache: 1 TiB}, {name: n, kind: nfs, tier: zonal}, {name: l, kind: lustre, size: 1 B}, "
        "{name: v, kind: volume, size: 1 B, disk: pd-ssd, iops: 1}, {name: w, kind: volume, size: 1 B, disk: io2}]\n"
    )
    context = Context(parse_spec(text).spec, parse_lock(lock) if lock else None)
    for rule in OF_AWS:
        for finding in rule.check(context) if rule.applies(context) else ():
            assert finding.path, finding
            assert "None" not in finding.what + finding.hint, finding
            assert finding.hint[-1] != ":", finding


@pytest.mark.slow
@pytest.mark.parametrize("machine", MACHINES)
def test_no_machine_type_makes_a_rule_fail(machine: str) -> None:
    """Whatever a group asks for, each rule says what is wrong in whole sentences, or nothing."""
    check_all(machine, "{kind: spot}", "{kind: none}", "efa", FULL_LOCK)


@pytest.mark.slow
@pytest.mark.parametrize("machine", ["p5.48xlarge", "c7i.8xlarge", "t3.nano", "p9.bestlarge"])
@pytest.mark.parametrize("lock", [None, LOCK, FULL_LOCK], ids=["none", "empty", "full"])
def test_no_combination_makes_a_rule_fail(machine: str, lock: str | None) -> None:
    for capacity, placement, fabric in product(CAPACITIES, PLACEMENTS, ("none", "efa", "tcpx")):
        check_all(machine, capacity, placement, fabric, lock)
