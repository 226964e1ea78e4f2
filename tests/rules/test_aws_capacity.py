"""How machines are bought on AWS: what is refused, what is only unwise, and what the lock says of a reservation."""

from typing import get_args

import pytest

from clusterwright.catalog import aws
from clusterwright.decide.capacity import Kind
from clusterwright.decide.quotas import quota
from clusterwright.rules.quotas import CALLED
from tests.rules.aws import found, said

BLOCK = "{kind: capacity_block, id: cr-0123456789abcdef0, start: 2026-12-01T11:30Z, end: 2026-12-05T11:30Z}"
RESERVATION = "{kind: reservation, id: cr-0123456789abcdef0}"


def group(machine: str = "p5.48xlarge", nodes: object = 8, capacity: str = RESERVATION, more: str = "") -> str:
    return f"groups: [{{name: train, machine: {machine}, nodes: {nodes}, capacity: {capacity}{more}}}]\n"


def reservation(**facts: object) -> str:
    known = {"machine": "p5.48xlarge", "zone": "us-east-1a", "total": 8, "state": "active", "kind": "default"} | facts
    return (
        f"reservations:\n  cr-0123456789abcdef0: {{{', '.join(f'{key}: {value}' for key, value in known.items())}}}\n"
    )


LOCKED = (*(f"CW-CAP-01{number}" for number in range(1, 6)), "CW-CAP-116", "CW-CAP-117")


@pytest.mark.parametrize("code", LOCKED)
def test_a_reservation_that_fits_is_fine(code: str) -> None:
    assert said(code, group(), reservation()) == []


@pytest.mark.parametrize("code", LOCKED)
def test_a_lock_of_another_region_says_nothing_of_a_reservation(code: str) -> None:
    wrong = reservation(machine="p4d.24xlarge", zone="us-east-1f", total=1, state="failed", kind="capacity-block")
    assert said(code, group(), wrong, region="us-west-2") == []
    assert found("CW-LCK-001", group(), wrong, region="us-west-2")


@pytest.mark.parametrize("code", LOCKED[1:])
def test_of_a_reservation_that_the_lock_does_not_know_one_rule_speaks(code: str) -> None:
    assert said(code, group(), "reservations: {}\n") == []
    assert said("CW-CAP-011", group(), "reservations: {}\n") == [
        "the lock of 2026-11-24 has no reservation `cr-0123456789abcdef0`; it has: none"
    ]


def test_of_a_reservation_without_an_id_one_rule_speaks() -> None:
    named = group(capacity="{kind: reservation, id: mine}")
    assert said("CW-CAP-011", named, "reservations: {}\n") == said("CW-CAP-011", named) == []
    assert len(said("CW-PRV-011", named)) == 1


def test_groups_that_share_a_reservation_share_its_machines() -> None:
    one = group()[len("groups: [") : -len("]\n")]
    two = f"groups: [{one}, {one.replace('train', 'tune')}]\n"
    (finding,) = found("CW-CAP-014", two, reservation())
    assert finding.path == ("groups", 1, "nodes")
    assert finding.what == (
        "with group `tune` the cluster wants 16 machines of reservation `cr-0123456789abcdef0`, which has 8"
    )
    assert said("CW-CAP-014", two, reservation(total=16)) == []


@pytest.mark.parametrize("state", ["expired", "cancelled", "cancelling", "failed", "payment-failed", "unsupported"])
def test_a_reservation_without_machines_is_gone(state: str) -> None:
    assert said("CW-CAP-015", group(), reservation(state=state)) == [
        f"reservation `cr-0123456789abcdef0` is {state} in the lock of 2026-11-24"
    ]


@pytest.mark.parametrize("state", ["active", "pending", "scheduled", "payment-pending", "assessing", "delayed"])
def test_a_reservation_that_has_machines_or_may_have_is_not(state: str) -> None:
    assert said("CW-CAP-015", group(), reservation(state=state)) == []


def test_a_reservation_that_ends_on_the_day_of_the_lock_has_not_ended_before_it() -> None:
    assert said("CW-CAP-015", group(), reservation(end="2026-11-24T00:30Z")) == []
    assert said("CW-CAP-015", group(), reservation(end="2026-11-23T23:30Z")) != []


def test_a_kind_of_reservation_that_nobody_has_heard_of_is_left_alone() -> None:
    assert said("CW-CAP-116", group(), reservation(kind="odd")) == []
    assert said("CW-CAP-116", group(capacity=BLOCK), reservation()) == [
        "`cr-0123456789abcdef0` is a reservation in the account, group `train` uses it as a capacity_block"
    ]


def test_seconds_that_a_spec_does_not_write_are_no_difference() -> None:
    times = {"start": "2026-12-01T11:30:20Z", "end": "2026-12-05T11:30Z"}
    assert said("CW-CAP-117", group(capacity=BLOCK), reservation(kind="capacity-block", **times)) == []
    times["start"] = "2026-12-01T11:00Z"
    (finding,) = found("CW-CAP-117", group(capacity=BLOCK), reservation(kind="capacity-block", **times))
    assert (finding.path[-1], finding.hint) == ("start", "write `start: 2026-12-01T11:00Z`")


def test_every_machine_type_can_be_bought_the_way_that_a_hint_says() -> None:
    for name in aws.names():
        for kind in ("spot", BLOCK[1:-1].removeprefix("kind: ")):
            for finding in found("CW-CAP-101", group(name, 1, f"{{kind: {kind}}}")):
                bought = finding.hint.split("`")[1].removeprefix("capacity: ")
                assert said("CW-CAP-101", group(name, 1, bought)) == []


@pytest.mark.parametrize(
    ("capacity", "codes"), [("{kind: on_demand}", 0), ("{kind: spot}", 0), (RESERVATION, 1), (BLOCK, 1)]
)
def test_a_placement_group_is_for_machines_that_are_not_placed_yet(capacity: str, codes: int) -> None:
    assert len(said("CW-CAP-104", group(capacity=capacity, more=", placement: {kind: cluster}"))) == codes


def test_a_block_of_182_days_is_the_longest() -> None:
    block = BLOCK.replace("2026-12-05", "2027-06-01")
    assert said("CW-CAP-105", group(capacity=block)) == []
    assert said("CW-CAP-105", group(capacity=block.replace("2027-06-01", "2027-06-08"))) == [
        "the block of group `train` lasts 189 days"
    ]


LIMITS = {"L-417A185B": 384, "L-7212CCBC": 192, "L-1216C47A": 1}
QUOTAS = f"quotas: {{{', '.join(f'{code}: {{limit: {most}, unit: vCPU}}' for code, most in LIMITS.items())}}}\n"


@pytest.mark.parametrize(
    ("capacity", "nodes", "what"),
    [
        ("{kind: on_demand}", 2, None),
        ("{kind: on_demand}", 3, "the cluster takes up to 576 vCPUs of P types on demand; the quota is 384"),
        (RESERVATION, 3, "the cluster takes up to 576 vCPUs of P types on demand; the quota is 384"),
        ("{kind: spot}", "{min: 0, max: 2}", "the cluster takes up to 384 vCPUs of P types as spot; the quota is 192"),
        (BLOCK, 3, None),
    ],
)
def test_each_kind_of_capacity_has_its_quota(capacity: str, nodes: object, what: str | None) -> None:
    head = "the cluster takes up to 2 vCPUs of standard types on demand; the quota is 1"
    assert said("CW-CAP-021", group(nodes=nodes, capacity=capacity), QUOTAS) == [head, *([what] if what else [])]


def test_every_quota_that_a_machine_counts_to_has_a_name() -> None:
    keys = {counts.key for name in aws.names() for kind in get_args(Kind) if (counts := quota("aws", name, kind))}
    assert keys == set(CALLED)


def test_a_quota_that_the_lock_does_not_know_is_not_exceeded() -> None:
    assert said("CW-CAP-021", group(nodes=64, capacity="{kind: on_demand}"), "") == []


@pytest.mark.parametrize(
    ("machine", "code"), [("gr6.4xlarge", "L-DB2E81BA"), ("g6f.large", "L-DB2E81BA"), ("t3.large", "L-1216C47A")]
)
def test_a_machine_type_counts_to_the_quota_of_its_letters(machine: str, code: str) -> None:
    (finding,) = found(
        "CW-CAP-021", group(machine, 2, "{kind: on_demand}"), f"quotas: {{{code}: {{limit: 3, unit: vCPU}}}}\n"
    )
    assert code in finding.hint
