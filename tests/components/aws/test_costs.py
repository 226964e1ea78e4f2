"""Everything that a cluster registers and AWS bills is in what the plan says that it costs."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from clusterwright.plan.costs import Cost, costs
from tests.components.aws.clusters import ALL, planned, registered

BILLED = {
    "autoscaling/group:Group": r"disk of a node of .*",
    "budgets/budget:Budget": r"budget",
    "cloudtrail/trail:Trail": r"records of who read and wrote objects",
    "cloudwatch/dashboard:Dashboard": r"dashboard",
    "cloudwatch/metricAlarm:MetricAlarm": r"alarms",
    "ebs/volume:Volume": r"volume .*",
    "ec2/eip:Eip": r"public address of the NAT gateway",
    "ec2/instance:Instance": r"disk of the head",
    "ec2/natGateway:NatGateway": r"NAT gateway",
    "ec2/vpcEndpoint:VpcEndpoint": r"(interface endpoints|gateway endpoint)",
    "efs/fileSystem:FileSystem": r"what EFS .* holds",
    "fsx/lustreFileSystem:LustreFileSystem": r"Lustre .*",
    "kms/key:Key": r"key",
    "s3/bucket:Bucket": r"what bucket .* holds",
    "secretsmanager/secret:Secret": r"secret",
}
"""Each type that is billed, and what it costs is called."""
TOGETHER = {"cloudwatch/logGroup:LogGroup"}
"""What is billed by what all of them take in, however many there are."""
FREE = {
    "autoscaling/schedule:Schedule", "ec2/defaultSecurityGroup:DefaultSecurityGroup", "ec2/flowLog:FlowLog",
    "ec2/internetGateway:InternetGateway", "ec2/launchTemplate:LaunchTemplate",
    "ec2/networkInterface:NetworkInterface", "ec2/placementGroup:PlacementGroup", "ec2/route:Route",
    "ec2/routeTable:RouteTable", "ec2/routeTableAssociation:RouteTableAssociation",
    "ec2/securityGroup:SecurityGroup", "ec2/subnet:Subnet", "ec2/volumeAttachment:VolumeAttachment", "ec2/vpc:Vpc",
    "efs/accessPoint:AccessPoint", "efs/mountTarget:MountTarget",
    "fsx/dataRepositoryAssociation:DataRepositoryAssociation",
    "iam/instanceProfile:InstanceProfile", "iam/role:Role", "kms/alias:Alias", "sns/topic:Topic",
    "sns/topicSubscription:TopicSubscription", "vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
}  # fmt: skip
"""What has no price of its own: mails of a topic and the logs of flows are billed with what they bring
(https://github.com/infracost/infracost/blob/95ba4f4/internal/providers/terraform/aws/registry.go)."""
SETTINGS = re.compile(r"(Policy|Configuration|Controls|Block|Versioning|BucketLogging|BucketObject\w*)$")
"""Types that are settings of another resource, or what is in a bucket."""


def number(cost: Cost) -> int:
    """How many things a cost is of."""
    return int(cost.amount or 1) if cost.unit in ("hour", "month") else 1


@pytest.mark.parametrize("name", ALL)
def test_each_resource_that_is_billed_has_its_cost(name: str) -> None:
    made = Counter(one.type.removeprefix("aws:") for one in registered(name).requests if one.type.startswith("aws:"))
    listed = costs(planned(name))
    counted = {
        kind: sum(number(cost) for cost in listed if re.fullmatch(called, cost.what)) for kind, called in BILLED.items()
    }
    assert {kind: made[kind] for kind in BILLED} == counted


def test_every_type_that_is_registered_is_known_to_be_billed_or_free() -> None:
    types = {one.type for name in ALL for one in registered(name).requests if one.type.startswith("aws:")}
    assert len(types) > 40
    made = {kind.removeprefix("aws:") for kind in types if not SETTINGS.search(kind)}
    assert made - {*BILLED, *TOGETHER, *FREE} == set()


def test_logs_are_billed_wherever_there_are_groups_of_them() -> None:
    for name in ALL:
        assert any(one.type == "aws:cloudwatch/logGroup:LogGroup" for one in registered(name).requests)
        assert any(cost.what == "logs that are written" for cost in costs(planned(name)))
