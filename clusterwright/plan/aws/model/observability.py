"""What is recorded of a cluster on AWS and who is told: logs, alarms, budget, audit, access logs."""

from typing import Literal

from clusterwright.plan.aws.model.identity import ResourceStatementPlan
from clusterwright.plan.aws.model.storage import LifecyclePlan
from clusterwright.plan.cloud import AlarmPlan, SpendAlertPlan
from clusterwright.plan.model import PlanModel
from clusterwright.spec.storage import OnDestroy


class LogGroupPlan(PlanModel):
    """A log group; `days` are how long its events are kept."""

    name: str
    days: int


class AwsAlarmPlan(AlarmPlan):
    """An alarm in CloudWatch's words: `statistic` of `metric` over `period` seconds, `periods` times in a row.

    The topic is told when it begins and when it is over. A metric without data is `missing`, no alarm but for
    the head's own: a cluster without nodes has nothing to say, and a head that lives always has
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html).
    """

    namespace: str
    metric: str
    statistic: Literal["Average", "Maximum"]
    period: int
    periods: int
    missing: Literal["notBreaching", "breaching"]
    operator: Literal["GreaterThanThreshold", "LessThanThreshold"]


class AwsSpendPlan(SpendAlertPlan):
    """A budget of AWS's: of `unit`s in a `period`, of what `costs` select, by the name and the value of a filter."""

    amount: str
    unit: Literal["USD"] = "USD"
    period: Literal["MONTHLY"] = "MONTHLY"
    costs: tuple[Literal["TagKeyValue"], str]


class AuditPlan(PlanModel):
    """A trail of who read and wrote objects of the cluster's buckets, in its region, with digests that show whether a
    record was changed.

    Without management events, such as the uses of the key: the event history of an account has those of 90 days free
    (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html), and where a trail has them
    already a second copy is billed
    (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-multiple-trails.html).

    It has a bucket of its own, which nodes can't reach, and which is kept: a record is asked for afterwards.
    """

    name: str
    bucket: str
    lifecycle: tuple[LifecyclePlan, ...]
    data_type: Literal["AWS::S3::Object"] = "AWS::S3::Object"
    data_events: tuple[str, ...]
    read_write: Literal["All"] = "All"
    management: Literal[False] = False
    multi_region: Literal[False] = False
    validation: Literal[True] = True
    on_destroy: OnDestroy = "keep"
    force_destroy: Literal[False] = False
    statements: tuple[ResourceStatementPlan, ...]


class AccessLogsPlan(PlanModel):
    """S3's own record of every request to the cluster's buckets, the audit's too, in a bucket that nodes can't reach.

    It is encrypted with S3's keys: one that is encrypted with a key of KMS gets no access logs
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html). It has no record of itself, which
    would never end. A record's key begins with account, region and bucket and the day of its requests
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html#server-access-logging-overview).
    """

    bucket: str
    lifecycle: tuple[LifecyclePlan, ...]
    day_of: Literal["EventTime"] = "EventTime"
    on_destroy: OnDestroy = "keep"
    force_destroy: Literal[False] = False
    statements: tuple[ResourceStatementPlan, ...]


class TopicPlan(PlanModel):
    """Where alarms and the budget go, and the addresses that it is mailed to."""

    name: str
    addresses: tuple[str, ...]
    statements: tuple[ResourceStatementPlan, ...]


class ObservabilityPlan(PlanModel):
    """Logs, dashboard, alarms, budget, audit, access logs."""

    log_groups: tuple[LogGroupPlan, ...]
    dashboard: str | None
    topic: TopicPlan
    alarms: tuple[AwsAlarmPlan, ...]
    spend: AwsSpendPlan | None
    audit: AuditPlan | None
    access_logs: AccessLogsPlan | None
