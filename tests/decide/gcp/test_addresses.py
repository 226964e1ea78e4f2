"""Ranges of addresses have fixed places that never overlap, whatever the groups."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterwright.decide.gcp.addresses import Layout, Subnet, demand, layout
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.load import parse_spec

WHOLE = "name: a\nprovider: gcp\nproject: my-project\nregion: us-central1\nzone: us-central1-a\n"


def spec_of(text: str) -> ClusterSpec:
    return parse_spec(WHOLE + text).spec


def layout_of(text: str) -> Layout:
    found = layout(spec_of(text))
    assert found is not None
    return found


def test_the_ranges_of_the_default_network() -> None:
    found = layout_of("")
    assert (found.cidr, found.services) == ("10.20.0.0/16", "10.21.0.0/20")
    assert {subnet.name: subnet.cidr for subnet in found.subnets} == {
        "nodes": "10.20.0.0/17",
        "data-1": "10.20.128.0/21",
        "data-2": "10.20.136.0/21",
        "data-3": "10.20.144.0/21",
        "data-4": "10.20.152.0/21",
        "data-5": "10.20.160.0/21",
        "data-6": "10.20.168.0/21",
        "data-7": "10.20.176.0/21",
        "data-8": "10.20.184.0/21",
        "rdma-1": "10.20.192.0/21",
        "rdma-2": "10.20.200.0/21",
        "rdma-3": "10.20.208.0/21",
        "rdma-4": "10.20.216.0/21",
        "rdma-5": "10.20.224.0/21",
        "rdma-6": "10.20.232.0/21",
        "rdma-7": "10.20.240.0/21",
        "rdma-8": "10.20.248.0/21",
    }
    assert {subnet.network for subnet in found.subnets if subnet.name.startswith("rdma")} == {"rdma"}


CIDRS = st.builds(
    lambda base, prefix, place: list(IPv4Network(base).subnets(new_prefix=prefix))[
        place % 2 ** (prefix - IPv4Network(base).prefixlen)
    ],
    st.sampled_from(["10.0.0.0/12", "10.240.0.0/12", "172.16.0.0/12", "192.168.0.0/16"]),
    st.integers(16, 24),
    st.integers(0, 4095),
)


@given(CIDRS)
def test_no_two_ranges_overlap_and_all_but_that_of_services_are_inside_the_network(own: IPv4Network) -> None:
    found = layout_of(f"network: {{cidr: {own}}}")
    ranges = [IPv4Network(subnet.cidr) for subnet in found.subnets]
    assert all(cidr.subnet_of(own) and cidr.prefixlen <= 29 for cidr in ranges)
    services = IPv4Network(found.services)
    assert services.is_private
    assert not services.overlaps(own)
    assert not any(one.overlaps(other) for one, other in combinations(ranges, 2))


@pytest.mark.parametrize(
    ("cidr", "services"),
    [
        ("10.0.0.0/8", "172.31.240.0/20"),  # what follows is not private
        ("192.168.0.0/16", "10.255.240.0/20"),
        ("10.20.0.0/22", "10.20.16.0/20"),  # the next place where a /20 can begin
    ],
)
def test_the_range_of_services_is_behind_the_network_s_own_or_elsewhere(cidr: str, services: str) -> None:
    assert layout_of(f"network: {{cidr: {cidr}}}").services == services


def test_a_given_range_of_services_is_taken() -> None:
    assert layout_of("network: {services_cidr: 172.20.0.0/20}").services == "172.20.0.0/20"


@pytest.mark.parametrize("cidr", ["10.20.0.0/25", "0.0.0.0/0"])
def test_a_range_that_is_too_small_or_too_large_has_no_layout(cidr: str) -> None:
    assert layout(spec_of(f"network: {{cidr: {cidr}}}")) is None


def test_groups_and_file_systems_move_no_range() -> None:
    groups = "groups: [{name: a, machine: a3-megagpu-8g, nodes: 9}, {name: b, machine: a4-highgpu-8g, nodes: 900}]\n"
    assert layout_of(groups + "storage: [{name: d}, {name: h, kind: nfs}]") == layout_of("")


def test_google_keeps_four_addresses_of_each_subnet() -> None:
    assert Subnet("a", "a", "10.0.0.0/29").usable == 4


def test_each_interface_of_each_node_takes_an_address() -> None:
    groups = (
        "groups: [{name: a, machine: a3-megagpu-8g, nodes: 9}, {name: b, machine: a4-highgpu-8g, nodes: 4},"
        " {name: c, machine: g2-standard-8, nodes: {min: 0, max: 5}}]\n"
    )
    taken = demand(spec_of(groups))
    assert taken["nodes"] == 1 + 9 + 4 + 5
    assert [taken[f"data-{n}"] for n in range(1, 9)] == [9 + 4] + 7 * [9]
    assert [taken[f"rdma-{n}"] for n in range(1, 9)] == 8 * [4]


def test_file_systems_take_ranges_of_services() -> None:
    storage = (
        "storage: [{name: d}, {name: h, kind: nfs}, {name: o, kind: nfs, tier: basic_hdd},"
        " {name: s, kind: lustre, size: 9000 GiB}]"
    )
    assert demand(spec_of(storage))["services"] == 64 + 8 + 512
    assert demand(spec_of(""))["services"] == 0


def test_room_and_demand_have_the_same_names() -> None:
    groups = "groups: [{name: a, machine: a3-megagpu-8g, nodes: 9}, {name: b, machine: a4-highgpu-8g, nodes: 4}]\n"
    assert demand(spec_of(groups)).keys() == layout_of(groups).room.keys()
