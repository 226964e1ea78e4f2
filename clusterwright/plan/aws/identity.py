"""Who may do what: a role for the head, one for the nodes, each with what it needs and no more."""

from clusterwright.plan.aws.model import BucketPlan, IdentityPlan, MungePlan, RolePlan, StatementPlan, policy
from clusterwright.plan.aws.names import Names
from clusterwright.plan.cloud import CLUSTER_TAG, CONTROL, SOFTWARE, WRITABLE, corpora
from clusterwright.plan.model import Refusal
from clusterwright.spec.cluster import ClusterSpec

LARGEST_POLICY = 10_240
"""Characters of all policies inside a role (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""
METRICS = "Clusterwright"
LOGS = ("head", "nodes", "jobs")
"""The log groups that machines write to. That of the network's flows is not among them: it is a record of machines."""
READ_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion")
WRITE_OBJECTS = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject")
CHANGE_OBJECTS = (
    "s3:AbortMultipartUpload", "s3:BypassGovernanceRetention", "s3:Delete*", "s3:InitiateReplication",
    "s3:ObjectOwnerOverrideToBucketOwner", "s3:Put*", "s3:Replicate*", "s3:RestoreObject", "s3:UpdateObjectEncryption",
)  # fmt: skip
"""All that changes an object, its versions, tags, access or encryption, or takes one away
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html)."""


def plan_identity(spec: ClusterSpec, names: Names, buckets: tuple[BucketPlan, ...], key: str) -> IdentityPlan:
    """The roles of a cluster. `key` is the kind of its key: only one that is not AWS's own needs permissions.

    Jobs run on compute nodes alone, so the head has neither their texts nor their secrets.
    """
    software = names.bucket_arn(next(bucket.bucket for bucket in buckets if bucket.control), f"{SOFTWARE}*")
    builds = allow("WriteSoftware", WRITE_OBJECTS, software)
    roles = [
        _role(spec, names, "head", (_munge_write(names), builds, *_groups(spec, names))),
        _role(spec, names, "compute", (*_corpora(spec, names), *_secrets(spec, names))),
    ]
    if spec.network.existing is None and spec.network.flow_logs:
        roles.append(_role(spec, names, "flow-logs", _flow_logs(names)))
    return IdentityPlan(
        machines=(*_buckets(names, buckets), *_common(spec, names), *_key(spec, names, key), _munge_read(names)),
        roles=tuple(roles),
        munge=MungePlan(name=f"{names.path}/munge"),
    )


def refusals(identity: IdentityPlan) -> tuple[Refusal, ...]:
    """A refusal for each role whose policy IAM would not take for its length."""
    return tuple(
        Refusal(
            what=f"the policy of the role `{role.name}` is {size} characters long",
            why=f"IAM takes {LARGEST_POLICY}: each bucket, text and secret of the spec adds to it",
            hint="name fewer buckets and secrets, or secrets with shorter names",
        )
        for role in identity.roles
        if (size := policy_size(identity.statements(role))) > LARGEST_POLICY
    )


def policy_size(statements: tuple[StatementPlan, ...]) -> int:
    """The characters of a role's policy as IAM counts them: without white space."""
    return len(policy(statements))


def _role(spec: ClusterSpec, names: Names, part: str, statements: tuple[StatementPlan, ...]) -> RolePlan:
    return RolePlan.model_validate(
        {
            "name": names.role(part),
            "part": part,
            "service": names.service("vpc-flow-logs" if part == "flow-logs" else "ec2"),
            "source_account": names.account if part == "flow-logs" else None,
            "statements": statements,
            "boundary": spec.security.permission_boundary,
        }
    )


def allow(sid: str, actions: tuple[str, ...], *resources: str, when: dict | None = None) -> StatementPlan:
    """A statement that allows; `when` are its conditions."""
    return StatementPlan(sid=sid, effect="Allow", actions=actions, resources=resources, conditions=when or {})


def _buckets(names: Names, buckets: tuple[BucketPlan, ...]) -> tuple[StatementPlan, ...]:
    """Buckets are read whole. Of the cluster's own bucket nodes write what is theirs, and nothing of control/."""
    control = next(bucket.bucket for bucket in buckets if bucket.control)
    others = [names.bucket_arn(bucket.bucket, "*") for bucket in buckets if not bucket.control]
    writable = [names.bucket_arn(control, f"{prefix}*") for prefix in WRITABLE]
    return (
        allow("ListBuckets", ("s3:GetBucketLocation", "s3:ListBucket"), *(names.bucket_arn(b.bucket) for b in buckets)),
        allow("ReadBuckets", READ_OBJECTS, *(names.bucket_arn(b.bucket, "*") for b in buckets)),
        allow("WriteBuckets", WRITE_OBJECTS, *writable, *others),
        StatementPlan(
            sid="NeverWriteControl",
            effect="Deny",
            actions=CHANGE_OBJECTS,
            resources=(names.bucket_arn(control, f"{CONTROL}*"),),
        ),
    )


def _corpora(spec: ClusterSpec, names: Names) -> tuple[StatementPlan, ...]:
    """The job's texts are read where they are, and decrypted with whatever key their bucket has, for that alone."""
    places = corpora(spec, "s3")
    if not places:
        return ()
    buckets = sorted({bucket for bucket, _ in places})
    listed = []
    for number, bucket in enumerate(buckets, start=1):
        prefixes = tuple(f"{prefix}*" for b, prefix in places if b == bucket)
        # Who lists a whole bucket may ask without a prefix, which no condition on it would let through.
        when = None if "*" in prefixes else {"StringLike": {"s3:prefix": prefixes}}
        listed.append(allow(f"ListCorpus{number}", ("s3:ListBucket",), names.bucket_arn(bucket), when=when))
    contexts = [names.bucket_arn(bucket) for bucket in buckets] + [names.bucket_arn(bucket, "*") for bucket in buckets]
    return (
        *listed,
        allow("LocateCorpus", ("s3:GetBucketLocation",), *(names.bucket_arn(bucket) for bucket in buckets)),
        allow("ReadCorpus", READ_OBJECTS, *(names.bucket_arn(bucket, f"{prefix}*") for bucket, prefix in places)),
        allow(
            "DecryptCorpus",
            ("kms:Decrypt",),
            names.arn("kms", "key/*", region="*", account="*"),
            when={
                "StringLike": {
                    "kms:EncryptionContext:aws:s3:arn": tuple(contexts),
                    "kms:ViaService": ("s3.*.amazonaws.com",),
                }
            },
        ),
    )


def _common(spec: ClusterSpec, names: Names) -> tuple[StatementPlan, ...]:
    """Sessions, logs, metrics.

    The actions of sessions and of metrics know no resources (https://docs.aws.amazon.com/service-authorization/latest/
    reference/list_amazonsessionmanagermessagegatewayservice.html, list_amazoncloudwatch.html).
    """
    return (
        allow(
            "Sessions",
            (
                "ssm:UpdateInstanceInformation",
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ),
            "*",
        ),
        allow(
            "WriteLogs",
            ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            *(names.arn("logs", f"log-group:{names.log_group(name)}*") for name in LOGS),
        ),
        allow(
            "WriteMetrics",
            ("cloudwatch:PutMetricData",),
            "*",
            when={"StringEquals": {"cloudwatch:namespace": (f"{METRICS}/{spec.name}",)}},
        ),
    )


def _secrets(spec: ClusterSpec, names: Names) -> tuple[StatementPlan, ...]:
    """The job's secrets, which the job reads."""
    refs = sorted({names.secret_arn(secret.ref) for secret in spec.secrets})
    return (allow("ReadSecrets", ("secretsmanager:GetSecretValue",), *refs),) if refs else ()


def _key(spec: ClusterSpec, names: Names, key: str) -> tuple[StatementPlan, ...]:
    """The cluster's key, by its alias or its full name, through the services whose data it encrypts."""
    if key == "provider":
        return ()
    services = tuple(f"{name}.{names.region}.amazonaws.com" for name in ("s3", "secretsmanager"))
    when = {"StringEquals": {"kms:ViaService": services}}
    resource = spec.security.key
    if key == "cluster":
        resource = names.arn("kms", "key/*")
        when["ForAnyValue:StringEquals"] = {"kms:ResourceAliases": (names.key_alias,)}
    return (allow("UseKey", ("kms:Decrypt", "kms:GenerateDataKey"), resource, when=when),)


def _munge_read(names: Names) -> StatementPlan:
    actions = ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")
    return allow("ReadMungeKey", actions, names.secret_arn(f"{names.path}/munge"))


def _munge_write(names: Names) -> StatementPlan:
    return allow("WriteMungeKey", ("secretsmanager:PutSecretValue",), names.secret_arn(f"{names.path}/munge"))


def _groups(spec: ClusterSpec, names: Names) -> tuple[StatementPlan, ...]:
    """The head sizes its own groups, told by name and tag. What only looks knows no resources (https://
    docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html, list_amazonec2.html)."""
    return (
        allow(
            "SizeGroups",
            (
                "autoscaling:SetDesiredCapacity",
                "autoscaling:SetInstanceProtection",
                "autoscaling:TerminateInstanceInAutoScalingGroup",
            ),
            names.arn("autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{names.group('*')}"),
            when={"StringEquals": {f"aws:ResourceTag/{CLUSTER_TAG}": (spec.name,)}},
        ),
        allow(
            "LookAtMachines",
            (
                "autoscaling:DescribeAutoScalingGroups",
                "autoscaling:DescribeAutoScalingInstances",
                "autoscaling:DescribeScalingActivities",
                "ec2:DescribeInstanceStatus",
                "ec2:DescribeInstanceTopology",
                "ec2:DescribeInstances",
            ),
            "*",
        ),
    )


def _flow_logs(names: Names) -> tuple[StatementPlan, ...]:
    """https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html; groups can be listed all or none."""
    return (
        allow("FindLogGroups", ("logs:DescribeLogGroups",), names.arn("logs", "log-group:*")),
        allow(
            "WriteFlowLogs",
            ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            names.arn("logs", f"log-group:{names.log_group('flow')}*"),
        ),
    )
