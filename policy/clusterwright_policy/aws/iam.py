"""Policies as IAM reads them: statements, and which names their wildcards mean.

Evaluation: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from clusterwright_policy.base import Graph, Resource, Unknown

ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
KEY = "aws:kms/key:Key"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
FILE_SYSTEM_POLICY = "aws:efs/fileSystemPolicy:FileSystemPolicy"

RESOURCE_POLICIES: Mapping[str, str] = {
    KEY: "policy",
    BUCKET_POLICY: "policy",
    FILE_SYSTEM_POLICY: "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    ROLE: "assumeRolePolicy",
}
"""Policies that stand on what they are about, by the property that has them; a role's says who may take it."""
POLICIES: Mapping[str, str] = {
    **RESOURCE_POLICIES,
    ROLE_POLICY: "policy",
    "aws:iam/policy:Policy": "policy",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "policy",
}

Conditions = Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Statement:
    """A statement of a policy; what it leaves out is empty."""

    sid: str
    allows: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: Mapping[str, tuple[str, ...]]
    conditions: Conditions

    def about(self, action: str) -> bool:
        """Whether it speaks of `action`, which has no wildcards; IAM does not look at the case of actions."""
        if self.not_actions:
            return not any(matches(pattern.lower(), action.lower()) for pattern in self.not_actions)
        return any(matches(pattern.lower(), action.lower()) for pattern in self.actions)

    def on(self, arn: str) -> bool:
        """Whether it speaks of the resource `arn`, which has no wildcards."""
        if self.not_resources:
            return not any(matches(pattern, arn) for pattern in self.not_resources)
        return any(matches(pattern, arn) for pattern in self.resources)

    @property
    def anybody(self) -> bool:
        """Whether its principal is everybody."""
        return any("*" in names for names in self.principals.values())


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def matches(pattern: str, name: str) -> bool:
    """Whether `pattern`, in which * is any text and ? any character, means `name`."""
    return _pattern(pattern).fullmatch(name) is not None


def statements(document: object) -> tuple[Statement, ...]:
    """The statements of a policy, given as JSON or as what JSON holds; none of one that is not known or not there.

    Raises ValueError for what is no policy.
    """
    if document is None or isinstance(document, Unknown):
        return ()
    read: Any = json.loads(document) if isinstance(document, str) else document
    if not isinstance(read, Mapping) or "Statement" not in read:
        raise ValueError("a policy is an object with a Statement")
    listed = read["Statement"]
    return tuple(_statement(one) for one in (listed if isinstance(listed, list | tuple) else [listed]))


def _statement(read: Mapping[str, Any]) -> Statement:
    if read.get("Effect") not in ("Allow", "Deny"):
        raise ValueError(f"the Effect of a statement is Allow or Deny, not {read.get('Effect')}")
    principal = read.get("Principal", {})
    return Statement(
        sid=read.get("Sid", ""),
        allows=read["Effect"] == "Allow",
        actions=_words(read.get("Action")),
        not_actions=_words(read.get("NotAction")),
        resources=_words(read.get("Resource")),
        not_resources=_words(read.get("NotResource")),
        principals={"AWS": ("*",)} if principal == "*" else {kind: _words(names) for kind, names in principal.items()},
        conditions={
            operator: {key: _words(values) for key, values in keys.items()}
            for operator, keys in read.get("Condition", {}).items()
        },
    )


def _words(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(word) for word in value) if isinstance(value, list | tuple) else (str(value),)


def policy_of(resource: Resource) -> tuple[Statement, ...]:
    """The statements of the policy that a resource of POLICIES has, those of inline policies of a role apart."""
    return statements(resource.properties.get(POLICIES[resource.type]))


def inline(role: Resource) -> Iterator[tuple[Statement, ...]]:
    """The policies that a role has written into it."""
    for document in role.values("inlinePolicies[].policy"):
        yield statements(document)


def role_policies(graph: Graph) -> Iterator[tuple[Resource, tuple[Statement, ...]]]:
    """Each policy that says what a role may do, with the resource that has it."""
    for resource in graph.of(ROLE_POLICY, "aws:iam/policy:Policy"):
        yield resource, policy_of(resource)
    for role in graph.of(ROLE):
        for policy in inline(role):
            yield role, policy


def denied(policy: tuple[Statement, ...], action: str, arn: str) -> bool:
    """Whether the policy denies `action` on `arn`, whatever anything else allows."""
    return any(not one.allows and not one.conditions and one.about(action) and one.on(arn) for one in policy)
