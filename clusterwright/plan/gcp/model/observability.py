"""What is recorded of a cluster on GCP and who is told: logs, alarms, budget, audit."""

from typing import Literal

from clusterwright.plan.cloud import AlarmPlan, SpendAlertPlan
from clusterwright.plan.model import PlanModel


class AuditPlan(PlanModel):
    """Whose data accesses are recorded; Google records none of them by itself."""

    services: tuple[str, ...]
    types: tuple[Literal["ADMIN_READ", "DATA_READ", "DATA_WRITE"], ...]


class GcpAlarmPlan(AlarmPlan):
    """An alarm over `metric`, of the points that the cluster's own head writes: those with `label` (key, value), of the
    kind of `resource` that the head is. The alarm is over the mean of each `period` seconds, or their largest value,
    past the threshold as `operator` has it. `missing` is how a metric without points counts, `metric_unit` is `unit` as
    Google writes it, and the head sends it
    (https://docs.cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.metricDescriptors).

    Points of all machines that were the head count as one by `reducer`: the series of a head that was made anew ends,
    and would be silent for ever.
    """

    metric: str
    resource: Literal["gce_instance"] = "gce_instance"
    aligner: Literal["ALIGN_MEAN", "ALIGN_MAX"]
    reducer: Literal["REDUCE_MEAN", "REDUCE_MAX"]
    period: int
    label: tuple[str, str]
    operator: Literal["COMPARISON_GT", "COMPARISON_LT"]
    missing: Literal["EVALUATION_MISSING_DATA_ACTIVE", "EVALUATION_MISSING_DATA_INACTIVE"]
    metric_unit: Literal["1", "%"]


class LogBucketPlan(PlanModel):
    """Where the cluster's logs are kept, and which lines are: those of its machines and of its own network alone. They
    are kept there only, not in the project's default bucket besides.

    A deleted log bucket is there for another seven days, so its name ends with a random part that is drawn when it is
    made (https://docs.cloud.google.com/logging/docs/buckets).
    """

    name_prefix: str
    location: str
    retention_days: int
    filter: str
    encrypted: bool


class GcpSpendAlertPlan(SpendAlertPlan):
    """A budget of `billing`, the account that pays for the project: billingAccounts/ and its id.

    It counts what `project`, projects/ and its number, has used; credits are not taken off, as the head takes none off.
    `told` are addresses for mail; where there are none, those are told who look after the account.
    """

    billing: str
    project: str
    told: tuple[str, ...]


class ObservabilityPlan(PlanModel):
    """What is kept to look at, and who is told: addresses for mail. `spend` is None where the paying account is not
    known, too."""

    logs: LogBucketPlan
    dashboard: str | None
    alarms: tuple[GcpAlarmPlan, ...]
    notify: tuple[str, ...]
    spend: GcpSpendAlertPlan | None
    audit: AuditPlan | None
