"""Everything that a cluster registers and AWS bills is in what the plan says that it costs."""

from __future__ import annotations

import re

import pytest

from clusterwright.plan.costs import costs
from tests.components.aws.clusters import ALL, planned, registered
from tests.components.billing import counted, types

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


@pytest.mark.parametrize("name", ALL)
def test_each_resource_that_is_billed_has_its_cost(name: str) -> None:
    made = types(registered(name), "aws")
    assert {kind: made[kind] for kind in BILLED} == counted(planned(name), BILLED)


def test_every_type_that_is_registered_is_known_to_be_billed_or_free() -> None:
    found = {kind for name in ALL for kind in types(registered(name), "aws")}
    assert len(found) > 40
    assert {kind for kind in found if not SETTINGS.search(kind)} - {*BILLED, *TOGETHER, *FREE} == set()


def test_logs_are_billed_wherever_there_are_groups_of_them() -> None:
    for name in ALL:
        assert any(one.type == "aws:cloudwatch/logGroup:LogGroup" for one in registered(name).requests)
        assert any(cost.what == "logs that are written" for cost in costs(planned(name)))
