"""Who deploys a cluster may do what that takes, in IAM's own words and within its limits, and nothing to what is not
the cluster's."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from clusterwright_policy.aws.iam import matches
from components import rights
from components.rights import actions, table
from components.rights.__main__ import main
from components.rights.aws import SERVICE_ROLES, size
from components.rights.aws.ec2 import MADE
from tests.components.aws.clusters import ALL, planned
from tests.components.aws.requests.table import REQUESTS
from tests.components.aws.rights.lint import problems
from tests.components.aws.rights.reference import actions as known
from tests.components.aws.rights.reference import resource_kinds
from tests.components.aws.stacks import EVERY, graph_of
from tests.plan.aws.plans import bucket_of, lock_of, plan_of

SPELLED = {
    "budgets:CreateBudget": "budgets:ModifyBudget",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
"""Requests whose action IAM calls by another name."""
DROP = "iam:DeleteRolePermissionsBoundary"
OPEN = {"Look", "MakeKey", "MakeEfs"}
"""Statements on *, for actions that know no resources; a condition binds each."""


def types(name: str) -> set[str]:
    return {resource.type for resource in graph_of(name).resources}


@cache
def documents(name: str) -> list[dict[str, Any]]:
    return rights.documents(planned(name), types(name))


def statements(name: str) -> list[dict[str, Any]]:
    return [one for document in documents(name) for one in document["Statement"]]


def allowed(name: str) -> set[str]:
    return {action for one in statements(name) for action in one["Action"]}


@pytest.mark.slow
def test_every_type_that_a_cluster_registers_is_in_the_table() -> None:
    registered = {kind for name in ALL for kind in types(name)}
    assert registered == set(table("aws")["types"])
    assert MADE.keys() | SERVICE_ROLES.keys() <= registered


def test_every_action_of_the_table_exists_as_it_is_spelled() -> None:
    listed = actions("aws", table("aws")["types"])
    assert [action for action in sorted(listed) if known(action) != (action,)] == []
    assert {action for action in listed if not resource_kinds(action)} == {
        action for action in table("aws")["wide"] if action != "logs:DescribeLogGroups"
    }


@pytest.mark.parametrize("name", EVERY)
def test_the_policies_say_what_iam_understands(name: str) -> None:
    for document in documents(name):
        assert problems(json.dumps(document), "role") == []


@pytest.mark.parametrize("name", EVERY)
def test_every_request_that_makes_a_resource_is_allowed(name: str) -> None:
    asked = set()
    for resource in graph_of(name).resources:
        for operation, _ in REQUESTS[resource.type].requests(dict(resource.properties)):
            asked.add(SPELLED.get(operation, operation.replace("efs:", "elasticfilesystem:")))
    assert asked - allowed(name) == set()


@pytest.mark.parametrize("name", EVERY)
def test_each_policy_is_within_iam_s_limit_and_an_identity_can_have_them_all(name: str) -> None:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    assert [size(document) for document in documents(name) if size(document) > 6144] == []
    assert len(documents(name)) <= 10


@pytest.mark.parametrize("name", EVERY)
def test_nothing_is_open_on_both_sides(name: str) -> None:
    for one in statements(name):
        assert not any("*" in action for action in one["Action"])
        if "*" in one["Resource"]:
            assert one["Sid"] in OPEN
            assert one["Condition"]


@pytest.mark.parametrize("name", EVERY)
def test_only_the_cluster_s_roles_can_be_passed_and_only_to_the_services_that_take_them(name: str) -> None:
    plan = planned(name)
    (one,) = (one for one in statements(name) if "iam:PassRole" in one["Action"])
    assert one["Action"] == ["iam:PassRole"]
    (roles,) = one["Resource"]
    for role in plan.identity.roles:
        assert matches(roles, f"arn:aws:iam::{plan.account}:role/{role.name}")
    assert not matches(roles, f"arn:aws:iam::{plan.account}:role/Admin")
    services = {role.service for role in plan.identity.roles}
    assert one["Condition"] == {"StringEquals": {"iam:PassedToService": sorted(services)}}


def test_fsx_may_give_the_role_of_a_linked_bucket_its_rights_and_no_other_role() -> None:
    """https://github.com/kubernetes-sigs/aws-fsx-csi-driver/blob/master/docs/install.md has the same three actions."""
    (one,) = (one for one in statements("bert-large-aws") if "iam:AttachRolePolicy" in one["Action"])
    assert one["Action"] == ["iam:AttachRolePolicy", "iam:PutRolePolicy"]
    (role,) = one["Resource"]
    assert role.endswith(":role/aws-service-role/s3.data-source.lustre.fsx.amazonaws.com/*")


def test_where_roles_have_a_boundary_none_is_made_or_changed_without_it() -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    plan = plan_of(f"security: {{permission_boundary: '{boundary}'}}\n", lock_of())
    found = rights.documents(plan, types("bert-base-aws"))
    for document in found:
        assert problems(json.dumps(document), "role") == []
    roles = f"arn:aws:iam::{plan.account}:role/a-*"
    gaining = [
        one
        for document in found
        for one in document["Statement"]
        if {"iam:CreateRole", "iam:PutRolePolicy"} & {*one["Action"]} and matches(roles, one["Resource"][0])
    ]
    assert [one["Condition"] for one in gaining] == [{"StringEquals": {"iam:PermissionsBoundary": [boundary]}}]
    assert not [one for document in found for one in document["Statement"] if DROP in one["Action"]]


@pytest.mark.parametrize("name", EVERY)
def test_the_secret_s_value_and_what_nodes_write_are_nobody_s_to_change(name: str) -> None:
    assert not {"secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"} & allowed(name)
    kept = {part.bucket for part in planned(name).storage if part.kind == "bucket" and part.on_destroy == "keep"}
    writes = [arn for one in statements(name) if "s3:PutObject" in one["Action"] for arn in one["Resource"]]
    for bucket in kept:
        assert [arn for arn in writes if matches(arn, f"arn:aws:s3:::{bucket}/data/a")] == []


def test_superseded_bundles_are_the_deployer_s_to_remove_once_it_has_seen_who_needs_them() -> None:
    name = "bert-large-aws"
    bucket = f"arn:aws:s3:::{bucket_of(planned(name)).bucket}"
    for action, what in (
        ("s3:ListBucket", ""),
        ("s3:GetObject", "/control/current"),
        ("s3:GetObject", "/reports/train-1.json"),
        ("s3:GetObject", "/jobs/0a1b2c3d4e5f.1/request.json"),
        ("s3:DeleteObject", "/control/bundles/0a1b.tar.gz"),
    ):
        allows = (one["Resource"] for one in statements(name) if action in one["Action"])
        assert any(matches(arn, f"{bucket}{what}") for arns in allows for arn in arns), (action, what)


def test_the_policies_are_printed_for_a_stack(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bert-base-aws"]) == 0
    assert [one["Version"] for one in json.loads(capsys.readouterr().out)] == ["2012-10-17"] * 3


def test_a_stack_elsewhere_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["local"]) == 1
    assert "no cluster in a cloud" in capsys.readouterr().err
