"""The key that encrypts disks, file systems, buckets, logs and secrets, and who may use it."""

from clusterwright.plan.aws.model import Conditions, KeyPlan, ResourceStatementPlan
from clusterwright.plan.aws.names import Names
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.storages import storages
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.storage import LustreSpec

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
ANYBODY = {"AWS": ("*",)}
"""Anybody whom the statement's conditions let through."""
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
        return KeyPlan(kind="provider")
    if given != "cluster":
        return KeyPlan(kind="given", arn=given)
    return KeyPlan(
        kind="cluster",
        alias=names.key_alias,
        deletion_days=DELETION_DAYS,
        on_destroy="keep"
        if spec.security.audit or any(one.on_destroy == "keep" for one in storages(spec))
        else "delete",
        statements=_policy(spec, names),
    )


def _policy(spec: ClusterSpec, names: Names) -> tuple[ResourceStatementPlan, ...]:
    """The key's policy, in which `*` means the key itself.

    Nobody decrypts with it directly, who administers it included: only through a service, for this account. Services
    that act for themselves are named with what they encrypt. Their service-linked roles are told by a condition and not
    as principals: KMS refuses a policy that names a role which is not there, as in an account without groups yet.
    Auto Scaling (https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html),
    FSx for the objects of a linked bucket (https://docs.aws.amazon.com/fsx/latest/LustreGuide/s3-server-side-encryption-support.html),
    CloudWatch Logs (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html),
    alarms and budgets that write to an encrypted topic (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html),
    CloudTrail (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html).
    """
    scaling = _linked(names, names.service("autoscaling"), "AWSServiceRoleForAutoScaling")
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
        _allow("AutoScaling", USE, ANYBODY, scaling),
        _allow("AutoScalingVolumes", ("kms:CreateGrant",), ANYBODY, {**scaling, **grants}),
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
    if linked := sorted({one.bucket for one in spec.storage if isinstance(one, LustreSpec) and one.bucket}):
        statements.append(_lustre_objects(names, linked))
    if spec.security.audit:
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


def _lustre_objects(names: Names, buckets: list[str]) -> ResourceStatementPlan:
    """FSx reads and writes the objects of linked buckets; the context is a bucket's where it has a key of its own."""
    when = _linked(names, names.service("s3.data-source.lustre.fsx"), "AWSServiceRoleForFSxS3Access_*")
    when["StringEquals"]["kms:ViaService"] = (f"s3.{names.region}.amazonaws.com",)
    arns = [names.bucket_arn(names.bucket(bucket), key) for bucket in buckets for key in ("", "*")]
    when["StringLike"] = {"kms:EncryptionContext:aws:s3:arn": tuple(arns)}
    return _allow("LustreObjects", USE, ANYBODY, when)


def _linked(names: Names, service: str, role: str) -> Conditions:
    """That it is a service-linked role of this account."""
    arn = names.arn("iam", f"role/aws-service-role/{service}/{role}", region="")
    return {"StringEquals": {"kms:CallerAccount": (names.account,)}, "ArnLike": {"aws:PrincipalArn": (arn,)}}


def _allow(
    sid: str, actions: tuple[str, ...], principals: dict[str, tuple[str, ...]], when: Conditions
) -> ResourceStatementPlan:
    return ResourceStatementPlan(
        sid=sid, effect="Allow", actions=actions, resources=("*",), conditions=when, principals=principals
    )
