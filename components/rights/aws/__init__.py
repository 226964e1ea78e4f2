"""The managed policies of who deploys a cluster on AWS.

Actions are bound to the cluster's names where AWS lets a name be chosen, else to its tag, else to its region.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from clusterwright.plan.aws.model import AwsPlan, BucketPlan
from clusterwright.plan.aws.names import UNKNOWN_ACCOUNT, Names
from clusterwright.plan.cloud import CONTROL
from components.rights import actions, table
from components.rights.aws import ec2
from components.rights.aws.statements import Statement, claimed_by, requested_as, statement, tagged_as

LIMIT = 6144
"""Characters of a managed policy; white space is not counted
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""
SERVICE_ROLES = {
    "aws:autoscaling/group:Group": "autoscaling.amazonaws.com",
    "aws:efs/fileSystem:FileSystem": "elasticfilesystem.amazonaws.com",
    "aws:efs/backupPolicy:BackupPolicy": "backup.amazonaws.com",
    "aws:fsx/lustreFileSystem:LustreFileSystem": "fsx.amazonaws.com",
    "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation": "s3.data-source.lustre.fsx.amazonaws.com",
}
"""The services that make a role of their own in an account where they are used for the first time
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html)."""
GAINS = frozenset({"iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"})
"""What gives a role rights; where the plan's roles have a boundary, these take no role without it
(https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html)."""
USES_KEY = frozenset(
    {"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"}
)


def documents(plan: AwsPlan, types: Collection[str]) -> list[dict[str, Any]]:
    """The documents of as many managed policies as the statements take, for a stack that registers these types."""
    found: list[dict[str, Any]] = []
    for one in statements(plan, types):
        if not found or size(_document([*found[-1]["Statement"], one])) > LIMIT:
            found.append(_document([]))
        found[-1]["Statement"].append(one)
    return found


def notes(plan: AwsPlan) -> Iterator[str]:
    if plan.account is None:
        yield "without a lock neither the account nor the buckets' names are known"


def size(document: Mapping[str, Any]) -> int:
    """The characters that IAM counts."""
    return len(json.dumps(document, separators=(",", ":")))


def _document(statements: list[Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def statements(plan: AwsPlan, types: Collection[str]) -> Iterator[Statement]:
    names = Names(plan.name, plan.region, plan.zone, plan.account or UNKNOWN_ACCOUNT)
    wanted = actions("aws", types)
    made_wide = {"kms:CreateKey", "elasticfilesystem:CreateFileSystem"}
    wide = set(table("aws")["wide"])
    bound = wanted - wide
    yield statement("Look", wanted & wide - made_wide, ["*"], {"StringEquals": {"aws:RequestedRegion": plan.region}})
    yield from ec2.statements(plan, names, types, {one for one in bound if one.startswith("ec2:")})
    yield from _roles(plan, names, types, bound)
    for service, resources in _named(plan, names).items():
        if mine := {one for one in bound if one.startswith(f"{service}:")}:
            yield statement(service.capitalize(), mine, resources)
    yield from _buckets(plan, names, bound)
    yield from _key(plan, names, bound)
    yield from _file_systems(plan, names, wanted)
    yield from _state(names)


def _named(plan: AwsPlan, names: Names) -> dict[str, list[str]]:
    """What is named after the cluster, by service."""
    arn = names.arn
    return {
        "autoscaling": [arn("autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{names.group('*')}")],
        "budgets": [arn("budgets", f"budget/{plan.name}", region="")],
        "cloudtrail": [arn("cloudtrail", f"trail/{plan.name}")],
        "cloudwatch": [
            arn("cloudwatch", f"alarm:{plan.name}-*"),
            arn("cloudwatch", f"dashboard/{plan.name}-{plan.region}", region=""),
        ],
        "logs": [arn("logs", f"log-group:{names.log_group('*')}")],
        "secretsmanager": [names.secret_arn(plan.identity.munge.name)],
        "sns": [arn("sns", plan.observability.topic.name)],
    }


def _roles(plan: AwsPlan, names: Names, types: Collection[str], bound: set[str]) -> Iterator[Statement]:
    roles = names.arn("iam", f"role/{names.role('*')}", region="")
    profiles = names.arn("iam", f"instance-profile/{names.role('*')}", region="")
    mine = {one for one in bound if one.startswith("iam:")} - {"iam:PassRole", "iam:CreateServiceLinkedRole"}
    boundaries = {role.boundary for role in plan.identity.roles if role.boundary}
    if boundaries:
        mine -= {*GAINS, "iam:DeleteRolePermissionsBoundary"}
        yield statement("BoundRoles", GAINS, [roles], {"StringEquals": {"iam:PermissionsBoundary": sorted(boundaries)}})
    yield statement("Iam", mine, [roles, profiles])
    passed = sorted({role.service for role in plan.identity.roles})
    yield statement("PassRoles", {"iam:PassRole"}, [roles], {"StringEquals": {"iam:PassedToService": passed}})
    services = sorted(service for kind, service in SERVICE_ROLES.items() if kind in types)
    made = [names.arn("iam", f"role/aws-service-role/{one}/*", region="") for one in services]
    condition = {"StringEquals": {"iam:AWSServiceName": services}}
    yield statement("ServiceRoles", {"iam:CreateServiceLinkedRole"}, made, condition)
    lustre = SERVICE_ROLES["aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation"]
    if lustre in services:
        yield statement(
            "LustreRole",
            {"iam:AttachRolePolicy", "iam:PutRolePolicy"},
            [names.arn("iam", f"role/aws-service-role/{lustre}/*", region="")],
        )


def _buckets(plan: AwsPlan, names: Names, bound: set[str]) -> Iterator[Statement]:
    """All of a bucket's settings; of its objects only those that the deployer writes, unless all go with the stack."""
    buckets = [part for part in plan.storage if isinstance(part, BucketPlan)]
    records = [one.bucket for one in (plan.observability.audit, plan.observability.access_logs) if one]
    mine = {one for one in bound if one.startswith("s3:")}
    objects = {one for one in mine if "Object" in one and "ObjectLock" not in one}
    yield statement(
        "Buckets", mine - objects, [names.bucket_arn(one) for one in [*(b.bucket for b in buckets), *records]]
    )
    writes = [names.bucket_arn(one.bucket, "*" if one.on_destroy == "delete" else f"{CONTROL}*") for one in buckets]
    yield statement("Control", objects, writes)
    yield statement("Follow", {"s3:GetObject"}, [names.bucket_arn(one.bucket, "*") for one in buckets])


def _key(plan: AwsPlan, names: Names, bound: set[str]) -> Iterator[Statement]:
    mine = {one for one in bound if one.startswith("kms:")}
    grants = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    if plan.key.kind == "given" and plan.key.arn:
        yield statement("Key", mine & USES_KEY - {"kms:CreateGrant"}, [plan.key.arn])
        yield statement("Grants", {"kms:CreateGrant"}, [plan.key.arn], grants)
    if plan.key.kind == "cluster":
        tagged, requested = tagged_as(plan.name), requested_as(plan.name)
        keys = [names.arn("kms", "key/*")]
        aliases = {one for one in mine if one.endswith("Alias")}
        yield statement("Key", mine - {"kms:CreateGrant"}, keys, tagged)
        yield statement("Grants", {"kms:CreateGrant"}, keys, {**tagged, **grants})
        yield statement("Alias", aliases, [names.arn("kms", names.key_alias)])
        asked = {"StringEquals": {**requested["StringEquals"], "aws:RequestedRegion": plan.region}}
        yield statement("MakeKey", {"kms:CreateKey"}, ["*"], asked)
        yield statement("TagKey", {"kms:TagResource"}, keys, claimed_by(plan.name))


def _file_systems(plan: AwsPlan, names: Names, wanted: set[str]) -> Iterator[Statement]:
    efs = {one for one in wanted if one.startswith("elasticfilesystem:")}
    if efs:
        arns = [names.arn("elasticfilesystem", f"{kind}/*") for kind in ("access-point", "file-system")]
        make, ways = "elasticfilesystem:CreateFileSystem", ["CreateAccessPoint", "CreateFileSystem"]
        made = {**requested_as(plan.name)["StringEquals"], "elasticfilesystem:CreateAction": ways}
        yield statement("MakeEfs", {make}, ["*"], requested_as(plan.name))
        yield statement("TagEfs", {"elasticfilesystem:TagResource"}, arns, {"StringEquals": made})
        yield statement("ChangeEfs", efs - {make}, arns, tagged_as(plan.name))
    if fsx := {one for one in wanted - set(table("aws")["wide"]) if one.startswith("fsx:")}:
        arns = [names.arn("fsx", f"{kind}/*") for kind in ("file-system", "association")]
        making = {one for one in fsx if one.startswith("fsx:Create")} | {"fsx:TagResource"}
        yield statement("MakeFsx", making, arns, claimed_by(plan.name))
        yield statement("ChangeFsx", fsx, arns, tagged_as(plan.name))


def _state(names: Names) -> Iterator[Statement]:
    """The backend of the state and the key of its secrets, as `make up` says to make them."""
    bucket = f"clusterwright-state-{names.account}"
    yield statement("State", {"s3:GetBucketLocation", "s3:ListBucket"}, [names.bucket_arn(bucket)])
    yield statement("StateFiles", {"s3:DeleteObject", "s3:GetObject", "s3:PutObject"}, [names.bucket_arn(bucket, "*")])
    alias = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/clusterwright-state"}}
    yield statement("StateKey", {"kms:Decrypt", "kms:Encrypt"}, [names.arn("kms", "key/*")], alias)
