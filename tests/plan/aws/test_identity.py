"""Roles of least privilege: nodes read what they need, write what is theirs, and never what runs as root."""

import json
from fnmatch import fnmatchcase

import pytest

from clusterwright.plan.aws.identity import LARGEST_POLICY, policy_size
from clusterwright.plan.aws.model import AwsPlan, StatementPlan
from tests.plan.aws.plans import STACKS, bucket_of, lock_of, plan_of, plan_of_stack, statements

CORPUS = "job: {corpus: s3://texts/wikipedia/}\n"
SCALING = "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
LARGEST_KEY_POLICY = 32_768
"""Bytes (https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html)."""


def role(plan: AwsPlan, part: str) -> tuple[StatementPlan, ...]:
    """All that a role may do."""
    return next(plan.identity.statements(role) for role in plan.identity.roles if role.part == part)


def may(statements: tuple[StatementPlan, ...], action: str, resource: str) -> bool:
    """Whether IAM would let the role do it: something allows it and nothing denies it. Conditions are taken as met."""
    effects = {one.effect for one in statements if matches(action, one.actions) and matches(resource, one.resources)}
    return effects == {"Allow"}


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


@pytest.mark.parametrize("stack", STACKS)
def test_no_statement_allows_everything_on_everything(stack: str) -> None:
    found = list(statements(plan_of_stack(stack)))
    assert len(found) > 20
    for statement in found:
        assert statement.actions
        assert "*" not in statement.actions
        wide = [action for action in statement.actions if action.endswith(":*")]
        assert not wide or statement.effect == "Deny", statement.sid


@pytest.mark.parametrize("part", ["head", "compute"])
def test_nodes_read_control_and_never_write_it(part: str) -> None:
    plan = plan_of(lock=lock_of())
    bucket = bucket_of(plan)
    arn = f"arn:aws:s3:::{bucket.bucket}"
    who = role(plan, part)
    assert may(who, "s3:ListBucket", arn)
    assert may(who, "s3:GetObject", f"{arn}/control/current")
    for action in (
        "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectAcl", "s3:PutObjectVersionTagging",
        "s3:PutObjectRetention", "s3:ReplicateDelete", "s3:RestoreObject", "s3:BypassGovernanceRetention",
        "s3:UpdateObjectEncryption", "s3:AbortMultipartUpload",
    ):  # fmt: skip
        assert not may(who, action, f"{arn}/control/current")
        denied = [one for one in who if one.effect == "Deny" and matches(action, one.actions)]
        assert [one.resources for one in denied] == [(f"{arn}/control/*",)]
    for key in ("reports/train-1.json", "jobs/0a1b.1/status.json", "data/text"):
        assert may(who, "s3:PutObject", f"{arn}/{key}")
    assert not may(who, "s3:PutObject", f"{arn}/other")
    assert not may(who, "s3:PutBucketPolicy", arn)


def test_the_head_alone_writes_the_software_that_root_runs_on_all_nodes() -> None:
    plan = plan_of(lock=lock_of())
    key = f"arn:aws:s3:::{bucket_of(plan).bucket}/software/abc.tar.gz"
    assert may(role(plan, "head"), "s3:PutObject", key)
    assert may(role(plan, "compute"), "s3:GetObject", key)
    for action in ("s3:PutObject", "s3:DeleteObject"):
        assert not may(role(plan, "compute"), action, key)


def test_of_several_buckets_the_first_is_the_cluster_s_and_the_others_are_written_whole() -> None:
    plan = plan_of("storage: [{name: one}, {name: two}]\n", lock_of())
    first, second = (part for part in plan.storage if part.kind == "bucket")
    assert (first.control, second.control) == (True, False)
    assert may(role(plan, "compute"), "s3:PutObject", f"arn:aws:s3:::{second.bucket}/anything")
    assert not may(role(plan, "compute"), "s3:PutObject", f"arn:aws:s3:::{first.bucket}/anything")


def test_the_job_s_texts_are_read_where_they_are_and_nothing_beside_them() -> None:
    who = role(plan_of(CORPUS), "compute")
    assert may(who, "s3:GetObject", "arn:aws:s3:::texts/wikipedia/a.txt")
    assert not may(who, "s3:GetObject", "arn:aws:s3:::texts/secret/a.txt")
    assert not may(who, "s3:PutObject", "arn:aws:s3:::texts/wikipedia/a.txt")
    (listing,) = [one for one in who if one.sid == "ListCorpus1"]
    assert listing.conditions == {"StringLike": {"s3:prefix": ("wikipedia/*",)}}
    (decrypting,) = [one for one in who if one.sid == "DecryptCorpus"]
    assert decrypting.conditions["StringLike"]["kms:EncryptionContext:aws:s3:arn"] == (
        "arn:aws:s3:::texts",
        "arn:aws:s3:::texts/*",
    )
    assert not [one for one in role(plan_of(), "compute") if "Corpus" in one.sid]


def test_a_whole_bucket_of_texts_is_listed_with_or_without_a_prefix() -> None:
    (listing,) = [one for one in role(plan_of("job: {corpus: s3://texts}\n"), "compute") if one.sid == "ListCorpus1"]
    assert listing.conditions == {}


def test_the_head_has_neither_the_job_s_texts_nor_its_secrets() -> None:
    plan = plan_of(f"{CORPUS}secrets: [{{name: A, ref: hf-token}}]\n", lock_of())
    secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:hf-token-a1B2c3"
    for part, reads in (("head", False), ("compute", True)):
        assert may(role(plan, part), "secretsmanager:GetSecretValue", secret) == reads
        assert may(role(plan, part), "s3:GetObject", "arn:aws:s3:::texts/wikipedia/a.txt") == reads


@pytest.mark.parametrize("part", ["head", "compute"])
def test_machines_write_their_own_logs_and_not_the_record_of_who_talked_to_whom(part: str) -> None:
    plan = plan_of(lock=lock_of())
    group = "arn:aws:logs:us-east-1:123456789012:log-group:/clusterwright/a/{}:log-stream:x"
    for name in ("head", "nodes", "jobs"):
        assert may(role(plan, part), "logs:PutLogEvents", group.format(name))
    assert not may(role(plan, part), "logs:PutLogEvents", group.format("flow"))
    assert may(role(plan, "flow-logs"), "logs:PutLogEvents", group.format("flow"))
    assert not may(role(plan, "flow-logs"), "logs:PutLogEvents", group.format("jobs"))


def test_a_role_is_taken_by_its_service_and_that_of_flow_logs_for_this_account_alone() -> None:
    trust = {role.part: role.trust for role in plan_of(lock=lock_of()).identity.roles}
    assert trust["head"].document == {
        "Sid": "Take",
        "Effect": "Allow",
        "Principal": {"Service": ("ec2.amazonaws.com",)},
        "Action": ("sts:AssumeRole",),
    }
    assert trust["flow-logs"].principals == {"Service": ("vpc-flow-logs.amazonaws.com",)}
    assert trust["flow-logs"].conditions == {"StringEquals": {"aws:SourceAccount": ("123456789012",)}}


def test_the_head_sizes_its_own_groups_and_nodes_size_none() -> None:
    plan = plan_of(lock=lock_of())
    group = "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:x:autoScalingGroupName/a.train"
    assert may(role(plan, "head"), "autoscaling:SetDesiredCapacity", group)
    assert not may(role(plan, "head"), "autoscaling:SetDesiredCapacity", group.replace("/a.", "/a-b."))
    (sizing,) = [one for one in role(plan, "head") if one.sid == "SizeGroups"]
    assert sizing.conditions == {"StringEquals": {"aws:ResourceTag/clusterwright-cluster": ("a",)}}
    assert not may(role(plan, "compute"), "autoscaling:SetDesiredCapacity", group)


def test_the_head_writes_munge_s_key_and_nodes_read_it() -> None:
    plan = plan_of(lock=lock_of())
    secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:clusterwright/a/munge-a1B2c3"
    assert may(role(plan, "head"), "secretsmanager:PutSecretValue", secret)
    assert not may(role(plan, "compute"), "secretsmanager:PutSecretValue", secret)
    assert may(role(plan, "compute"), "secretsmanager:GetSecretValue", secret)
    assert not may(role(plan, "compute"), "secretsmanager:GetSecretValue", secret.replace("/a/", "/other/"))


def test_the_secret_of_a_cluster_that_was_destroyed_leaves_its_name_free() -> None:
    assert plan_of().identity.munge.recovery_days == 0


def test_the_job_s_secrets_are_read_by_name_or_by_full_name() -> None:
    full = "arn:aws:secretsmanager:us-east-1:123456789012:secret:full-x1Y2z3"
    plan = plan_of(f"secrets: [{{name: A, ref: hf-token}}, {{name: B, ref: '{full}'}}]\n", lock_of())
    (reading,) = [one for one in role(plan, "compute") if one.sid == "ReadSecrets"]
    assert reading.resources == (full, "arn:aws:secretsmanager:us-east-1:123456789012:secret:hf-token-??????")


def test_a_boundary_bounds_every_role() -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    plan = plan_of(f"security: {{permission_boundary: '{boundary}'}}\n")
    assert {role.boundary for role in plan.identity.roles} == {boundary}
    assert {role.boundary for role in plan_of().identity.roles} == {None}


def test_only_a_key_of_one_s_own_needs_permission() -> None:
    def sids(key: str) -> dict[str, StatementPlan]:
        return {one.sid: one for one in role(plan_of(f"security: {{key: '{key}'}}\n"), "head")}

    given = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d"
    assert "UseKey" not in sids("provider")
    assert sids(given)["UseKey"].resources == (given,)
    assert sids("cluster")["UseKey"].conditions["ForAnyValue:StringEquals"] == {
        "kms:ResourceAliases": ("alias/clusterwright-a",)
    }


def test_the_cluster_s_key_is_used_by_each_service_that_encrypts_with_it() -> None:
    key = plan_of(lock=lock_of()).key
    by_sid = {one.sid: one for one in key.statements}
    assert by_sid["AutoScalingVolumes"].actions == ("kms:CreateGrant",)
    assert by_sid["AutoScalingVolumes"].conditions["Bool"] == {"kms:GrantIsForAWSResource": ("true",)}
    for sid in ("AutoScaling", "AutoScalingVolumes"):
        assert by_sid[sid].conditions["ArnLike"] == {"aws:PrincipalArn": (SCALING,)}
    assert by_sid["Logs"].principals == {"Service": ("logs.us-east-1.amazonaws.com",)}
    assert by_sid["Alarms"].principals == {"Service": ("budgets.amazonaws.com", "cloudwatch.amazonaws.com")}
    assert by_sid["Audit"].principals == {"Service": ("cloudtrail.amazonaws.com",)}
    via = by_sid["UseThroughServices"].conditions["StringEquals"]["kms:ViaService"]
    assert {name.split(".")[0] for name in via} >= {"ec2", "elasticfilesystem", "fsx", "s3", "secretsmanager"}
    assert "Audit" not in {one.sid for one in plan_of("security: {audit: false}\n").key.statements}
    assert plan_of("security: {key: provider}\n").key.statements == ()


def test_a_statement_of_the_key_for_anybody_is_for_a_service_s_role_of_this_account() -> None:
    plan = plan_of("storage: [{name: d}, {name: s, kind: lustre, size: 1200 GiB, bucket: d}]\n", lock_of())
    anybody = [one for one in plan.key.statements if one.principals == {"AWS": ("*",)}]
    assert [one.sid for one in anybody] == ["AutoScaling", "AutoScalingVolumes", "LustreObjects"]
    for one in anybody:
        assert one.conditions["StringEquals"]["kms:CallerAccount"] == ("123456789012",)
        (arn,) = one.conditions["ArnLike"]["aws:PrincipalArn"]
        assert arn.startswith("arn:aws:iam::123456789012:role/aws-service-role/")


def test_linked_lustre_uses_the_key_for_the_objects_of_its_buckets_alone() -> None:
    plan = plan_of("storage: [{name: d}, {name: e}, {name: s, kind: lustre, size: 1200 GiB, bucket: e}]\n", lock_of())
    _, linked = (part.bucket for part in plan.storage if part.kind == "bucket")
    (objects,) = [one for one in plan.key.statements if one.sid == "LustreObjects"]
    assert objects.conditions["StringEquals"]["kms:ViaService"] == ("s3.us-east-1.amazonaws.com",)
    assert objects.conditions["StringLike"] == {
        "kms:EncryptionContext:aws:s3:arn": (f"arn:aws:s3:::{linked}", f"arn:aws:s3:::{linked}/*")
    }
    assert "LustreObjects" not in {one.sid for one in plan_of().key.statements}


def test_who_administers_the_key_can_t_decrypt_with_it() -> None:
    (admin,) = [one for one in plan_of().key.statements if one.sid == "Administer"]
    for action in ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:CreateGrant"):
        assert not any(fnmatchcase(action, pattern) for pattern in admin.actions)
    assert any(fnmatchcase("kms:PutKeyPolicy", pattern) for pattern in admin.actions)


@pytest.mark.parametrize("stack", STACKS)
def test_policies_of_the_examples_fit_into_what_iam_and_kms_allow(stack: str) -> None:
    plan = plan_of_stack(stack)
    assert all(policy_size(plan.identity.statements(role)) < LARGEST_POLICY // 2 for role in plan.identity.roles)
    assert len(json.dumps([one.document for one in plan.key.statements])) < LARGEST_KEY_POLICY
    assert not [refusal for refusal in plan.refusals if "policy" in refusal.what]


def test_a_policy_that_iam_would_not_take_is_refused() -> None:
    secrets = ", ".join(f"{{name: S{number}, ref: {'long-' * 40}{number}}}" for number in range(40))
    refused = [refusal for refusal in plan_of(f"secrets: [{secrets}]\n").refusals if "policy" in refusal.what]
    assert [refusal.what.split("`")[1] for refusal in refused] == ["a-us-east-1-compute"]
    assert refused[0].why == "IAM takes 10240: each bucket, text and secret of the spec adds to it"


def test_a_statement_s_document_is_what_iam_reads() -> None:
    (admin,) = [one for one in plan_of(lock=lock_of()).key.statements if one.sid == "AutoScalingVolumes"]
    assert admin.document == {
        "Sid": "AutoScalingVolumes",
        "Effect": "Allow",
        "Principal": {"AWS": ("*",)},
        "Action": ("kms:CreateGrant",),
        "Resource": ("*",),
        "Condition": {
            "StringEquals": {"kms:CallerAccount": ("123456789012",)},
            "ArnLike": {"aws:PrincipalArn": (SCALING,)},
            "Bool": {"kms:GrantIsForAWSResource": ("true",)},
        },
    }


def test_without_a_lock_no_name_of_an_account_is_valid() -> None:
    plan = plan_of("secrets: [{name: A, ref: hf-token}]\n")
    bucket = bucket_of(plan)
    assert bucket.bucket == "a-data-UNKNOWN-ACCOUNT"
    accounts = {arn.split(":")[4] for one in statements(plan) for arn in one.resources if arn.startswith("arn:")}
    assert accounts <= {"", "UNKNOWN-ACCOUNT", "*"}


def test_statements_of_a_role_have_names_of_their_own() -> None:
    identity = plan_of_stack("bert-large-aws").identity
    for role in identity.roles:
        sids = [one.sid for one in identity.statements(role)]
        assert len(set(sids)) == len(sids)
        assert all(sid.isalnum() for sid in sids)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("security: {audit: false}\nstorage: [{name: d, on_destroy: delete}, {name: h, kind: nfs}]\n", "keep"),
        ("storage: [{name: d, on_destroy: delete}, {name: h, kind: nfs, mount: /home, on_destroy: delete}]\n", "keep"),
        (
            "security: {audit: false}\n"
            "storage: [{name: d, on_destroy: delete}, {name: h, kind: nfs, mount: /home, on_destroy: delete}]\n",
            "delete",
        ),
    ],
    ids=["a file system", "the audit", "nothing"],
)
def test_the_key_is_kept_as_long_as_anything_is_that_it_encrypts(text: str, expected: str) -> None:
    assert plan_of(text).key.on_destroy == expected
