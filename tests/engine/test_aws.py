"""The life of a cluster on AWS under the real engine, with a stand-in for AWS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.engine.scenes import MARKS, NAME, Course, End, Life, Walk, begin

pytestmark = MARKS

COURSE = Course(
    provider="aws",
    group="aws:autoscaling/group:Group",
    instance="aws:ec2/instance:Instance",
    object="aws:s3/bucketObjectv2:BucketObjectv2",
    path="key",
    alarm="aws:cloudwatch/metricAlarm:MetricAlarm",
    examples={"bert-base-aws": 1, "gpt3-aws": 1},
    needed=(
        ("aws:s3/bucketObjectv2:BucketObjectv2", "storage-current"),
        ("aws:efs/accessPoint:AccessPoint", "storage-home"),
        ("aws:efs/mountTarget:MountTarget", "storage-home"),
        ("aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation", "storage-scratch"),
        ("aws:ec2/route:Route", "network-private-out"),
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "network-cluster-egress-nfs-2049"),
        ("aws:iam/rolePolicy:RolePolicy", "identity-head"),
    ),
    before_nodes=("aws:ec2/volumeAttachment:VolumeAttachment", "compute-head-state"),
    below=("aws:iam/role:Role", "aws:ec2/natGateway:NatGateway", "aws:ec2/vpc:Vpc", "aws:ebs/volume:Volume"),
    kept={
        "aws:s3/bucket:Bucket": "s3://{id}",
        "aws:efs/fileSystem:FileSystem": "{id}",
        "aws:kms/key:Key": "{arn}",
    },
    listed=("audit", "data", "home", "key"),
    stays=rf"\S+ {NAME}-(storage-(home|data|bundle)|identity-key|observability-audit)\S*",
    larger={"maxSize": 6},
    machine="c7i.4xlarge",
    another_machine=Counter({("update", f"{NAME}-compute-prep"): 2}),  # the launch template and its group
    size="desiredCapacity",
    drift=("storage-data-public", "blockPublicPolicy", "blockPublicPolicy: true => false", False, True),
    home_elsewhere={"one_zone": True},
    spare="c7i.8xlarge",
    shortage="InsufficientInstanceCapacity",
)


@pytest.fixture(scope="module")
def walk() -> Iterator[Walk]:
    yield from begin(COURSE)


class TestLife(Life):
    course = COURSE

    def test_a_head_is_connected_to_by_its_instance(self, walk: Walk) -> None:
        head = walk.state()[f"{NAME}-compute-head"]["id"]
        assert walk.outputs()["connect"].endswith(head)

    def test_a_group_has_the_latest_version_of_its_launch_template(self, walk: Walk) -> None:
        templates = walk.cloud.things("aws:ec2/launchTemplate:LaunchTemplate")
        [template] = [thing for thing in templates if thing.name == f"{NAME}-compute-prep"]
        assert template.inputs["instanceType"] == COURSE.machine
        assert walk.group("prep").inputs["launchTemplate"] == {"id": template.id, "version": "2"}


class TestEnd(End):
    course = COURSE
