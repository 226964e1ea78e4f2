"""What EC2 has to allow the deployer. Nothing there has a name of its own, so all is bound by the cluster's tag.

IAM asks for each resource of a request apart: a subnet is made with its tags in the request, in a network that has
them already (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from clusterwright.plan.aws.model import AwsPlan
from clusterwright.plan.aws.names import Names
from components.rights.aws.statements import Statement, claimed_by, requested_as, statement, tagged_as

MADE = {
    "aws:ebs/volume:Volume": ("volume",),
    "aws:ec2/eip:Eip": ("elastic-ip",),
    "aws:ec2/flowLog:FlowLog": ("vpc-flow-log",),
    "aws:ec2/instance:Instance": ("instance",),
    "aws:ec2/internetGateway:InternetGateway": ("internet-gateway",),
    "aws:ec2/launchTemplate:LaunchTemplate": ("launch-template", "instance", "network-interface", "volume"),
    "aws:ec2/natGateway:NatGateway": ("natgateway",),
    "aws:ec2/networkInterface:NetworkInterface": ("network-interface",),
    "aws:ec2/placementGroup:PlacementGroup": ("placement-group",),
    "aws:ec2/routeTable:RouteTable": ("route-table",),
    "aws:ec2/securityGroup:SecurityGroup": ("security-group",),
    "aws:ec2/subnet:Subnet": ("subnet",),
    "aws:ec2/vpc:Vpc": ("vpc",),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("vpc-endpoint",),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ("security-group-rule",),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ("security-group-rule",),
}
"""What comes into being with its tags, by the type that is registered."""
MAKING = ("Allocate", "Authorize", "Create", "Run")
UNTAGGED = {"ec2:CreateRoute", "ec2:CreateLaunchTemplateVersion", "ec2:CreateTags"}
"""Actions that make nothing that has tags."""
OF_NOTHING = {
    "ec2:AllocateAddress", "ec2:CreateInternetGateway", "ec2:CreateLaunchTemplate", "ec2:CreatePlacementGroup",
    "ec2:CreateVolume", "ec2:CreateVpc",
}  # fmt: skip
"""Actions whose requests name nothing that is there already."""


def statements(plan: AwsPlan, names: Names, types: Collection[str], bound: set[str]) -> Iterator[Statement]:
    """`bound` are EC2's actions that know resources."""

    def mine(kind: str) -> str:
        return names.arn("ec2", f"{kind}/*")

    making = {one for one in bound if one.removeprefix("ec2:").startswith(MAKING)} - UNTAGGED
    kinds = sorted({kind for one in types for kind in MADE.get(one, ())})
    snapshots = names.arn("ec2", "snapshot/*", account="")
    yield statement("MakeEc2", making, [*map(mine, kinds), snapshots], requested_as(plan.name))
    yield statement("ChangeEc2", bound - OF_NOTHING, [names.arn("ec2", "*/*")], tagged_as(plan.name))
    made_so = {"StringEquals": {"ec2:CreateAction": sorted(one.removeprefix("ec2:") for one in making)}}
    yield statement("TagWhatIsMade", {"ec2:CreateTags"}, [names.arn("ec2", "*/*"), snapshots], made_so)
    # AWS makes a network's own security group, and a machine's disk, without tags; the provider tags them afterwards.
    without = [mine("security-group"), mine("volume")]
    yield statement("TagWhatCameWithout", {"ec2:CreateTags"}, without, claimed_by(plan.name))
    yield statement("StartMachines", {"ec2:RunInstances"}, [*_given(plan, names), mine("volume")])
    if "ec2:CreateNetworkInterface" in bound:
        # EFS makes those of its mount targets in the deployer's name, without tags.
        yield statement("MountTargets", {"ec2:CreateNetworkInterface"}, [mine("network-interface")])
    if existing := plan.network.existing:
        there = [
            names.arn("ec2", f"vpc/{existing.vpc}"),
            *(names.arn("ec2", f"subnet/{id}") for id in existing.subnets),
        ]
        within = {"ec2:CreateNetworkInterface", "ec2:CreateSecurityGroup", "ec2:RunInstances"}
        yield statement("ExistingNetwork", bound & within, there)


def _given(plan: AwsPlan, names: Names) -> list[str]:
    """What machines are started from that is not the cluster's: images, and the reservations that the spec names."""
    ids = sorted({group.market.reservation for group in plan.groups if group.market.reservation})
    reservations = [names.arn("ec2", f"capacity-reservation/{id}") for id in ids]
    return [names.arn("ec2", "image/*", account=""), *reservations]
