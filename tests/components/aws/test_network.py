"""The network is registered as the plan has it: closed, with one way out, or not at all where one is there."""

from __future__ import annotations

import json

import pytest

from tests.components.aws.clusters import ALL, SUBNET, VPC, planned, registered


@pytest.mark.parametrize("name", ALL)
def test_every_rule_of_the_plan_is_a_rule_of_its_group_and_there_is_no_other(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    rules = {
        (f"{plan.name}-network-{group.name}-id", rule.direction, rule.peer, rule.ports)
        for group in plan.network.security_groups
        for rule in group.rules
    }
    found = set()
    for request in recorder.requests:
        if request.type.endswith("gressRule"):
            inputs = recorder.inputs(request.name, request.type)
            direction = "ingress" if "Ingress" in request.type else "egress"
            peer = inputs.get("referencedSecurityGroupId", "").removeprefix(f"{plan.name}-network-").removesuffix("-id")
            ports = None if inputs["ipProtocol"] == "-1" else (int(inputs["fromPort"]), int(inputs["toPort"]))
            found.add((inputs["securityGroupId"], direction, peer or inputs["cidrIpv4"], ports))
    assert found == rules


def test_subnets_give_nothing_a_public_address_and_only_the_nat_s_leads_to_the_internet() -> None:
    recorder = registered("bert-large-aws")
    for subnet in ("nodes", "services", "public"):
        assert recorder.inputs(f"bert-large-network-{subnet}", ":Subnet")["mapPublicIpOnLaunch"] is False
        table = "public" if subnet == "public" else "private"
        association = recorder.inputs(f"bert-large-network-{subnet}", ":RouteTableAssociation")
        assert association["routeTableId"] == f"bert-large-network-{table}-id"
    out = recorder.inputs("bert-large-network-private-out")
    assert (out["destinationCidrBlock"], out["natGatewayId"]) == ("0.0.0.0/0", "bert-large-network-nat-id")
    assert recorder.inputs("bert-large-network-public-out")["gatewayId"] == "bert-large-network-internet-id"


def test_the_group_that_a_network_comes_with_lets_nothing_through() -> None:
    inputs = registered("bert-large-aws").inputs("bert-large-network-default")
    assert {"ingress", "egress"} & inputs.keys() == set()


def test_gateways_are_routes_of_the_nodes_and_interfaces_answer_for_the_service_s_own_name() -> None:
    recorder = registered("bert-large-aws")
    gateway, interface = (recorder.inputs(f"bert-large-network-{name}", ":VpcEndpoint") for name in ("s3", "logs"))
    assert [one["Sid"] for one in json.loads(gateway["policy"])["Statement"]] == ["ReadAnywhere", "WriteInThisAccount"]
    assert "policy" not in interface
    assert gateway["routeTableIds"] == ["bert-large-network-private-id"]
    assert interface["subnetIds"] == ["bert-large-network-services-id"]
    assert interface["securityGroupIds"] == ["bert-large-network-endpoints-id"]
    assert interface["privateDnsEnabled"] is True


def test_in_an_existing_network_nothing_is_made_but_security_groups() -> None:
    recorder = registered("existing")
    types = {one.type for one in recorder.requests if one.name.startswith("a-network-")}
    assert types == {
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    }
    assert recorder.inputs("a-network-cluster", ":SecurityGroup")["vpcId"] == VPC
    assert recorder.inputs("a-compute-head", ":NetworkInterface")["subnetId"] == SUBNET
    assert [one.name for one in recorder.requests if one.type.endswith(":FlowLog")] == []


def test_machines_wait_for_their_routes_and_rules() -> None:
    recorder = registered("bert-large-aws")
    names = {recorder.urn(one): one for one in recorder.requests}
    waited = {
        (names[urn].type.split(":")[-1], names[urn].name)
        for urn in recorder.request("bert-large-compute-head", ":Instance").dependencies
    }
    assert ("Route", "bert-large-network-private-out") in waited
    assert ("RouteTableAssociation", "bert-large-network-nodes") in waited
    assert ("VpcEndpoint", "bert-large-network-s3") in waited
    assert ("SecurityGroupEgressRule", "bert-large-network-cluster-egress-0.0.0.0-0-443") in waited
