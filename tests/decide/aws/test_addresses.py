"""Subnets lie at fixed places inside the network, and the cluster's demand of addresses is known before it is made."""

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterwright.decide.aws.addresses import LARGEST, RESERVED, SMALLEST, Demand, Layout, demand, layout, usable
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.load import parse_spec

EXISTING = "network: {existing: {vpc: vpc-1, subnets: [subnet-1]}}\n"


def spec_of(text: str = "") -> ClusterSpec:
    return parse_spec(f"name: a\nprovider: aws\n{text}").spec


def layout_of(text: str = "") -> Layout:
    laid = layout(spec_of(text))
    assert laid is not None
    return laid


CIDRS = st.builds(
    lambda address, prefix: IPv4Network((address, prefix), strict=False),
    st.integers(0, 2**32 - 1),
    st.integers(LARGEST, SMALLEST),
)


@given(CIDRS)
def test_subnets_never_overlap_and_lie_inside_the_network(cidr: IPv4Network) -> None:
    subnets = list(layout_of(f"network: {{cidr: {cidr}}}\n").subnets.values())
    assert all(subnet.subnet_of(cidr) for subnet in subnets)
    assert not any(a.overlaps(b) for index, a in enumerate(subnets) for b in subnets[index + 1 :])
    assert all(16 <= subnet.num_addresses <= 65536 for subnet in subnets)


@given(CIDRS, st.integers(1, 20), st.integers(0, 10_000))
def test_subnets_stay_where_they_are_whatever_groups_there_are(cidr: IPv4Network, groups: int, nodes: int) -> None:
    listed = ", ".join(f"{{name: g{number}, nodes: {nodes}}}" for number in range(groups))
    network = f"network: {{cidr: {cidr}}}\n"
    assert layout_of(f"{network}groups: [{listed}]\nstorage: [{{name: a, kind: nfs}}]\n") == layout_of(network)


def test_the_layout_of_the_default_network_is_this_one_for_good() -> None:
    assert {name: str(subnet) for name, subnet in layout_of().subnets.items()} == {
        "nodes": "10.20.0.0/17",
        "services": "10.20.128.0/18",
        "public": "10.20.192.0/20",
    }
    assert str(layout_of().vpc) == "10.20.0.0/16"


@pytest.mark.parametrize("network", ["network: {cidr: 10.0.0.0/15}\n", "network: {cidr: 10.0.0.0/25}\n", EXISTING])
def test_a_network_that_is_no_vpc_of_ours_has_no_layout(network: str) -> None:
    assert layout(spec_of(network)) is None


def test_aws_keeps_five_addresses_of_each_subnet() -> None:
    assert usable(IPv4Network("10.0.0.0/24")) == 256 - RESERVED == 251


def test_nodes_take_one_address_each_whatever_interfaces_they_have() -> None:
    prep = "{name: b, machine: c7i.large, nodes: {min: 0, max: 5}}"
    groups = f"groups: [{{name: a, machine: p5.48xlarge, nodes: 100}}, {prep}]\n"
    assert demand(spec_of(groups)) == Demand(nodes=1 + 100 + 5, services=0, public=1)


def test_file_systems_and_endpoints_take_addresses_among_the_services() -> None:
    text = (
        "groups: [{name: a, nodes: 1}]\n"
        "storage: [{name: d}, {name: h, kind: nfs}, {name: s, kind: lustre, size: 4800 GiB}]\n"
        "network: {endpoints: [s3, ssm, logs]}\n"
    )
    assert demand(spec_of(text)) == Demand(nodes=2, services=1 + (2 + 4) + 3 + 1, public=1)


def test_lustre_with_efa_stands_among_the_nodes() -> None:
    text = (
        "groups: [{name: a, machine: p5.48xlarge, nodes: 2}]\n"
        "storage: [{name: s, kind: lustre, size: 19200 GiB, throughput: 250 MB/s/TiB, efa: true}]\n"
    )
    assert demand(spec_of(text)) == Demand(nodes=1 + 2 + 2 + 16, services=0, public=1)


def test_an_existing_network_brings_its_own_endpoints_and_way_out() -> None:
    existing = "network: {existing: {vpc: vpc-1, subnets: [subnet-1]}, endpoints: [ssm]}\n"
    assert demand(spec_of(existing)) == Demand(nodes=3, services=0, public=0)
