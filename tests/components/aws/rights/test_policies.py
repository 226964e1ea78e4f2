"""Every policy of a cluster on AWS says what IAM understands, and control/ is the deployer's alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from clusterwright_policy.aws.iam import (
    BUCKET_POLICY,
    POLICIES,
    RESOURCE_POLICIES,
    ROLE,
    ROLE_POLICY,
    denied,
    policy_of,
)
from clusterwright_policy.aws.rights import WRITES
from clusterwright_policy.base import Graph, Resource
from tests.components.aws.clusters import STACKS, planned
from tests.components.aws.rights.lint import problems
from tests.components.aws.rights.reference import writing
from tests.components.aws.stacks import EVERY, graph_of
from tests.plan.aws.plans import bucket_of

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


def policies(graph: Graph) -> Iterator[tuple[Resource, str]]:
    """Each policy of a cluster, with the resource that has it."""
    for resource in graph.of(*POLICIES):
        if document := resource.value(POLICIES[resource.type]):
            yield resource, document


def machine_policies(graph: Graph) -> list[Resource]:
    """What the roles may do that machines take."""
    return [resource for resource in graph.of(ROLE_POLICY) if resource.name.endswith(("-head", "-compute"))]


@pytest.mark.parametrize("stack", EVERY)
def test_every_policy_says_what_iam_understands(stack: str) -> None:
    found = list(policies(graph_of(stack)))
    assert {ROLE, ROLE_POLICY, BUCKET_POLICY} <= {resource.type for resource, _ in found}
    for resource, document in found:
        kind = "resource" if resource.type in (*RESOURCE_POLICIES, ENDPOINT) else "role"
        assert problems(document, kind) == [], resource.name


@pytest.mark.parametrize("stack", EVERY)
def test_machines_are_denied_whatever_changes_an_object_of_control(stack: str) -> None:
    bucket = bucket_of(planned(stack)).bucket
    changes = writing("s3", "object")
    assert len(changes) > 20
    who = machine_policies(graph_of(stack))
    assert len(who) == 2
    for resource in who:
        for key in ("control/current", "control/bundles/0a1b.tar.gz", "control/"):
            arn = f"arn:aws:s3:::{bucket}/{key}"
            assert {one for one in changes if not denied(policy_of(resource), one, arn)} == set(), resource.name


def test_the_pack_knows_every_action_that_changes_an_object() -> None:
    assert set(WRITES) == writing("s3", "object")


@pytest.fixture
def iam(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """IAM as moto plays it, which reads policies as IAM does."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("iam", region_name="us-east-1")
        client.create_role(
            RoleName="a", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []})
        )
        yield client


@pytest.mark.slow
@pytest.mark.parametrize("stack", STACKS)
def test_moto_takes_the_policies_of_every_role(iam: Any, stack: str) -> None:
    graph = graph_of(stack)
    for resource in graph.of(ROLE_POLICY):
        iam.put_role_policy(RoleName="a", PolicyName=resource.name, PolicyDocument=resource.value("policy"))
    for role in graph.of(ROLE):
        document = role.value("assumeRolePolicy")
        iam.create_role(RoleName=role.value("name"), AssumeRolePolicyDocument=document)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"s3:ListBucket"', '"s3:ListBucket:all"'),
        ('"arn:aws:s3:::', '"arn:aws:s3::'),
        ('"Effect":"Deny"', '"Effect":"Refuse"'),
        ('"Version":"2012-10-17"', '"Version":"2026-11-24"'),
    ],
)
def test_moto_refuses_a_policy_that_iam_would_refuse(iam: Any, right: str, wrong: str) -> None:
    document = json.dumps(json.loads(machine_policies(graph_of(STACKS[0]))[0].value("policy")), separators=(",", ":"))
    assert right in document
    with pytest.raises(ClientError, match="MalformedPolicyDocument"):
        iam.put_role_policy(RoleName="a", PolicyName="a", PolicyDocument=document.replace(right, wrong))
