"""The network on AWS: fabrics, room for addresses, and a network that is there already."""

from ipaddress import IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterwright.catalog.aws import machine, names
from clusterwright.rules.aws_fabric import smallest_with_efa
from tests.rules.aws import found, said

EXISTING = "network: {existing: {vpc: vpc-1, subnets: [subnet-1, subnet-2]}}\n"


def group(machine: str = "p5.48xlarge", nodes: object = 2, more: str = "") -> str:
    return f"groups: [{{name: train, machine: {machine}, nodes: {nodes}{more}}}]\n"


def subnets(free: int | None = 200, **facts: str) -> str:
    known = {"zone": "us-east-1a", "vpc": "vpc-1"} | facts
    row = "".join(f"{key}: {value}, " for key, value in known.items()) + (f"free: {free}, " if free is not None else "")
    return (
        "network: {id: vpc-1, cidrs: [10.0.0.0/16]}\n"
        f"subnets:\n  subnet-1: {{{row}cidr: 10.0.1.0/24}}\n  subnet-2: {{{row}cidr: 10.0.2.0/24}}\n"
    )


def test_a_hint_about_efa_names_a_type_of_the_family_that_has_it() -> None:
    for name in names():
        near = smallest_with_efa(name)
        row = machine(near) if near else None
        assert near is None or (row and row.efa_interfaces and near.split(".")[0] == name.split(".")[0])
    assert smallest_with_efa("g6.xlarge") == "g6.8xlarge"
    assert smallest_with_efa("t3.large") is None


def test_a_family_without_efa_is_left_with_ethernet() -> None:
    (finding,) = found("CW-NET-101", group("t3.large", more=", fabric: efa"))
    assert finding.hint == "leave `fabric` out"


@pytest.mark.parametrize("machine", ["c7i.48xlarge", "g6.2xlarge"])
def test_ethernet_is_right_for_nodes_without_gpus_or_without_efa(machine: str) -> None:
    assert said("CW-NET-102", group(machine, more=", fabric: none")) == []


def test_one_interface_is_counted_as_one() -> None:
    assert said("CW-NET-102", group("g6.8xlarge", more=", fabric: none")) == [
        "group `train` has no fabric, and g6.8xlarge has 1 EFA interface"
    ]


@pytest.mark.parametrize(
    "more",
    [
        ", capacity: {kind: reservation, id: cr-0123456789abcdef0}",
        ", fabric: none",
    ],
)
def test_nodes_that_are_reserved_or_have_no_efa_need_no_placement_group(more: str) -> None:
    assert said("CW-NET-103", group(more=f", placement: {{kind: none}}{more}")) == []


@pytest.mark.parametrize(
    ("cidr", "good"),
    [("10.0.0.0/8", "10.0.0.0/16"), ("10.20.0.0/28", "10.20.0.0/24"), ("10.20.7.64/26", "10.20.7.0/24")],
)
def test_a_range_of_another_size_gets_the_nearest_that_fits(cidr: str, good: str) -> None:
    (finding,) = found("CW-NET-104", f"network: {{cidr: {cidr}}}\n")
    assert finding.hint == f"write `cidr: {good}`"
    assert said("CW-NET-104", f"network: {{cidr: {good}}}\n") == []


@given(nodes=st.integers(0, 10_000), prefix=st.integers(16, 24))
@settings(max_examples=60, deadline=None)
def test_the_range_of_a_hint_has_room(nodes: int, prefix: int) -> None:
    """Whatever the number of nodes, the range that is proposed is enough and the next smaller one is not."""
    spec = group("c7i.8xlarge", nodes)
    for finding in found("CW-NET-105", spec + f"network: {{cidr: 10.20.0.0/{prefix}}}\n"):
        good = IPv4Network(finding.hint.split("`")[1].removeprefix("cidr: "))
        assert found("CW-NET-105", spec + f"network: {{cidr: {good}}}\n") == []
        assert found("CW-NET-105", spec + f"network: {{cidr: 10.20.0.0/{good.prefixlen + 1}}}\n") != []


def test_more_nodes_than_any_network_holds_are_too_many() -> None:
    four = ", ".join(f"{{name: g{number}, machine: c7i.8xlarge, nodes: 10000}}" for number in range(4))
    (finding,) = found("CW-NET-105", f"groups: [{four}]\n")
    assert (finding.path, finding.hint) == (("network",), "no VPC is large enough: have fewer nodes")


def test_efa_only_interfaces_take_no_addresses() -> None:
    assert said("CW-NET-105", group("p5.48xlarge", 120) + "network: {cidr: 10.20.0.0/24}\n") == []


def test_existing_subnets_are_counted_together() -> None:
    assert said("CW-NET-115", group("c7i.8xlarge", 501) + EXISTING, subnets()) == []
    assert said("CW-NET-115", group("c7i.8xlarge", 502) + EXISTING, subnets()) == [
        "the subnets have room for 502 addresses, and the cluster may want 503"
    ]


def test_what_is_too_small_for_good_is_not_called_full_too() -> None:
    assert said("CW-NET-116", group("c7i.8xlarge", 502) + EXISTING, subnets(100)) == []
    assert said("CW-NET-116", group("c7i.8xlarge", 300) + EXISTING, subnets(100)) == [
        "the subnets have 200 free addresses, and the cluster may want 301"
    ]


def test_how_much_is_free_may_be_unknown() -> None:
    assert said("CW-NET-116", group("c7i.8xlarge", 300) + EXISTING, subnets(None)) == []


def test_each_subnet_is_looked_at() -> None:
    assert said("CW-NET-012", EXISTING, subnets(vpc="vpc-2")) == [
        "subnet `subnet-1` is of `vpc-2`, the cluster of `vpc-1`",
        "subnet `subnet-2` is of `vpc-2`, the cluster of `vpc-1`",
    ]


def test_subnets_in_other_zones_are_left_alone_and_not_counted() -> None:
    lock = subnets()
    beyond = lock[: lock.rindex("us-east-1a")] + "us-east-1c" + lock[lock.rindex("us-east-1a") + 10 :]
    assert said("CW-NET-113", EXISTING, beyond) == []
    assert said("CW-NET-113", EXISTING, subnets(zone="us-east-1c")) == [
        "the subnets are in us-east-1c, the cluster in us-east-1a"
    ]
    assert said("CW-NET-115", group("c7i.8xlarge", 300) + EXISTING, lock) == []
    assert len(said("CW-NET-115", group("c7i.8xlarge", 300) + EXISTING, beyond)) == 1


def test_a_vpc_that_the_lock_does_not_know_is_reported_once() -> None:
    assert said("CW-NET-011", EXISTING, subnets().replace("id: vpc-1", "id: vpc-9")) == [
        "the lock of 2026-11-24 has no network `vpc-1`; it has: vpc-9"
    ]
    assert said("CW-NET-114", EXISTING, "network: {id: vpc-9, cidrs: [], dns_support: false}\n") == []


def test_dns_that_nobody_asked_about_is_not_called_off() -> None:
    assert said("CW-NET-114", EXISTING, subnets()) == []
    off = "network: {id: vpc-1, cidrs: [], dns_support: false, dns_hostnames: false}\n"
    assert said("CW-NET-114", EXISTING, off) == ["VPC `vpc-1` has DNS support off", "VPC `vpc-1` has DNS hostnames off"]


def test_an_existing_network_has_endpoints_of_its_own() -> None:
    existing = "network: {endpoints: [ssm], existing: {vpc: vpc-1, subnets: [subnet-1]}}\n"
    assert said("CW-NET-122", existing) == []
    assert said("CW-NET-117", existing) == ["`endpoints` has no effect in an existing network"]
