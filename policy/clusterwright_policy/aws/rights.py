"""Rights: no more than somebody needs, and control/ the deployer's alone."""

from __future__ import annotations

from collections.abc import Iterator

from clusterwright_policy.aws.buckets import bucket_name
from clusterwright_policy.aws.encryption import BUCKET
from clusterwright_policy.aws.iam import (
    BUCKET_POLICY,
    POLICIES,
    RESOURCE_POLICIES,
    ROLE,
    Statement,
    denied,
    inline,
    matches,
    policy_of,
    role_policies,
)
from clusterwright_policy.base import Graph, Resource, ResourceRule, Rule, Violation

OBJECTS = ("aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketObject:BucketObject")
CONTROL = "control/"
"""What machines run as root comes from there."""
ATTACHMENTS = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive",
    "aws:iam/policyAttachment:PolicyAttachment",
)
WRITES = tuple(
    f"s3:{action}"
    for action in (
        "AbortMultipartUpload", "BypassGovernanceRetention", "DeleteObject", "DeleteObjectAnnotation",
        "DeleteObjectTagging", "DeleteObjectVersion", "DeleteObjectVersionAnnotation", "DeleteObjectVersionTagging",
        "InitiateReplication", "ObjectOwnerOverrideToBucketOwner", "PutObject", "PutObjectAcl", "PutObjectAnnotation",
        "PutObjectLegalHold", "PutObjectRetention", "PutObjectTagging", "PutObjectVersionAcl",
        "PutObjectVersionAnnotation", "PutObjectVersionTagging", "ReplicateDelete", "ReplicateObject",
        "ReplicateObjectAnnotation", "ReplicateTags", "RestoreObject", "UpdateObjectEncryption",
    )
)  # fmt: skip
"""Each action of S3 that changes an object, or who may
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html)."""
ESCALATIONS = (
    "ec2:ModifyInstanceAttribute",
    "ec2:ReplaceIamInstanceProfileAssociation",
    "ec2:RunInstances",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "s3:PutBucketPolicy",
    "secretsmanager:PutResourcePolicy",
    "ssm:SendCommand",
    "ssm:StartSession",
    "sts:AssumeRole",
)
"""Rights that are a way to the rights of somebody else. What changes IAM itself is one in any case."""
BOUNDS = frozenset(
    {
        "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:sourceaccount", "aws:sourcearn",
        "aws:sourceorgid", "kms:calleraccount",
    }
)  # fmt: skip
"""What of a request tells who makes it; IAM does not look at the case of these keys
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html)."""
COMPARES = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"})
"""The operators that let through nothing but what is named: those that end with `IfExists` let through who tells
nothing of himself, and so do those that begin with `ForAllValues:`."""


class EverythingOnEverything(ResourceRule):
    """A statement allows all actions of a service, or of all, on all resources."""

    code = "CW-POL-141"
    types = frozenset(POLICIES)
    why = "who has such a right has every other of that service, those that are yet to come too"
    hint = "name the actions that are needed, and the resources"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        for policy in (policy_of(resource), *(inline(resource) if resource.type == ROLE else ())):
            for one in policy:
                if one.allows and _all_actions(one) and _all_resources(one):
                    yield self.violation(resource, f"statement `{one.sid}` has no bound on either side")


def _all_actions(one: Statement) -> bool:
    return bool(one.not_actions) or any(action.rpartition(":")[2] == "*" for action in one.actions)


def _all_resources(one: Statement) -> bool:
    return bool(one.not_resources) or "*" in one.resources or not one.resources


class WayToOtherRights(Rule):
    """A role may get rights that it does not have."""

    code = "CW-POL-142"
    why = (
        "who may pass a role, change a policy or run commands elsewhere has the rights of that role or machine "
        "(docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html)"
    )
    hint = "leave the action out: machines of a cluster need none of them, and deploying is a person's"

    def check(self, graph: Graph) -> Iterator[Violation]:
        for resource, policy in role_policies(graph):
            for one in policy:
                found = sorted(action for action in ESCALATIONS if one.about(action)) + _changes_iam(one)
                if one.allows and found:
                    yield self.violation(resource, f"statement `{one.sid}` allows {', '.join(found)}")


def _changes_iam(one: Statement) -> list[str]:
    """The actions of IAM itself that do more than look."""
    looks = ("iam:get", "iam:list", "iam:simulate")
    return [
        action for action in one.actions if action.lower().startswith("iam:") and not action.lower().startswith(looks)
    ]


class RightsFromElsewhere(Rule):
    """A role has a policy that is not written in the stack."""

    code = "CW-POL-143"
    why = "what it allows is somebody else's to change, and nothing here can judge it"
    hint = "write the statements that are needed into an inline policy"

    def check(self, graph: Graph) -> Iterator[Violation]:
        for attachment in graph.of(*ATTACHMENTS):
            yield self.violation(attachment, "a policy is attached to a role")
        for role in graph.of(ROLE):
            if role.value("managedPolicyArns"):
                yield self.violation(role, "`managedPolicyArns` attaches policies")


class AnybodyMay(ResourceRule):
    """A policy lets anybody in, and no condition says who is meant."""

    code = "CW-POL-144"
    types = frozenset(RESOURCE_POLICIES)
    why = (
        "such a principal is all of AWS's customers and everybody without an account "
        "(docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html)"
    )
    hint = (
        "name the principal, or say by a condition which accounts, principals or sources are meant: that they come "
        "with TLS, or at some time, bounds nobody"
    )

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        for one in policy_of(resource):
            if one.allows and one.anybody and not _bounded(one):
                yield self.violation(resource, f"statement `{one.sid}` has the principal *")


def _bounded(one: Statement) -> bool:
    """Whether a condition names who may come; a value of wildcards alone names nobody."""
    return any(
        operator.removeprefix("ForAnyValue:") in COMPARES
        and key.lower() in BOUNDS
        and values
        and all(value.strip("*?") for value in values)
        for operator, keys in one.conditions.items()
        for key, values in keys.items()
    )


class ControlIsWritten(Rule):
    """A role that uses the cluster's bucket is not denied to write what machines run as root."""

    code = "CW-POL-145"
    why = "whoever writes control/ is root on every machine of the cluster"
    hint = "deny every action of S3 that changes an object on `control/*`, without a condition, in the role's policy"

    def check(self, graph: Graph) -> Iterator[Violation]:
        for bucket, keys in _control(graph).items():
            for resource, policy in role_policies(graph):
                if not _uses(policy, bucket):
                    continue
                if open_ := [action for action in WRITES if not _closed(policy, action, bucket, keys)]:
                    what = f"it may use {bucket} and is not denied {', '.join(open_)} on control/"
                    yield self.violation(resource, what)
            for resource in graph.of(BUCKET_POLICY):
                for one in policy_of(resource):
                    means = any(one.on(arn) for arn in _arns(bucket, f"{CONTROL}x"))
                    if one.allows and means and any(one.about(action) for action in WRITES):
                        yield self.violation(resource, f"statement `{one.sid}` lets somebody write to {bucket}")


def _control(graph: Graph) -> dict[str, set[str]]:
    """The buckets that have a control/, with the keys of it that are known and some that may come."""
    found: dict[str, set[str]] = {}
    for bucket in graph.of(BUCKET):
        name = bucket_name(bucket)
        for type_ in OBJECTS:
            for made in graph.about(bucket, type_, "bucket"):
                key = made.value("key")
                if isinstance(key, str) and key.startswith(CONTROL) and name:
                    found.setdefault(name, {CONTROL, f"{CONTROL}x", f"{CONTROL}x/y"}).add(key)
    return found


def _arns(bucket: str, key: str = "") -> list[str]:
    """The names that a bucket or an object of it could have, by the part of AWS that it is in."""
    place = f"{bucket}/{key}" if key else bucket
    return [f"arn:{partition}:s3:::{place}" for partition in ("aws", "aws-cn", "aws-us-gov")]


def _uses(policy: tuple[Statement, ...], bucket: str) -> bool:
    """Whether the policy allows anything of the bucket or of its objects."""
    return any(
        one.allows
        and any(action.lower().startswith(("s3:", "*")) for action in (*one.actions, *one.not_actions))
        and (
            one.not_resources
            or any(matches(name.partition("/")[0], arn) for name in one.resources for arn in _arns(bucket))
        )
        for one in policy
    )


def _closed(policy: tuple[Statement, ...], action: str, bucket: str, keys: set[str]) -> bool:
    """Whether the policy denies the action on all of `keys`, in the part of AWS that the bucket is in."""
    places = zip(*(_arns(bucket, key) for key in sorted(keys)), strict=True)
    return any(all(denied(policy, action, arn) for arn in arns) for arns in places)
