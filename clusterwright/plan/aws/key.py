"""The key that encrypts disks, file systems, buckets, logs and secrets, and who may use it."""

from clusterwright.plan.aws.model import Conditions, KeyPlan, ResourceStatementPlan
from clusterwright.plan.aws.names import Names
from clusterwright.plan.cloud import tags
from clusterwright.plan.decisions import Decisions
from clusterwright.spec.cluster import ClusterSpec

DELETION_DAYS = 30
"""The longest wait that KMS has: a deleted key takes all that it encrypted with it."""
ADMINISTER = tuple(
    f"kms:{action}"
    for action in (
        "CancelKeyDeletion", "CreateAlias", "DeleteAlias", "Describe*", "Disable*", "Enable*", "Get*", "List*", "Put*",
        "RevokeGrant", "ScheduleKeyDeletion", "TagResource", "UntagResource", "Update*",
    )
)  # fmt: skip
USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
VIA = ("backup", "ec2", "elasticfilesystem", "fsx", "s3", "secretsmanager", "sns")
"""Services through which principals of the account, the cluster's roles and its deployer among them, use the key."""


def plan_key(spec: ClusterSpec, names: Names, decisions: Decisions) -> KeyPlan:
    """The key of a spec without errors."""
    given = decisions.default(
        spec.security,
        "security.key",
        spec.security.key,
        "you say who may read, and can end it at once",
    )
    if given == "provider":
        return KeyPlan(kind="provider", tags=tags(spec))
    if given != "cluster":
        return KeyPlan(kind="given", arn=given, tags=tags(spec))
    return KeyPlan(
        kind="cluster",
        alias=names.key_alias,
        deletion_days=DELETION_DAYS,
        statements=_policy(names, audit=spec.security.audit),
        tags=tags(spec),
    )


def _policy(names: Names, audit: bool) -> tuple[ResourceStatementPlan, ...]:
    """The key's policy, in which `*` means the key itself.

    Nobody decrypts with it directly, who administers it included: only through a service, for this account. Services
    that act for themselves are named with what they encrypt:
    Auto Scaling (https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html),
    FSx for the objects of a linked bucket (https://docs.aws.amazon.com/fsx/latest/LustreGuide/s3-server-side-encryption-support.html),
    CloudWatch Logs (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html),
    alarms and budgets that write to an encrypted topic (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html),
    CloudTrail (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html).
    """
    scaling = _service_role(names, names.service("autoscaling"), "AWSServiceRoleForAutoScaling")
    linked = names.service("s3.data-source.lustre.fsx")
    lustre = _service_role(names, linked, "AWSServiceRoleForFSxS3Access_*")
    account = {"kms:CallerAccount": (names.account,)}
    via = tuple(f"{service}.{names.region}.amazonaws.com" for service in VIA)
    grants: Conditions = {"Bool": {"kms:GrantIsForAWSResource": ("true",)}}
    here = {"aws:SourceAccount": (names.account,)}
    statements = [
        _allow("Administer", ADMINISTER, {"AWS": (names.root,)}, {}),
        _allow("UseThroughServices", USE, {"AWS": (names.root,)}, {"StringEquals": {**account, "kms:ViaService": via}}),
        _allow(
            "GrantToServices",
            ("kms:CreateGrant",),
            {"AWS": (names.root,)},
            {"StringEquals": {**account, "kms:ViaService": via}, **grants},
        ),
        _allow("AutoScaling", USE, {"AWS": (scaling,)}, {}),
        _allow("AutoScalingVolumes", ("kms:CreateGrant",), {"AWS": (scaling,)}, grants),
        _allow("LustreObjects", USE, {"AWS": (names.root,)}, {"ArnLike": {"aws:PrincipalArn": (lustre,)}}),
        _allow(
            "Logs",
            USE,
            {"Service": (f"logs.{names.region}.amazonaws.com",)},
            {
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": (names.arn("logs", f"log-group:{names.log_group('*')}"),)
                }
            },
        ),
        _allow(
            "Alarms",
            ("kms:Decrypt", "kms:GenerateDataKey*"),
            {"Service": (names.service("budgets"), names.service("cloudwatch"))},
            {"StringEquals": here},
        ),
    ]
    if audit:
        trail = names.arn("cloudtrail", f"trail/{names.cluster}")
        statements.append(
            _allow(
                "Audit",
                ("kms:DescribeKey", "kms:GenerateDataKey*"),
                {"Service": (names.service("cloudtrail"),)},
                {"StringEquals": {"aws:SourceArn": (trail,)}},
            )
        )
    return tuple(statements)


def _service_role(names: Names, service: str, role: str) -> str:
    return names.arn("iam", f"role/aws-service-role/{service}/{role}", region="")


def _allow(
    sid: str, actions: tuple[str, ...], principals: dict[str, tuple[str, ...]], when: Conditions
) -> ResourceStatementPlan:
    return ResourceStatementPlan(
        sid=sid, effect="Allow", actions=actions, resources=("*",), conditions=when, principals=principals
    )
