"""Roles have exactly the plan's statements, and all is encrypted with the one key that the plan has."""

from __future__ import annotations

import json

import pytest

from clusterwright.plan.aws.identity import policy_size
from clusterwright.plan.aws.model import AwsPlan
from tests.components.aws.clusters import ALL, made, planned, registered

ENCRYPTED = {
    ":Volume": "kmsKeyId",
    ":LustreFileSystem": "kmsKeyId",
    "efs/fileSystem:FileSystem": "kmsKeyId",
    ":LogGroup": "kmsKeyId",
    ":Secret": "kmsKeyId",
    ":Topic": "kmsMasterKeyId",
    ":Trail": "kmsKeyId",
}


@pytest.mark.parametrize("name", ALL)
def test_a_role_s_policy_has_the_plan_s_statements_and_no_other_hangs_on_it(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    for role in plan.identity.roles:
        inputs = recorder.inputs(f"{plan.name}-identity-{role.part}", ":RolePolicy")
        statements = plan.identity.statements(role)
        assert [one["Sid"] for one in json.loads(inputs["policy"])["Statement"]] == [one.sid for one in statements]
        assert len(inputs["policy"]) == policy_size(statements)
        trusted = json.loads(recorder.inputs(f"{plan.name}-identity-{role.part}", ":Role")["assumeRolePolicy"])
        assert trusted["Statement"][0]["Principal"] == {"Service": [role.service]}
    attached = [one.name for one in recorder.requests if one.type.startswith("aws:iam/") and "Attachment" in one.type]
    assert attached == []
    assert len([one for one in recorder.requests if one.type.endswith(":RolePolicy")]) == len(plan.identity.roles)


def test_machines_have_profiles_of_their_roles_names_and_services_none() -> None:
    recorder, plan = registered("bert-large-aws"), planned("bert-large-aws")
    profiles = {
        one.name: recorder.inputs(one.name, one.type)["name"]
        for one in recorder.requests
        if one.type.endswith(":InstanceProfile")
    }
    assert profiles == {
        f"bert-large-identity-{role.part}": role.name for role in plan.identity.roles if role.part != "flow-logs"
    }


def test_roles_are_bounded_where_the_spec_says_so() -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    recorder = made(f"security: {{permission_boundary: '{boundary}'}}\n")
    for part in ("head", "compute", "flow-logs"):
        assert recorder.inputs(f"a-identity-{part}", ":Role")["permissionsBoundary"] == boundary


def key_of(plan: AwsPlan) -> str | None:
    made_here = f"arn:aws:made:::{plan.name}-identity-key"
    return {"cluster": made_here, "given": plan.key.arn, "provider": None}[plan.key.kind]


@pytest.mark.parametrize("name", ALL)
def test_everything_that_can_be_is_encrypted_with_the_plan_s_key(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    key = key_of(plan)
    for request in recorder.requests:
        for kind, argument in ENCRYPTED.items():
            if request.type.endswith(kind):
                inputs = recorder.inputs(request.name, request.type)
                scratch = inputs.get("deploymentType", "").startswith("SCRATCH")
                assert inputs.get(argument) == (None if scratch else key), request.name
        if request.type.endswith(":BucketServerSideEncryptionConfiguration"):
            own = key and "access.logs" not in request.name  # S3 delivers none to a bucket with a key of KMS
            [rule] = recorder.inputs(request.name, request.type)["rules"]
            default = rule["applyServerSideEncryptionByDefault"]
            assert default == (
                {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key} if own else {"sseAlgorithm": "AES256"}
            )
    root = recorder.inputs(f"{plan.name}-compute-head", ":Instance")["rootBlockDevice"]
    assert (root["encrypted"], root.get("kmsKeyId")) == (True, key)
    for group in plan.groups:
        [disk] = recorder.inputs(f"{plan.name}-compute-{group.name}", ":LaunchTemplate")["blockDeviceMappings"]
        assert (disk["ebs"]["encrypted"], disk["ebs"].get("kmsKeyId")) == ("true", key)


def test_the_cluster_s_own_key_is_rotated_and_has_the_plan_s_policy_and_alias() -> None:
    plan, recorder = planned("bert-large-aws"), registered("bert-large-aws")
    key = recorder.inputs("bert-large-identity-key", ":Key")
    assert (key["enableKeyRotation"], key["deletionWindowInDays"]) == (True, 30)
    assert [one["Sid"] for one in json.loads(key["policy"])["Statement"]] == [one.sid for one in plan.key.statements]
    assert recorder.inputs("bert-large-identity-key", ":Alias")["name"] == plan.key.alias
    for name in ("plain", "given"):
        assert [one.name for one in registered(name).requests if one.type.startswith("aws:kms/")] == []


def test_munge_s_secret_has_no_value_of_the_deployer_s() -> None:
    recorder, plan = registered("bert-large-aws"), planned("bert-large-aws")
    secret = recorder.inputs("bert-large-identity-munge")
    assert (secret["name"], secret["recoveryWindowInDays"]) == (plan.identity.munge.name, 0)
    assert [one.type for one in recorder.requests if "SecretVersion" in one.type] == []
