"""Every resource of a cluster on AWS is one that AWS would make: its requests are such as AWS's own models allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from clusterwright.plan.aws import AwsPlan
from clusterwright_policy import check as keep_promises
from clusterwright_policy.base import Graph, Resource
from tests import specs
from tests.components.aws.clusters import ALL, planned
from tests.components.aws.requests import documented, shapes
from tests.components.aws.requests.table import REQUESTS
from tests.components.aws.requests.translate import Unmapped
from tests.components.aws.stacks import EVERY, graph, graph_of
from tests.components.drawn import plan_of_any


def refused(resource: Resource) -> list[str]:
    """What AWS would refuse of a resource, or that it has what nobody has mapped."""
    if resource.type not in REQUESTS:
        return [f"{resource.type} is in no table of requests"]
    try:
        made = list(REQUESTS[resource.type].requests(dict(resource.properties)))
    except Unmapped as error:
        return [str(error)]
    return [
        problem
        for operation, request in made
        for problem in (*shapes.problems(operation, request), *documented.problems(operation, request))
    ]


def all_refused(found: Graph) -> dict[str, list[str]]:
    return {f"{one.type} {one.name}": problems for one in found.resources if (problems := refused(one))}


def find(found: Graph, kind: str, name: str = "") -> Resource:
    return next(one for one in found.resources if one.type == kind and one.name.endswith(name))


@pytest.mark.parametrize("name", EVERY)
def test_aws_would_take_every_request_of_a_cluster(name: str) -> None:
    found = graph_of(name)
    assert len(found.resources) > 40
    assert all_refused(found) == {}


@pytest.mark.slow
@given(document=specs.specs("aws"))
@settings(max_examples=15, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_aws_would_take_every_request_of_any_cluster(document: dict[str, Any]) -> None:
    plan = plan_of_any(document)
    assert isinstance(plan, AwsPlan)
    found = graph(plan)
    assert all_refused(found) == {}
    assert [str(violation) for violation in keep_promises(found)] == []


@pytest.mark.slow
def test_each_entry_of_the_table_is_of_a_resource_that_some_cluster_has() -> None:
    assert set(REQUESTS) == {resource.type for name in ALL for resource in graph_of(name).resources}


def test_a_p5_is_asked_for_with_all_its_interfaces_one_of_them_for_addresses() -> None:
    template = find(graph_of("bert-large-aws"), "aws:ec2/launchTemplate:LaunchTemplate", "train")
    ((operation, request),) = REQUESTS[template.type].requests(dict(template.properties))
    interfaces = request["LaunchTemplateData"]["NetworkInterfaces"]
    group = next(group for group in planned("bert-large-aws").groups if group.name == "train")
    cards = [interface for alike in group.instance.interfaces for interface in alike.each]
    assert operation == "ec2:CreateLaunchTemplate"
    assert [(one["NetworkCardIndex"], one["DeviceIndex"], one["InterfaceType"]) for one in interfaces] == [
        (one.card, one.device, one.type) for one in cards
    ]
    assert len(interfaces) == 33
    assert [one["AssociatePublicIpAddress"] for one in interfaces if "AssociatePublicIpAddress" in one] == [False]


BROKEN: Mapping[str, tuple[str, str, Any, str]] = {
    "a word that FSx does not have": (
        "aws:fsx/lustreFileSystem:LustreFileSystem",
        "deploymentType",
        "PERSISTENT_3",
        "fsx:CreateFileSystem.LustreConfiguration.DeploymentType: 'PERSISTENT_3' is none of",
    ),
    "a retention that no log group can have": (
        "aws:cloudwatch/logGroup:LogGroup",
        "retentionInDays",
        91,
        "logs:PutRetentionPolicy.retentionInDays: 91 is not one of",
    ),
    "a role's name that is too long": (
        "aws:iam/role:Role",
        "name",
        "a" * 65,
        "iam:CreateRole.RoleName: 65 characters are more than 64",
    ),
    "a range that is no range": (
        "aws:ec2/vpc:Vpc",
        "cidrBlock",
        "10.20.0.1/16",
        "ec2:CreateVpc.CidrBlock: '10.20.0.1/16' is not a range from /16 to /28",
    ),
    "a mount target in what is no subnet": (
        "aws:efs/mountTarget:MountTarget",
        "subnetId",
        "network-0a1b2c3d4e5f60718",
        "efs:CreateMountTarget.SubnetId: 'network-0a1b2c3d4e5f60718' does not match",
    ),
    "a security group described with an umlaut": (
        "aws:ec2/securityGroup:SecurityGroup",
        "description",
        "für alle",
        "ec2:CreateSecurityGroup.Description",
    ),
    "a maximum that is a word": (
        "aws:autoscaling/group:Group",
        "maxSize",
        "many",
        "Invalid type for parameter MaxSize",
    ),
    "no name where there must be one": (
        "aws:iam/rolePolicy:RolePolicy",
        "name",
        None,
        'Missing required parameter in input: "PolicyName"',
    ),
    "a property that nobody has mapped": (
        "aws:ec2/subnet:Subnet",
        "newInThisVersion",
        True,
        "ec2:CreateSubnet has nothing for newInThisVersion",
    ),
}


@pytest.mark.parametrize(("kind", "name", "value", "said"), BROKEN.values(), ids=BROKEN)
def test_what_aws_would_refuse_is_seen_in_a_cluster(kind: str, name: str, value: Any, said: str) -> None:
    resource = find(graph_of("bert-large-aws"), kind)
    broken = replace(resource, properties={**resource.properties, name: value})
    assert refused(resource) == []
    (problem, *_) = refused(broken)
    assert problem.startswith(said)


def test_a_type_that_nobody_has_mapped_is_refused() -> None:
    unknown = Resource("aws:ec2/trafficMirrorTarget:TrafficMirrorTarget", "a", "urn", {})
    assert refused(unknown) == ["aws:ec2/trafficMirrorTarget:TrafficMirrorTarget is in no table of requests"]


TAKES: Mapping[str, tuple[Any, Any]] = {
    "ec2:CreateVpc.CidrBlock": ("10.0.0.0/16", "10.0.0.0/8"),
    "ec2:CreateSubnet.CidrBlock": ("10.0.0.0/28", "10.0.0.0/29"),
    "ec2:CreateRoute.DestinationCidrBlock": ("0.0.0.0/0", "world"),
    "ec2:CreateSecurityGroup.Description": ("a: head and nodes", "naïve"),
    "ec2:CreateSecurityGroup.GroupName": ("a-cluster", "sg-a"),
    "ec2:CreateLaunchTemplate.LaunchTemplateData.UserData": ("YQ==", "YWFh" * 5462),
    "s3:CreateBucket.Bucket": ("a-data-0a1b2c3d", "a-data-UNKNOWN-ACCOUNT"),
    "autoscaling:SuspendProcesses.ScalingProcesses[]": ("AZRebalance", "AzRebalance"),
    "logs:PutRetentionPolicy.retentionInDays": (90, 91),
    "kms:ScheduleKeyDeletion.PendingWindowInDays": (30, 31),
    "secretsmanager:DeleteSecret.RecoveryWindowInDays": (7, 6),
}


@pytest.mark.parametrize("place", documented.LIMITS)
def test_a_limit_of_the_documentation_lets_one_value_through_and_not_the_next(place: str) -> None:
    others = ("10.0.0.0/8", "10.0.0.1/8") if place.endswith("CidrIp") else ("nodes reach each other", "naïve")
    good, bad = TAKES.get(place, others)
    limit = documented.LIMITS[place]
    assert limit.holds(good)
    assert not limit.holds(bad)
    assert limit.source.startswith("https://docs.aws.amazon.com/")
