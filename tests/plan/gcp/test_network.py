"""The network of a cluster on GCP: what its machines need, and nothing that is open to the world."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest

from clusterwright.catalog import gcp
from clusterwright.plan.gcp.model import NetworkPlan
from tests.plan.gcp.plans import group, plan_of

DATA = [f"data-{n}" for n in range(1, 9)]
RDMA = [f"rdma-{n}" for n in range(1, 9)]


def network_of(text: str) -> NetworkPlan:
    return plan_of(text).network


@pytest.mark.parametrize(
    ("machine", "more", "networks"),
    [
        ("g2-standard-8", "", [("nodes", 8896, None, ["nodes"])]),
        ("a2-highgpu-8g", "", [("nodes", 8896, None, ["nodes"])]),
        ("a3-megagpu-8g", "", [("nodes", 8244, None, ["nodes"]), *((name, 8896, None, [name]) for name in DATA)]),
        (
            "a3-ultragpu-8g",
            ", capacity: {kind: spot}",
            [
                ("nodes", 8896, None, ["nodes"]),
                ("data-1", 8896, None, ["data-1"]),
                ("rdma", 8896, "us-central1-b-vpc-roce", RDMA),
            ],
        ),
        (
            "a4-highgpu-8g",
            ", capacity: {kind: spot}",
            [
                ("nodes", 8896, None, ["nodes"]),
                ("data-1", 8896, None, ["data-1"]),
                ("rdma", 8896, "us-central1-b-vpc-roce", RDMA),
            ],
        ),
        (
            "a4x-highgpu-4g",
            ", capacity: {kind: reservation, id: r}",
            [
                ("nodes", 8896, None, ["nodes"]),
                ("data-1", 8896, None, ["data-1"]),
                ("rdma", 8896, "us-central1-a-vpc-roce", RDMA[:4]),
            ],
        ),
    ],
)
def test_the_networks_of_each_family(machine: str, more: str, networks: list[object]) -> None:
    nodes = 18 if machine.startswith("a4x") else 2
    plan = network_of(group(machine, nodes, more))
    assert [(one.name, one.mtu, one.profile, [s.name for s in one.subnets]) for one in plan.networks] == networks


def test_groups_share_networks_and_the_smallest_packet_counts() -> None:
    plan = network_of(
        "job: none\n"
        "groups: [{name: a, machine: a3-megagpu-8g}, {name: b, machine: a4-highgpu-8g, capacity: {kind: spot}}]\n"
    )
    assert [one.name for one in plan.networks] == ["nodes", *DATA, "rdma"]
    assert plan.networks[0].mtu == 8244


def test_a_given_packet_size_and_range_are_taken() -> None:
    plan = network_of("network: {mtu: 1460, cidr: 172.16.0.0/16}\n")
    assert plan.networks[0].mtu == 1460
    assert plan.networks[0].subnets[0].cidr == "172.16.0.0/17"


def test_only_the_nodes_network_has_a_way_out_private_access_and_flow_logs() -> None:
    plan = network_of(group("a3-megagpu-8g"))
    assert plan.nat is not None
    assert (plan.nat.network, plan.nat.subnet) == ("a-nodes", "a-nodes")
    for network in plan.networks:
        nodes = network.name == "nodes"
        assert [(s.private_access, s.flow_logs is not None) for s in network.subnets] == [(nodes, nodes)]
    assert network_of("network: {flow_logs: false}\n").networks[0].subnets[0].flow_logs is None


def test_flow_logs_are_of_all_flows_with_their_names() -> None:
    logs = network_of("").networks[0].subnets[0].flow_logs
    assert logs is not None
    assert (logs.sampling, logs.metadata) == (1.0, "INCLUDE_ALL_METADATA")


def test_no_ranges_of_the_plan_overlap() -> None:
    plan = network_of(group("a4-highgpu-8g", 2, ", capacity: {kind: spot}") + "storage: [{name: h, kind: nfs}]\n")
    assert plan.services is not None
    ranges = [IPv4Network(subnet.cidr) for network in plan.networks for subnet in network.subnets]
    ranges.append(IPv4Network(plan.services.cidr))
    assert len(ranges) == 11
    assert not any(one.overlaps(other) for one, other in combinations(ranges, 2))


WITH_IMAGE = [name for name in gcp.names() if (row := gcp.machine(name)) and row.fabric != "tcpx"]
"""GPUDirect-TCPX has no image with Slurm's packages, so a rule refuses its machines."""


@pytest.mark.parametrize("machine", WITH_IMAGE)
def test_a_machine_s_interfaces_are_in_subnets_that_are_made(machine: str) -> None:
    row = gcp.machine(machine)
    assert row is not None
    bought = (row.capacity or ("on_demand",))[0]
    more = {
        "reservation": ", capacity: {kind: reservation, id: r}",
        "flex_start": ", capacity: {kind: flex_start, duration: 24 h}",
        "spot": ", capacity: {kind: spot}",
    }.get(bought, "")
    plan = plan_of(group(machine, row.nvlink_domain or 2, more))
    made = {(network.full_name, subnet.full_name) for network in plan.network.networks for subnet in network.subnets}
    used = [(one.network, one.subnet) for one in plan.groups[0].instance.interfaces]
    assert len(used) == (row.interfaces if row.fabric else 1)
    assert set(used) | {("a-nodes", "a-nodes")} == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        group("a3-megagpu-8g"),
        "network: {access: {ssh_from: [10.8.0.0/16]}}\n",
        "storage: [{name: d}, {name: h, kind: nfs, tier: basic_hdd}, {name: l, kind: lustre, size: 9000 GiB}]\n",
        "network: {existing: {vpc: mine, subnets: [mine-1]}}\n",
    ],
)
def test_nothing_is_let_in_from_the_world(text: str) -> None:
    plan = plan_of(text)
    for rule in plan.network.firewall:
        assert bool(rule.source_ranges) != bool(rule.source_roles)
        assert rule.target_roles
        for source in rule.source_ranges:
            assert source == "35.235.240.0/20" or IPv4Network(source).is_private
    assert not plan.head.instance.public_address


def test_sessions_and_shells_reach_the_head_alone() -> None:
    rules = {rule.name: rule for rule in network_of("network: {access: {ssh_from: [10.8.0.0/16]}}\n").firewall}
    for name, source in (("a-sessions", "35.235.240.0/20"), ("a-ssh", "10.8.0.0/16")):
        assert (rules[name].source_ranges, rules[name].target_roles) == ((source,), ("head",))
        assert rules[name].allow == ("tcp:22",)
    assert "a-ssh" not in {rule.name for rule in network_of("").firewall}


def test_the_roce_network_has_no_rules_and_each_data_network_lets_in_itself() -> None:
    plan = network_of(group("a4-highgpu-8g", 2, ", capacity: {kind: spot}"))
    assert [(rule.network, rule.source_ranges, rule.allow) for rule in plan.firewall if rule.name == "a-data-1"] == [
        ("a-data-1", ("10.20.128.0/21",), ("tcp", "udp", "icmp"))
    ]
    assert not [rule for rule in plan.firewall if "rdma" in rule.network]


@pytest.mark.parametrize(
    ("storage", "allow"),
    [
        ("{name: h, kind: nfs}", {}),
        ("{name: h, kind: nfs, tier: basic_hdd}", {"a-nfs-locks": ("tcp:111,2046,4045",)}),
        ("{name: l, kind: lustre, size: 9000 GiB}", {"a-lustre": ("tcp:988",)}),
    ],
)
def test_file_systems_that_call_back_are_let_in_from_their_own_range(storage: str, allow: object) -> None:
    plan = network_of(f"storage: [{storage}]\n")
    assert plan.services is not None
    assert plan.services.deletion_policy == "REMOVE_PEERING"
    rules = [rule for rule in plan.firewall if rule.name in ("a-nfs-locks", "a-lustre")]
    assert {rule.name: rule.allow for rule in rules} == allow
    assert {rule.source_ranges for rule in rules} <= {(plan.services.cidr,)}


def test_without_file_systems_there_is_no_peering() -> None:
    assert network_of("").services is None


def test_an_existing_network_is_used_as_it_is() -> None:
    plan = plan_of("network: {existing: {vpc: mine, subnets: [mine-1, mine-2]}}\nstorage: [{name: h, kind: nfs}]\n")
    network = plan.network
    assert network.existing is not None
    assert (network.existing.vpc, network.existing.subnets) == ("mine", ("mine-1", "mine-2"))
    assert (network.networks, network.nat, network.services) == ((), None, None)
    assert {rule.network for rule in network.firewall} == {"mine"}
    places = [(one.network, one.subnet) for one in plan.groups[0].instance.interfaces]
    assert places == [("mine", "mine-1")]


def test_the_fabric_s_networks_are_made_beside_an_existing_one() -> None:
    plan = network_of(group("a3-megagpu-8g") + "network: {existing: {vpc: mine, subnets: [mine-1]}}\n")
    assert [one.name for one in plan.networks] == DATA


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("storage: [{name: h, kind: nfs}]\n", "keep"),
        ("storage: [{name: l, kind: lustre, size: 9000 GiB}]\n", "keep"),
        ("storage: [{name: h, kind: nfs, on_destroy: delete}]\n", "delete"),
        ("storage: [{name: d}]\n", "delete"),
        ("network: {existing: {vpc: mine, subnets: [mine-1]}}\nstorage: [{name: h, kind: nfs}]\n", "delete"),
    ],
)
def test_a_network_is_kept_that_a_kept_file_system_is_reached_through(text: str, expected: str) -> None:
    network = plan_of(text).network
    assert network.on_destroy == expected
    assert {one.on_destroy for one in network.networks if one.name == "nodes"} <= {expected}
    assert {one.on_destroy for one in network.networks if one.name != "nodes"} <= {"delete"}
