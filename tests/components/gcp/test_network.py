"""Networks are the plan's, nothing is open to the world, and file systems have a peering that can be taken away."""

from __future__ import annotations

import pytest

from components.recorder import Recorder, inputs_of
from tests.components.gcp.clusters import ALL, FAMILIES, planned, registered


def inputs(recorder: Recorder, kind: str) -> dict[str, dict[str, object]]:
    return {one.name: inputs_of(one) for one in recorder.requests if one.type.endswith(f":{kind}")}


@pytest.mark.parametrize("name", ALL)
def test_networks_are_the_plan_s(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    made = {str(one["name"]): one for one in inputs(recorder, "Network").values()}
    assert made.keys() == {one.full_name for one in plan.network.networks}
    for network in plan.network.networks:
        one = made[network.full_name]
        assert one["autoCreateSubnetworks"] is False
        assert one.get("mtu") == network.mtu
        place = f"projects/{plan.project}/global/networkProfiles"
        assert one.get("networkProfile") == (f"{place}/{network.profile}" if network.profile else None)
    subnets = {str(one["name"]): one for one in inputs(recorder, "Subnetwork").values()}
    assert subnets.keys() == {subnet.full_name for one in plan.network.networks for subnet in one.subnets}
    for network in plan.network.networks:
        for subnet in network.subnets:
            one = subnets[subnet.full_name]
            assert (one["ipCidrRange"], one["privateIpGoogleAccess"]) == (subnet.cidr, subnet.private_access)
            assert ("logConfig" in one) is (subnet.flow_logs is not None)
            assert one["network"] == f"{plan.name}-network-{network.name}-id"


@pytest.mark.parametrize(
    ("name", "networks"),
    [
        ("g2", {"nodes": 8896}),
        ("a2-highgpu", {"nodes": 8896}),
        ("a2-ultragpu", {"nodes": 8896}),
        ("a3-highgpu", {"nodes": 8244}),
        ("a3-megagpu", {"nodes": 8244, **{f"data-{n}": 8896 for n in range(1, 9)}}),
        ("a3-ultragpu", {"nodes": 8896, "data-1": 8896, "rdma": 8896}),
        ("a4", {"nodes": 8896, "data-1": 8896, "rdma": 8896}),
        ("a4x", {"nodes": 8896, "data-1": 8896, "rdma": 8896}),
    ],
)
def test_each_family_has_its_networks_with_their_packet_sizes(name: str, networks: dict[str, int]) -> None:
    made = inputs(registered(name), "Network")
    assert {one.removeprefix("a-network-"): made[one]["mtu"] for one in made} == networks


def test_every_family_is_looked_at() -> None:
    assert FAMILIES.keys() == {
        "a2-highgpu", "a2-ultragpu", "a3-highgpu", "a3-megagpu", "a3-ultragpu", "a4", "a4x", "g2",
    }  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_rules_let_in_what_the_plan_says_and_only_to_the_cluster_s_own_accounts(name: str) -> None:
    plan, made = planned(name), inputs(registered(name), "Firewall")
    emails = {account.role: account.email for account in plan.identity.accounts}
    assert len(made) == len(plan.network.firewall)
    for rule in plan.network.firewall:
        [one] = [one for one in made.values() if one["name"] == rule.name]
        assert one["direction"] == "INGRESS"
        assert one.get("sourceRanges", []) == [*rule.source_ranges]
        assert one.get("sourceServiceAccounts", []) == [emails[role] for role in rule.source_roles]
        assert one["targetServiceAccounts"] == [emails[role] for role in rule.target_roles]
        assert "0.0.0.0/0" not in rule.source_ranges
        assert one.get("sourceRanges") or one.get("sourceServiceAccounts")


def test_protocols_have_their_ports_and_others_all_of_them() -> None:
    made = inputs(registered("bert-large-gcp"), "Firewall")
    assert made["bert-large-network-sessions"]["allows"] == [{"protocol": "tcp", "ports": ["22"]}]
    assert made["bert-large-network-internal"]["allows"] == [{"protocol": one} for one in ("tcp", "udp", "icmp")]
    assert made["bert-large-network-lustre"]["allows"] == [{"protocol": "tcp", "ports": ["988"]}]


def test_rules_wait_for_the_accounts_that_they_name() -> None:
    recorder = registered("bert-large-gcp")
    names = {recorder.urn(one): one.name for one in recorder.requests}
    accounts = {"bert-large-identity-head", "bert-large-identity-compute"}
    for rule in (one for one in recorder.requests if one.type.endswith(":Firewall")):
        assert accounts <= {names[urn] for urn in rule.dependencies}


def test_what_is_kept_waits_for_nothing_that_would_stay_with_it() -> None:
    recorder = registered("bert-large-gcp")
    urns = {recorder.urn(one): one for one in recorder.requests}
    left = [one for one in recorder.requests if one.protect]
    stays: set[str] = set()
    while left:
        one = left.pop()
        stays.add(one.name)
        left += [urns[urn] for urn in (*one.dependencies, one.parent) if urn in urns and urns[urn].name not in stays]
    assert "bert-large-identity-head" not in stays
    assert "bert-large-network-nodes-nodes" not in stays


def test_the_nodes_subnet_alone_has_a_way_out() -> None:
    nat = registered("bert-large-gcp").inputs("bert-large-network-nat", ":RouterNat")
    assert nat["sourceSubnetworkIpRangesToNat"] == "LIST_OF_SUBNETWORKS"
    assert nat["subnetworks"] == [
        {"name": "bert-large-network-nodes-nodes-id", "sourceIpRangesToNats": ["ALL_IP_RANGES"]}
    ]
    assert nat["logConfig"] == {"enable": True, "filter": "ERRORS_ONLY"}


def test_the_peering_of_file_systems_has_its_range_and_goes_with_the_network() -> None:
    recorder = registered("bert-large-gcp")
    taken = recorder.inputs("bert-large-network-services", ":GlobalAddress")
    assert (taken["address"], taken["prefixLength"], taken["purpose"]) == ("10.21.0.0", 16, "VPC_PEERING")
    peering = recorder.inputs("bert-large-network-services", ":Connection")
    assert peering["reservedPeeringRanges"] == ["bert-large-services"]
    assert peering["deletionPolicy"] == "REMOVE_PEERING"


def test_an_existing_network_is_named_in_full_and_has_rules_alone() -> None:
    recorder = registered("existing")
    kinds = {one.type.split(":")[-1] for one in recorder.requests if one.name.startswith("a-network-")}
    assert kinds == {"Firewall"}
    vpc = "projects/my-project/global/networks/mine"
    assert {one["network"] for one in inputs(recorder, "Firewall").values()} == {vpc}
    head = recorder.inputs("a-compute-head", "compute/instance:Instance")
    assert head["networkInterfaces"][0]["subnetwork"] == "projects/my-project/regions/us-central1/subnetworks/mine-1"
