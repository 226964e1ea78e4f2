"""Keys, secrets, policies and services on AWS: whether they are where the cluster is, and what they allow."""

import pytest

from tests.rules.aws import found, said

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize("key", ["cluster", "provider", f"'{KEY}'"])
def test_a_key_of_the_region_is_fine(key: str) -> None:
    assert said("CW-SEC-101", f"security: {{key: {key}}}\n") == []


@pytest.mark.parametrize(
    ("ref", "what"),
    [
        ("hf-token", None),
        ("team/hf-token", None),
        ("'arn:aws:secretsmanager:us-east-1:123456789012:secret:hf-a1b2c3'", None),
        ("'arn:aws:ssm:us-east-1:1:parameter/x'", "is no whole name of a secret in Secrets Manager"),
        (
            "'arn:aws:secretsmanager:eu-west-1:123456789012:secret:hf-a1b2c3'",
            "is in eu-west-1, the cluster in us-east-1",
        ),
    ],
)
def test_a_secret_is_read_in_the_clusters_region(ref: str, what: str | None) -> None:
    findings = said("CW-SEC-102", f"secrets: [{{name: HF_TOKEN, ref: {ref}}}]\n")
    assert len(findings) == (what is not None)
    assert all(str(what) in finding for finding in findings)


@pytest.mark.parametrize("account", ["aws", "123456789012"])
def test_a_boundary_of_the_account_or_of_aws_is_fine(account: str) -> None:
    spec = f"security: {{permission_boundary: 'arn:aws:iam::{account}:policy/boundary'}}\n"
    assert said("CW-SEC-103", spec, "zones: {}\n") == []


@pytest.mark.parametrize(
    ("names", "fires"),
    [("b c d e f", True), ("b c d e", False), ("a b c d e", False), ("a b c d e f", True)],
)
def test_a_sixth_trail_is_told_and_the_cluster_s_own_counts_once(names: str, fires: bool) -> None:
    arns = [f'"arn:aws:cloudtrail:us-east-1:123456789012:trail/{name}"' for name in names.split()]
    assert bool(said("CW-SEC-106", "", f"trails: [{', '.join(arns)}]\n")) is fires


def test_a_lock_that_knows_no_trails_says_nothing_of_them() -> None:
    assert said("CW-SEC-106", "", "zones: {}\n") == []


def test_the_endpoints_of_a_hint_are_listed_once() -> None:
    (finding,) = found("CW-NET-122", "network: {endpoints: [ssm, logs, ssm]}\n")
    assert finding.hint == "write `endpoints: [s3, ssm, logs]`"


def test_a_zone_of_another_account_is_named_with_those_that_there_are() -> None:
    (finding,) = found("CW-LCK-102", "", "zones: {us-east-1b: use1-az1, us-east-1c: use1-az2}\n")
    assert finding.what == "the account has no zone `us-east-1a` in us-east-1; it has us-east-1b and us-east-1c"
    assert finding.hint == "write `zone: us-east-1b`"
