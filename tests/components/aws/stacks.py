"""Clusters on AWS as the policy pack sees them: all resources of a plan, with the inputs that the provider gets.

Ids that AWS gives are made up in AWS's own forms, since requests that hold them are looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from pulumi.runtime import mocks

from clusterwright.plan.aws import AwsPlan
from clusterwright_policy.base import Graph
from components.recorder import record
from tests.components import graphs
from tests.components.aws.clusters import BUNDLE, KINDS, STACKS, planned

EVERY = (*STACKS, *(pytest.param(name, marks=pytest.mark.slow) for name in KINDS))
"""All clusters, for tests that look at each: those that are no examples are slow ones together."""
WHERE = "us-east-1:123456789012"
PREFIXES = {
    "ec2/vpc": "vpc", "ec2/subnet": "subnet", "ec2/securityGroup": "sg", "ec2/instance": "i", "ec2/routeTable": "rtb",
    "ec2/launchTemplate": "lt", "ec2/internetGateway": "igw", "ec2/natGateway": "nat", "ec2/eip": "eipalloc",
    "ec2/networkInterface": "eni", "ec2/vpcEndpoint": "vpce", "ebs/volume": "vol", "efs/fileSystem": "fs",
    "efs/accessPoint": "fsap", "fsx/lustreFileSystem": "fs",
}  # fmt: skip
"""What an id begins with (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html)."""
NAMES = ("bucket", "name", "dashboardName")
"""Inputs that are the id of what has them."""


def made(kind: str, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The id of a resource of `kind`, such as `ec2/vpc`, and what AWS says of it besides."""
    digest = hashlib.sha256(f"{kind}/{name}".encode()).hexdigest()
    named = next((inputs[key] for key in NAMES if isinstance(inputs.get(key), str)), name)
    prefix = PREFIXES.get(kind)
    id = f"{prefix}-{digest[:17]}" if prefix else named
    match kind:
        case "kms/key":
            id = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
            return id, {"keyId": id, "arn": f"arn:aws:kms:{WHERE}:key/{id}"}
        case "s3/bucket":
            return id, {"arn": f"arn:aws:s3:::{id}"}
        case "iam/role":
            return id, {"arn": f"arn:aws:iam::123456789012:role/{id}"}
        case "cloudwatch/logGroup":
            return id, {"arn": f"arn:aws:logs:{WHERE}:log-group:{id}"}
        case "sns/topic":
            return f"arn:aws:sns:{WHERE}:{id}", {"arn": f"arn:aws:sns:{WHERE}:{id}"}
        case "fsx/lustreFileSystem":
            return id, {"dnsName": f"{id}.fsx.us-east-1.amazonaws.com", "mountName": "abcdefgh"}
        case "ec2/launchTemplate":
            return id, {"latestVersion": 1}
        case "ec2/eip":
            return id, {"allocationId": id}
        case _:
            return id, {}


class Aws(mocks.Mocks):
    """Answers as AWS would, by the provider."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        _, _, kind = args.typ.partition(":")
        id, known = made(kind.partition(":")[0], args.name, args.inputs)
        return id, {**args.inputs, **known}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"a plan has decided everything, but {args.token} was asked")


def graph(plan: AwsPlan, *, preview: bool = False) -> Graph:
    """The resources of AWS that the cluster of `plan` registers."""
    return graphs.graph(record(plan, BUNDLE, preview=preview, answers=Aws()), "aws")


@cache
def graph_of(name: str, *, preview: bool = False) -> Graph:
    """What an example stack registers, or one of the clusters that have what no example has."""
    return graph(planned(name), preview=preview)
