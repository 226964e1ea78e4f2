"""The network: packets, fabrics, and a network that is there already."""

import pytest

from tests.rules.gcp import found, said

EXISTING = "network: {existing: {vpc: ml, subnets: [one, two]}}\n"


def group(machine: str, more: str = "") -> str:
    return f"groups: [{{name: t, machine: {machine}{more}}}]\n"


@pytest.mark.parametrize(
    ("machine", "mtu"),
    [("a3-highgpu-8g", 8244), ("a3-megagpu-8g", 8244), ("a3-ultragpu-8g", 8896), ("a4-highgpu-8g", 8896)],
)
def test_each_machine_type_has_its_own_packets(machine: str, mtu: int) -> None:
    assert said("CW-NET-202", group(machine) + f"network: {{mtu: {mtu}}}\n") == []
    (finding,) = found("CW-NET-202", group(machine) + "network: {mtu: 1500}\n")
    assert finding.hint == f"write `mtu: {mtu}`, or leave `mtu` out"


def test_a_machine_type_that_any_packets_suit_asks_for_none() -> None:
    assert said("CW-NET-202", group("g2-standard-8") + "network: {mtu: 1500}\n") == []


def test_an_mtu_that_suits_one_of_the_groups_is_right() -> None:
    two = "groups: [{name: t, machine: a3-megagpu-8g}, {name: u, machine: a4-highgpu-8g}]\n"
    assert said("CW-NET-202", two + "network: {mtu: 8896}\n") == []


def test_of_an_mtu_that_no_network_carries_one_rule_speaks() -> None:
    spec = group("a3-megagpu-8g") + "network: {mtu: 9001}\n"
    assert len(said("CW-NET-201", spec)) == 1
    assert said("CW-NET-202", spec) == []


def test_a_machine_type_without_a_fabric_has_none() -> None:
    (finding,) = found("CW-NET-203", group("a2-highgpu-8g", ", fabric: rdma"))
    assert finding.what == "group `t` asks for fabric rdma, and a2-highgpu-8g has none"
    assert said("CW-NET-203", group("a2-highgpu-8g", ", fabric: none")) == []


def test_a_fabric_of_another_cloud_is_another_rules_matter() -> None:
    assert said("CW-NET-203", group("a3-megagpu-8g", ", fabric: efa")) == []


def test_addresses_that_are_free_count_before_those_that_there_are() -> None:
    nodes = group("g2-standard-8", ", nodes: 30")
    lock = (
        "network: {id: ml, cidrs: [10.0.0.0/16]}\n"
        "subnets: {one: {cidr: 10.0.0.0/24, free: 10, vpc: ml}, two: {cidr: 10.0.1.0/28, vpc: ml}}\n"
    )
    assert said("CW-NET-223", nodes + EXISTING, lock) == [
        "the head and all groups are 31 nodes, the subnets have 22 addresses free"
    ]
    assert said("CW-NET-223", nodes.replace("30", "21") + EXISTING, lock) == []


def test_of_a_subnet_that_the_lock_does_not_know_one_rule_speaks() -> None:
    lock = "network: {id: ml, cidrs: [10.0.0.0/16]}\nsubnets: {one: {cidr: 10.0.0.0/29, vpc: ml}}\n"
    assert len(said("CW-NET-221", group("g2-standard-8", ", nodes: 9") + EXISTING, lock)) == 1
    assert said("CW-NET-222", group("g2-standard-8", ", nodes: 9") + EXISTING, lock) == []
    assert said("CW-NET-223", group("g2-standard-8", ", nodes: 9") + EXISTING, lock) == []


@pytest.mark.parametrize("code", [f"CW-NET-22{number}" for number in range(1, 6)])
def test_a_network_of_the_clusters_own_is_not_looked_up(code: str) -> None:
    assert said(code, group("a3-megagpu-8g"), "") == []
    assert said(code, group("a3-megagpu-8g")) == []


@pytest.mark.parametrize("cidr", ["10.0.0.0/7", "10.20.0.0/25"])
def test_a_range_that_can_not_be_divided(cidr: str) -> None:
    network = f"network: {{cidr: {cidr}}}\n".replace("10.0.0.0/7", "10.0.0.0/7")
    assert said("CW-NET-213", network) == [f"the range {cidr} can't be divided"]


def test_the_range_that_is_offered_has_room() -> None:
    many = group("a3-megagpu-8g", ", nodes: 5000")
    (finding,) = found("CW-NET-213", many)
    assert finding.hint == "write `cidr: 10.20.0.0/14`"
    assert said("CW-NET-213", many + "network: {cidr: 10.20.0.0/14}\n") == []


def test_the_range_that_is_left_open_has_room_for_file_systems() -> None:
    storage = "storage: [{name: b}, {name: s, kind: lustre, size: 9000 GiB}, {name: n, kind: nfs}]\n"
    assert said("CW-NET-211", storage) == []
    assert said("CW-NET-212", storage) == []


def test_a_bucket_needs_no_range() -> None:
    assert said("CW-NET-212", EXISTING + "storage: [{name: b}]\n") == []
