"""Logs, dashboard, alarms, the cloud's own budget, and the record of who did what."""

from typing import Literal

from clusterwright.plan.aws.identity import LOGS, METRICS
from clusterwright.plan.aws.model import (
    AccessLogsPlan,
    AuditPlan,
    AwsAlarmPlan,
    AwsSpendPlan,
    BucketPlan,
    LifecyclePlan,
    LogGroupPlan,
    ObservabilityPlan,
    ResourceStatementPlan,
    TopicPlan,
)
from clusterwright.plan.aws.names import Names
from clusterwright.plan.aws.storage import tls_only
from clusterwright.plan.cloud import alarms, spend_alert
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.storages import days
from clusterwright.spec.cluster import ClusterSpec

RETENTIONS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""The days that a log group can keep its events
(https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html)."""
OPERATORS: dict[str, Literal["GreaterThanThreshold", "LessThanThreshold"]] = {
    "above": "GreaterThanThreshold", "below": "LessThanThreshold",
}  # fmt: skip
PERIOD = 300
AUDIT_DAYS = 365


def plan_observability(
    spec: ClusterSpec, names: Names, buckets: tuple[BucketPlan, ...], decisions: Decisions
) -> ObservabilityPlan:
    """What is kept to look at, and who is told."""
    section = spec.observability
    wanted = days(decisions.default(section, "observability.logs", section.logs, "long enough to compare runs"))
    kept = min(step for step in RETENTIONS if step >= wanted)
    if kept != wanted:
        decisions.note("observability.logs", f"{kept} d", "CloudWatch keeps logs for some numbers of days alone")
    decisions.default(section, "observability.dashboard", section.dashboard, "what a job does is seen at once")
    audit = _audit(spec, names, buckets, decisions)
    flow = ("flow",) if spec.network.existing is None and spec.network.flow_logs else ()
    return ObservabilityPlan(
        log_groups=tuple(LogGroupPlan(name=names.log_group(name), days=kept) for name in (*LOGS, *flow)),
        dashboard=f"{spec.name}-{names.region}" if section.dashboard else None,
        topic=_topic(spec, names),
        alarms=_alarms(spec),
        spend=_spend(spec),
        audit=audit,
        access_logs=_access_logs(spec, names, (*(data.bucket for data in buckets), *([audit.bucket] if audit else []))),
    )


def _topic(spec: ClusterSpec, names: Names) -> TopicPlan:
    """Alarms and the budget write to it, those of this account alone."""
    name = f"{spec.name}-alarms"
    return TopicPlan(
        name=name,
        addresses=spec.observability.notify,
        statements=(
            ResourceStatementPlan(
                sid="Publish",
                effect="Allow",
                actions=("sns:Publish",),
                resources=(names.arn("sns", name),),
                conditions={"StringEquals": {"aws:SourceAccount": (names.account,)}},
                principals={"Service": (names.service("budgets"), names.service("cloudwatch"))},
            ),
        ),
    )


def _alarms(spec: ClusterSpec) -> tuple[AwsAlarmPlan, ...]:
    """The alarms of all clouds, over metrics that the head writes."""
    return tuple(
        AwsAlarmPlan(
            **alarm.model_dump(exclude={"name"}),
            name=f"{spec.name}-{alarm.name}",
            namespace=f"{METRICS}/{spec.name}",
            metric=alarm.watches,
            statistic="Maximum" if alarm.comparison == "above" else "Average",
            period=PERIOD,
            periods=max(1, alarm.seconds // PERIOD),
            missing="breaching" if alarm.silence else "notBreaching",
            operator=OPERATORS[alarm.comparison],
        )
        for alarm in alarms()
    )


def _spend(spec: ClusterSpec) -> AwsSpendPlan | None:
    """A budget that counts what carries the cluster's tag, which users have named
    (https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create-filters.html)."""
    alert = spend_alert(spec)
    if alert is None:
        return None
    key, value = alert.tag
    return AwsSpendPlan(
        **alert.model_dump(), amount=f"{alert.limit / 100:.2f}", costs=("TagKeyValue", f"user:{key}${value}")
    )


def _audit(spec: ClusterSpec, names: Names, buckets: tuple[BucketPlan, ...], decisions: Decisions) -> AuditPlan | None:
    """A trail of the objects of the cluster's buckets. It writes to a bucket of its own, which no role of the cluster
    can reach (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html).
    """
    if not decisions.default(spec.security, "security.audit", spec.security.audit, "who read what is asked afterwards"):
        return None
    bucket = names.bucket("audit", use="trail")
    service = {"Service": (names.service("cloudtrail"),)}
    source = {"aws:SourceArn": (names.arn("cloudtrail", f"trail/{spec.name}"),)}
    return AuditPlan(
        name=spec.name,
        bucket=bucket,
        lifecycle=(LifecyclePlan(id="old-records", prefix="", days=AUDIT_DAYS, noncurrent_days=1),),
        data_events=tuple(names.bucket_arn(data.bucket, "*").removesuffix("*") for data in buckets),
        statements=(
            tls_only(names, bucket),
            ResourceStatementPlan(
                sid="CloudTrailLooks",
                effect="Allow",
                actions=("s3:GetBucketAcl",),
                resources=(names.bucket_arn(bucket),),
                conditions={"StringEquals": source},
                principals=service,
            ),
            ResourceStatementPlan(
                sid="CloudTrailWrites",
                effect="Allow",
                actions=("s3:PutObject",),
                resources=(names.bucket_arn(bucket, f"AWSLogs/{names.account}/*"),),
                conditions={"StringEquals": {**source, "s3:x-amz-acl": ("bucket-owner-full-control",)}},
                principals=service,
            ),
        ),
    )


def _access_logs(spec: ClusterSpec, names: Names, watched: tuple[str, ...]) -> AccessLogsPlan | None:
    """S3 itself writes them, for these buckets of this account alone
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html)."""
    if spec.security.access_logs is None:
        return None
    bucket = names.bucket("access", use="logs")
    return AccessLogsPlan(
        bucket=bucket,
        lifecycle=(
            LifecyclePlan(id="old-records", prefix="", days=days(spec.security.access_logs), noncurrent_days=1),
        ),
        statements=(
            tls_only(names, bucket),
            ResourceStatementPlan(
                sid="S3Writes",
                effect="Allow",
                actions=("s3:PutObject",),
                resources=(names.bucket_arn(bucket, "*"),),
                conditions={
                    "ArnLike": {"aws:SourceArn": tuple(names.bucket_arn(one) for one in watched)},
                    "StringEquals": {"aws:SourceAccount": (names.account,)},
                },
                principals={"Service": (names.service("logging.s3"),)},
            ),
        ),
    )
