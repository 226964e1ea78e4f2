"""The network: no address that the world could reach, and nothing that lets the world in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clusterwright_policy.addresses import is_the_world
from clusterwright_policy.aws.encryption import INSTANCE, TEMPLATE
from clusterwright_policy.base import Resource, ResourceRule, Violation

SUBNET = "aws:ec2/subnet:Subnet"
EIP = "aws:ec2/eip:Eip"
EIP_ASSOCIATION = "aws:ec2/eipAssociation:EipAssociation"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_SECURITY_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
SECURITY_GROUP_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"

PUBLIC: Mapping[str, tuple[str, ...]] = {
    SUBNET: ("mapPublicIpOnLaunch", "assignIpv6AddressOnCreation"),
    INSTANCE: ("associatePublicIpAddress", "networkInterfaces[].associatePublicIpAddress"),
    TEMPLATE: ("networkInterfaces[].associatePublicIpAddress",),
}
HANDED_OUT: Mapping[str, tuple[str, ...]] = {
    EIP: ("instance", "networkInterface"),
    EIP_ASSOCIATION: ("instanceId", "networkInterfaceId"),
}
"""Public addresses that are a machine's; one of a NAT gateway is none."""
FROM: Mapping[str, tuple[str, ...]] = {
    INGRESS: ("cidrIpv4", "cidrIpv6"),
    SECURITY_GROUP: ("ingress[].cidrBlocks", "ingress[].ipv6CidrBlocks"),
    DEFAULT_SECURITY_GROUP: ("ingress[].cidrBlocks", "ingress[].ipv6CidrBlocks"),
    SECURITY_GROUP_RULE: ("cidrBlocks", "ipv6CidrBlocks"),
}


class PublicAddress(ResourceRule):
    """A machine gets an address that the whole internet can reach."""

    code = "CW-POL-111"
    types = frozenset({*PUBLIC, *HANDED_OUT})
    why = "what nobody can reach can't be attacked; people come in by sessions, machines go out through the NAT gateway"
    hint = "leave the address out, and open a session: the stack's output `connect` has the command"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        for path in PUBLIC.get(resource.type, ()):
            if any(value in (True, "true") for value in resource.values(path)):
                yield self.violation(resource, f"`{path}` is true")
        for path in HANDED_OUT.get(resource.type, ()):
            if resource.value(path):
                yield self.violation(resource, f"a public address is given to a machine by `{path}`")


class OpenToTheWorld(ResourceRule):
    """A security group lets the whole internet in."""

    code = "CW-POL-112"
    types = frozenset(FROM)
    why = "every open port is tried within minutes"
    hint = "name the range that you come from, or use sessions, which need no open port"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        if resource.type == SECURITY_GROUP_RULE and resource.value("type") == "egress":
            return
        for path in FROM[resource.type]:
            for value in resource.values(path):
                for cidr in value if isinstance(value, list | tuple) else [value]:
                    if isinstance(cidr, str) and is_the_world(cidr):
                        yield self.violation(resource, f"`{path}` lets {cidr} in")


class DefaultGroupWithRules(ResourceRule):
    """The security group that a network comes with lets something through."""

    code = "CW-POL-113"
    types = frozenset({DEFAULT_SECURITY_GROUP})
    why = (
        "whatever is started in the network without a group of its own has this one "
        "(docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html)"
    )
    hint = "leave `ingress` and `egress` out: the group loses the rules that it came with"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        for way in ("ingress", "egress"):
            if resource.value(way):
                yield self.violation(resource, f"it has `{way}` rules")
