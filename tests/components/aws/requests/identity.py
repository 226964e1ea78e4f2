"""How what components/aws/identity.py registers is asked for."""

from __future__ import annotations

from tests.components.aws.requests.translate import Call, Inputs, Resource

KEY = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"


def _deletion(inputs: Inputs) -> Inputs:
    """A secret without days to recover it in is deleted by another word
    (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html)."""
    days = inputs["recoveryWindowInDays"]
    return {"recoveryWindowInDays": days} if days else {"forceDeleteWithoutRecovery": True}


REQUESTS = {
    "aws:iam/role:Role": Resource(
        (
            Call(
                "iam:CreateRole",
                names={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
            ),
        )
    ),
    "aws:iam/rolePolicy:RolePolicy": Resource(
        (Call("iam:PutRolePolicy", names={"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"}),)
    ),
    "aws:iam/instanceProfile:InstanceProfile": Resource(
        (
            Call("iam:CreateInstanceProfile", names={"name": "InstanceProfileName"}),
            Call("iam:AddRoleToInstanceProfile", ("role",), {"role": "RoleName"}, {"InstanceProfileName": "made"}),
        )
    ),
    "aws:kms/key:Key": Resource(
        (
            Call("kms:CreateKey"),
            Call("kms:EnableKeyRotation", ("enableKeyRotation",), adds={"KeyId": KEY}, first=lambda _: {}),
            Call(
                "kms:ScheduleKeyDeletion",
                ("deletionWindowInDays",),
                {"deletionWindowInDays": "PendingWindowInDays"},
                {"KeyId": KEY},
            ),
        )
    ),
    "aws:kms/alias:Alias": Resource((Call("kms:CreateAlias", names={"name": "AliasName"}),)),
    "aws:secretsmanager/secret:Secret": Resource(
        (
            Call("secretsmanager:CreateSecret", adds={"ClientRequestToken": KEY}),
            Call("secretsmanager:DeleteSecret", ("recoveryWindowInDays",), adds={"SecretId": "made"}, first=_deletion),
        )
    ),
}
