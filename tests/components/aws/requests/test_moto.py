"""The network is one that EC2 would lay out: moto plays it, in what moto was seen to refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from clusterwright_policy.base import Graph
from tests.components.aws.clusters import STACKS
from tests.components.aws.requests.table import REQUESTS
from tests.components.aws.stacks import graph_of

pytestmark = pytest.mark.slow
VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("ec2", region_name="us-east-1")


def requests(graph: Graph, kind: str, operation: str) -> list[dict[str, Any]]:
    return [
        request
        for resource in graph.of(kind)
        for made, request in REQUESTS[kind].requests(dict(resource.properties))
        if made == operation
    ]


def lay_out(ec2: Any, vpc: dict[str, Any], subnets: list[dict[str, Any]]) -> list[str]:
    """The ranges of the subnets that EC2 made in the network."""
    id = ec2.create_vpc(**vpc)["Vpc"]["VpcId"]
    return [ec2.create_subnet(**{**subnet, "VpcId": id})["Subnet"]["CidrBlock"] for subnet in subnets]


@pytest.mark.parametrize("stack", STACKS)
def test_every_subnet_has_room_of_its_own_in_the_network(ec2: Any, stack: str) -> None:
    (vpc,) = requests(graph_of(stack), VPC, "ec2:CreateVpc")
    subnets = requests(graph_of(stack), SUBNET, "ec2:CreateSubnet")
    assert lay_out(ec2, vpc, subnets) == [subnet["CidrBlock"] for subnet in subnets]


@pytest.mark.parametrize(
    ("cidrs", "refusal"),
    [
        (["10.20.0.0/20", "10.20.8.0/24"], "InvalidSubnet.Conflict"),
        (["10.99.0.0/24"], "InvalidSubnet.Range"),
        (["10.20.0.0/33"], "InvalidParameterValue"),
    ],
)
def test_moto_refuses_subnets_that_ec2_would_refuse(ec2: Any, cidrs: list[str], refusal: str) -> None:
    with pytest.raises(ClientError, match=refusal.replace(".", r"\.")):
        lay_out(ec2, {"CidrBlock": "10.20.0.0/16"}, [{"CidrBlock": cidr} for cidr in cidrs])
