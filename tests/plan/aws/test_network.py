"""The network of a cluster on AWS: private, closed to the world, and let through is what EFA and file systems need."""

import re
from ipaddress import IPv4Network

import pytest

from clusterwright.plan.aws.model import RulePlan
from tests.plan.aws.plans import STACKS, lock_of, plan_of, plan_of_stack

SUBNETS = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
EXISTING = f"network: {{existing: {{vpc: vpc-0123456789abcdef0, subnets: [{', '.join(SUBNETS)}]}}}}\n"
LUSTRE = "storage: [{name: d}, {name: s, kind: lustre, size: %s, throughput: 250 MB/s/TiB}]\n"


def rules(text: str, group: str) -> list[tuple[object, ...]]:
    plan = plan_of(text)
    found = next(one for one in plan.network.security_groups if one.name == group)
    return [(rule.direction, rule.protocol, rule.ports, rule.peer) for rule in found.rules]


def test_nodes_reach_each_other_and_the_web_and_nothing_else() -> None:
    assert rules("", "cluster") == [
        ("ingress", "all", None, "cluster"),
        ("egress", "all", None, "cluster"),
        ("egress", "tcp", (443, 443), "0.0.0.0/0"),
        ("egress", "tcp", (80, 80), "0.0.0.0/0"),
    ]


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_is_open_to_the_world(stack: str) -> None:
    plan = plan_of_stack(stack)
    for group in plan.network.security_groups:
        for rule in group.rules:
            assert rule.direction == "egress" or rule.peer in {peer.name for peer in plan.network.security_groups}


def test_lustre_and_nfs_have_their_ports() -> None:
    text = "storage: [{name: d}, {name: h, kind: nfs}, {name: s, kind: lustre, size: 1200 GiB}]\n"
    ports = [(988, 988), (1018, 1023)]
    assert rules(text, "lustre") == [
        (way, "tcp", port, peer) for way in ("ingress", "egress") for peer in ("cluster", "lustre") for port in ports
    ]
    assert rules(text, "nfs") == [("ingress", "tcp", (2049, 2049), "cluster")]
    assert rules(text, "cluster")[4:] == [
        *((way, "tcp", port, "lustre") for way in ("ingress", "egress") for port in ports),
        ("egress", "tcp", (2049, 2049), "nfs"),
    ]


@pytest.mark.parametrize("stack", STACKS)
def test_what_one_group_lets_out_to_another_that_lets_in_and_the_other_way_round(stack: str) -> None:
    groups = {group.name: group.rules for group in plan_of_stack(stack).network.security_groups}
    for name, one in ((name, rule) for name, found in groups.items() for rule in found if rule.peer in groups):
        assert any(
            other.direction != one.direction
            and other.peer in ({name} if one.direction == "egress" else {name, "0.0.0.0/0"})
            and (other.protocol == "all" or other.ports == one.ports)
            for other in groups[one.peer]
        ), f"{name}: {one}"


def test_lustre_with_efa_exchanges_everything_with_the_nodes() -> None:
    groups = "groups: [{name: t, machine: p5.48xlarge, nodes: 2}]\n"
    found = rules(groups + LUSTRE % "19200 GiB, efa: true", "lustre")
    assert {(way, peer) for way, protocol, _, peer in found if protocol == "all"} == {
        ("ingress", "cluster"), ("egress", "cluster"), ("ingress", "lustre"), ("egress", "lustre"),
    }  # fmt: skip
    assert ("ingress", "all", None, "lustre") in rules(groups + LUSTRE % "19200 GiB, efa: true", "cluster")
    assert all(protocol == "tcp" for _, protocol, _, _ in rules(groups + LUSTRE % "4800 GiB", "lustre"))


def test_secure_shells_reach_the_head_alone_from_the_stated_ranges() -> None:
    plan = plan_of("network: {access: {ssh_from: [10.8.0.0/16]}}\n")
    (ssh,) = [group for group in plan.network.security_groups if group.name == "ssh"]
    assert ssh.rules == (
        RulePlan(direction="ingress", protocol="tcp", ports=(22, 22), peer="10.8.0.0/16", why="secure shells"),
    )
    assert plan.head.instance.security_groups == ("cluster", "ssh")
    assert plan.groups[0].instance.security_groups == ("cluster",)


def test_the_one_way_out_is_in_the_public_subnet_and_machines_are_in_private_ones() -> None:
    plan = plan_of()
    assert (plan.network.cidr, plan.network.nat) == ("10.20.0.0/16", "public")
    assert [subnet.name for subnet in plan.network.subnets] == ["nodes", "services", "public"]
    assert plan.head.instance.subnets == plan.groups[0].instance.subnets == ("nodes",)
    assert all(IPv4Network(subnet.cidr).subnet_of(IPv4Network("10.20.0.0/16")) for subnet in plan.network.subnets)


def test_an_endpoint_is_every_service_that_it_takes() -> None:
    endpoints = plan_of("network: {endpoints: [s3, ssm, ecr]}\n").network.endpoints
    assert [(one.name, one.kind, one.subnet) for one in endpoints] == [
        ("s3", "Gateway", None),
        ("ssm", "Interface", "services"),
        ("ssmmessages", "Interface", "services"),
        ("ec2messages", "Interface", "services"),
        ("ecr-api", "Interface", "services"),
        ("ecr-dkr", "Interface", "services"),
    ]
    assert endpoints[4].service == "com.amazonaws.us-east-1.ecr.api"
    assert endpoints[4].security_groups == ("endpoints",)


def test_an_existing_network_is_left_as_it_is() -> None:
    plan = plan_of(EXISTING)
    assert plan.network.existing is not None
    assert plan.network.existing.subnets == SUBNETS
    assert (plan.network.cidr, plan.network.subnets, plan.network.nat) == (None, (), None)
    assert (plan.network.endpoints, plan.network.flow_logs) == ((), None)
    assert plan.head.instance.subnets == SUBNETS[:1]
    assert plan.groups[0].instance.subnets == SUBNETS
    assert "flow-logs" not in {role.part for role in plan.identity.roles}


def test_flow_logs_have_a_log_group_and_a_role() -> None:
    plan = plan_of()
    assert plan.network.flow_logs is not None
    assert plan.network.flow_logs.traffic == "ALL"
    assert plan.network.flow_logs.group in {group.name for group in plan.observability.log_groups}
    assert "flow-logs" in {role.part for role in plan.identity.roles}
    without = plan_of("network: {flow_logs: false}\n")
    assert without.network.flow_logs is None
    assert "flow-logs" not in {role.part for role in without.identity.roles}


def test_the_lock_gives_the_zone_s_id() -> None:
    assert (plan_of().zone_id, plan_of(lock=lock_of()).zone_id) == (None, "use1-az4")


@pytest.mark.parametrize(
    ("storage", "network", "expected"),
    [
        ("{name: s, kind: lustre, size: 1200 GiB}", "", "keep"),
        ("{name: s, kind: lustre, size: 1200 GiB, on_destroy: delete}", "", "delete"),
        ("{name: h, kind: nfs}", "", "delete"),
        ("{name: s, kind: lustre, size: 1200 GiB}", EXISTING, "delete"),
    ],
    ids=["lustre", "lustre that goes", "nfs", "a network of others"],
)
def test_a_network_is_kept_where_a_file_system_is_that_stands_in_it(storage: str, network: str, expected: str) -> None:
    assert plan_of(f"storage: [{{name: d}}, {storage}]\n{network}").network.on_destroy == expected


@pytest.mark.parametrize("stack", STACKS)
def test_ec2_takes_every_description_of_a_group_or_a_rule(stack: str) -> None:
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
    allowed = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=;{}!$*]{1,255}")
    groups = plan_of_stack(stack).network.security_groups
    for text in [group.description for group in groups] + [rule.why for group in groups for rule in group.rules]:
        assert allowed.fullmatch(text), text


def test_through_the_gateway_s3_is_read_anywhere_and_written_in_this_account_alone() -> None:
    (gateway,) = (one for one in plan_of(lock=lock_of()).network.endpoints if one.kind == "Gateway")
    read, write = gateway.statements
    assert (read.actions, read.resources, read.conditions) == (("s3:Get*", "s3:List*"), ("*",), {})
    assert write.conditions == {"StringEquals": {"s3:ResourceAccount": ("123456789012",)}}
    assert [one.document["Principal"] for one in gateway.statements] == ["*", "*"]


def test_what_machines_may_write_the_gateway_lets_through() -> None:
    plan = plan_of(lock=lock_of())
    (gateway,) = (one for one in plan.network.endpoints if one.kind == "Gateway")
    wanted = {
        action
        for role in plan.identity.roles
        for one in plan.identity.statements(role)
        if one.effect == "Allow"
        for action in one.actions
        if action.startswith("s3:") and not action.startswith(("s3:Get", "s3:List"))
    }
    assert wanted
    assert wanted <= {action for one in gateway.statements for action in one.actions}
