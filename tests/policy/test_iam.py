"""Policies are read as IAM reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clusterwright_policy.aws.iam import denied, matches, statements
from clusterwright_policy.base import UNKNOWN

CONTROL = "arn:aws:s3:::a-data/control/current"


def policy(**parts: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", **parts}]})


@pytest.mark.parametrize(
    ("pattern", "name", "means"),
    [
        ("s3:Put*", "s3:PutObject", True),
        ("s3:Put*", "s3:GetObject", False),
        ("a-??????", "a-123456", True),
        ("a-??????", "a-12345", False),
        ("a.c", "abc", False),
        ("[a]", "a", False),
        ("*", "line\nline", True),
    ],
)
def test_stars_and_question_marks_are_all_the_wildcards_there_are(pattern: str, name: str, means: bool) -> None:
    assert matches(pattern, name) == means


@pytest.mark.parametrize(
    ("parts", "is_denied"),
    [
        ({"Resource": "arn:aws:s3:::a-data/control/*"}, True),
        ({"Resource": ["arn:aws:s3:::other/*", "*"]}, True),
        ({"Resource": "arn:aws:s3:::a-data/control/bundles/*"}, False),
        ({"Action": "S3:putOBJECT", "Resource": "*"}, True),
        ({"Action": "s3:PutObjectAcl", "Resource": "*"}, False),
        ({"Action": None, "NotAction": ["s3:Get*"], "Resource": "*"}, True),
        ({"Action": None, "NotAction": ["s3:Put*"], "Resource": "*"}, False),
        ({"NotResource": "arn:aws:s3:::a-data/jobs/*"}, True),
        ({"NotResource": "arn:aws:s3:::a-data/control/*"}, False),
        ({"Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}, False),
        ({"Effect": "Allow", "Resource": "*"}, False),
    ],
)
def test_what_is_denied_is_denied_without_a_condition_by_action_and_resource(
    parts: dict[str, Any], is_denied: bool
) -> None:
    assert denied(statements(policy(**parts)), "s3:PutObject", CONTROL) == is_denied


def test_one_statement_and_one_word_are_as_good_as_a_list() -> None:
    one = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": "*"}
    many = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"], "Principal": {"AWS": ["*"]}}
    assert statements({"Statement": one}) == statements({"Statement": [many]})
    assert statements({"Statement": one})[0].anybody


@pytest.mark.parametrize("document", [None, UNKNOWN])
def test_a_policy_that_is_not_there_or_not_known_says_nothing(document: object) -> None:
    assert statements(document) == ()


@pytest.mark.parametrize("document", ["[]", "{}", '{"Statement": [{"Effect": "Permit"}]}', "no JSON"])
def test_what_is_no_policy_is_an_error(document: str) -> None:
    with pytest.raises(ValueError, match=r"policy|Effect|Expecting"):
        statements(document)
