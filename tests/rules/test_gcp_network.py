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


def test_of_groups_with_different_packets_the_smallest_hold() -> None:
    two = "groups: [{name: t, machine: a4-highgpu-8g}, {name: u, machine: a3-megagpu-8g}]\n"
    assert said("CW-NET-202", two + "network: {mtu: 8244}\n") == []
    assert said("CW-NET-202", two + "network: {mtu: 8896}\n") == [
        "the MTU is 8896 bytes, and a3-megagpu-8g of group `u` is made for 8244"
    ]


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


def test_a_subnet_has_room_by_its_range() -> None:
    """What was free when the lock was made may be less: a cluster that is up has its own addresses already."""
    nodes = group("g2-standard-8", ", nodes: 12") + EXISTING
    lock = "network: {id: ml, cidrs: []}\nsubnets: {one: {cidr: 10.0.0.0/%s, free: 0, vpc: ml}}\n"
    assert said("CW-NET-223", nodes, lock % 27) == []
    assert said("CW-NET-223", nodes, lock % 28) == [
        "the head and all groups are 13 nodes, subnet `one` (10.0.0.0/28) has room for 12"
    ]


def test_only_networks_that_the_cluster_uses_can_overlap() -> None:
    lock = "network: {id: ml, cidrs: [10.20.0.0/16]}\nsubnets: {one: {cidr: 10.20.128.0/17, vpc: ml}}\n"
    assert len(said("CW-NET-225", group("a3-megagpu-8g", ", nodes: 2") + EXISTING, lock)) == 1
    assert said("CW-NET-225", group("g2-standard-8", ", nodes: 2") + EXISTING, lock) == []


def test_of_a_subnet_that_the_lock_does_not_know_one_rule_speaks() -> None:
    lock = "network: {id: ml, cidrs: [10.0.0.0/16]}\nsubnets: {two: {cidr: 10.0.0.0/29, vpc: ml}}\n"
    spec = group("a3-megagpu-8g", ", nodes: 9") + EXISTING
    assert said("CW-NET-011", spec, lock) == ["the lock of 2026-11-24 has no subnet `one`; it has: two"]
    assert [said(code, spec, lock) for code in ("CW-NET-012", "CW-NET-223", "CW-NET-225")] == [[], [], []]


@pytest.mark.parametrize("code", ["CW-NET-011", "CW-NET-012", "CW-NET-223", "CW-NET-224", "CW-NET-225"])
def test_a_network_of_the_clusters_own_is_not_looked_up(code: str) -> None:
    assert said(code, group("a3-megagpu-8g"), "") == []
    assert said(code, group("a3-megagpu-8g")) == []


def test_of_a_lock_of_another_network_one_rule_speaks() -> None:
    lock = "network: {id: other, cidrs: [], mtu: 1460}\nsubnets: {one: {cidr: 10.0.0.0/24, vpc: ml}}\n"
    spec = group("a3-megagpu-8g", ", nodes: 2") + EXISTING.replace(", two", "")
    assert said("CW-NET-011", spec, lock) == ["the lock of 2026-11-24 has no network `ml`; it has: other"]
    assert said("CW-NET-012", spec, lock) == said("CW-NET-224", spec, lock) == []


@pytest.mark.parametrize("cidr", ["10.0.0.0/7", "10.20.0.0/25"])
def test_a_range_that_can_not_be_divided(cidr: str) -> None:
    network = f"network: {{cidr: {cidr}}}\n"
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


def test_of_a_range_that_nothing_reads_no_rule_says_that_it_is_too_small() -> None:
    network = "network: {existing: {vpc: ml, subnets: [one]}, services_cidr: 10.0.0.0/30}\n"
    storage = "storage: [{name: b}, {name: n, kind: nfs}]\n"
    assert said("CW-NET-211", network + storage) == []
    assert len(said("CW-NET-212", network + storage)) == 1
