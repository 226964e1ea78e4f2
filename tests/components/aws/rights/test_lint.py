"""A policy that IAM would refuse, or take and never use, is found: each kind of mistake is seen once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.components.aws.rights.lint import Kind, problems
from tests.components.aws.rights.reference import actions, overlap, writing

BUCKET = "arn:aws:s3:::a-data"
READ = {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [f"{BUCKET}/*"]}
TAKE = {
    "Sid": "Take",
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"Service": "ec2.amazonaws.com"},
}


def found(kind: Kind, *statements: dict[str, Any], version: str = "2012-10-17") -> list[str]:
    return problems(json.dumps({"Version": version, "Statement": list(statements)}), kind)


def changed(**parts: Any) -> dict[str, Any]:
    return {name: part for name, part in {**READ, **parts}.items() if part is not None}


def test_a_right_policy_has_no_problems() -> None:
    look = {"Sid": "Look", "Effect": "Allow", "Action": ["ec2:DescribeInstances"], "Resource": "*"}
    assert found("role", READ, look) == []
    assert found("resource", TAKE) == []


BAD: tuple[tuple[dict[str, Any], list[str]], ...] = (
    (changed(Sid="Read it"), ["Read it: a Sid has letters and digits alone"]),
    (changed(Resources=["*"]), ["Read: unknown: Resources"]),
    (changed(Action=["s3:GetObjekt"]), ["Read: s3:GetObjekt is no action", f"Read: nothing acts on {BUCKET}/*"]),
    (changed(Action=["s4:GetObject"]), ["Read: s4:GetObject is no action", f"Read: nothing acts on {BUCKET}/*"]),
    (changed(Resource=None), ["Read: no resource"]),
    (
        changed(Resource=[f"{BUCKET}/*", "a-data/*"]),
        ["Read: a-data/* is no name of a resource", "Read: nothing acts on a-data/*"],
    ),
    (
        changed(Action=["s3:GetObject", "s3:ListBucket"]),
        ["Read: s3:ListBucket acts on none of the statement's resources"],
    ),
    (changed(Resource=[f"{BUCKET}/*", BUCKET]), [f"Read: nothing acts on {BUCKET}"]),
    (changed(Resource=["*"]), ["Read: s3:GetObject on *, and could be bound to resources"]),
    (
        changed(Principal={"AWS": "*"}),
        ["Read: principals belong to policies on resources, and to each statement of those"],
    ),
    (changed(Condition={"StringEqual": {"s3:authType": "REST-HEADER"}}), ["Read: StringEqual is no operator"]),
    (
        changed(Condition={"StringEquals": {"s3:prefix": "a"}}),
        ["Read: requests of s3:GetObject have no s3:prefix"],
    ),
    (
        changed(Condition={"StringEquals": {"aws:SecureTransport": "true"}}),
        ["Read: StringEquals is not for aws:SecureTransport, which is Bool"],
    ),
)


@pytest.mark.parametrize(("statement", "said"), BAD, ids=[said[0] for _, said in BAD])
def test_a_wrong_statement_is_found(statement: dict[str, Any], said: list[str]) -> None:
    assert found("role", statement) == said


def test_a_policy_on_a_resource_has_principals() -> None:
    (problem,) = found("resource", {name: part for name, part in TAKE.items() if name != "Principal"})
    assert problem == "Take: principals belong to policies on resources, and to each statement of those"


def test_two_statements_of_one_name_and_an_old_version_are_found() -> None:
    assert found("role", READ, READ) == ["Read: twice"]
    assert found("role", READ, version="2008-10-17") == ["the version is 2008-10-17"]


def test_what_is_no_policy_is_an_error() -> None:
    with pytest.raises(ValueError, match="Allow or Deny"):
        found("role", changed(Effect="Permit"))


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("a/*", "a/b", True),
        ("a/*", "b/*", False),
        ("*/x", "a/*", True),
        ("a?c", "abc", True),
        ("a?c", "a*", True),
        ("a?c", "ac", False),
        ("*", "", True),
        ("a", "", False),
    ],
)
def test_patterns_meet_where_some_text_matches_both(one: str, other: str, meet: bool) -> None:
    assert overlap(one, other) == overlap(other, one) == meet


def test_the_reference_knows_actions_by_pattern_and_what_they_do() -> None:
    assert "s3:PutObject" in actions("s3:Put*")
    assert actions("s3:putobject") == ("s3:PutObject",)
    assert actions("s3:Nothing") == ()
    assert {"s3:PutObject", "s3:DeleteObjectVersion", "s3:PutObjectTagging"} <= writing("s3", "object")
    assert not {"s3:GetObject", "s3:ListBucket", "s3:PutBucketPolicy"} & writing("s3", "object")
