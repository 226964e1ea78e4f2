"""What is kept to look at, who is told, and who is on record."""

from collections.abc import Iterator
from typing import Literal

from clusterwright.decide.billing import MOST_TOLD, obstacle
from clusterwright.decide.gcp.interfaces import NODES
from clusterwright.plan.cloud import alarms, spend_alert
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.gcp.model import AuditPlan, GcpAlarmPlan, GcpSpendAlertPlan, LogBucketPlan, ObservabilityPlan
from clusterwright.plan.gcp.names import Names
from clusterwright.plan.gcp.storage import encrypted
from clusterwright.plan.storages import days
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.lock import Lock

OPERATORS: dict[str, Literal["COMPARISON_GT", "COMPARISON_LT"]] = {
    "above": "COMPARISON_GT", "below": "COMPARISON_LT",
}  # fmt: skip
UNITS: dict[str, Literal["1", "%"]] = {"nodes": "1", "percent": "%", "a minute": "1"}
PERIOD = 300
"""Seconds: the head writes a point a minute, of which one may be late."""


def plan_observability(spec: ClusterSpec, lock: Lock | None, names: Names, decisions: Decisions) -> ObservabilityPlan:
    """Logs, dashboard, alarms, the cloud's own budget, and the record of who read and wrote data."""
    section = spec.observability
    logs = decisions.default(section, "observability.logs", section.logs, "long enough to compare runs")
    dashboard = decisions.default(
        section, "observability.dashboard", section.dashboard, "what a job does is seen at once"
    )
    audit = decisions.default(spec.security, "security.audit", spec.security.audit, "who read what is asked afterwards")
    return ObservabilityPlan(
        logs=LogBucketPlan(
            name_prefix=names.of("logs"),
            location=names.region,
            retention_days=days(logs),
            filter=" OR ".join(f"({one})" for one in _logged(spec, names)),
            encrypted=encrypted(spec),
        ),
        dashboard=names.cluster if dashboard else None,
        alarms=_alarms(spec, names),
        notify=section.notify,
        spend=_spend(spec, lock, decisions),
        audit=_audit(spec) if audit else None,
    )


def _alarms(spec: ClusterSpec, names: Names) -> tuple[GcpAlarmPlan, ...]:
    """The alarms of all clouds, over metrics that the head writes
    (https://docs.cloud.google.com/monitoring/custom-metrics)."""
    return tuple(
        GcpAlarmPlan(
            **alarm.model_dump(exclude={"name"}),
            name=names.of(alarm.name),
            metric=f"custom.googleapis.com/clusterwright/{alarm.watches}",
            label=("cluster", spec.name),
            aligner="ALIGN_MAX" if alarm.comparison == "above" else "ALIGN_MEAN",
            reducer="REDUCE_MAX" if alarm.comparison == "above" else "REDUCE_MEAN",
            period=PERIOD,
            operator=OPERATORS[alarm.comparison],
            missing="EVALUATION_MISSING_DATA_ACTIVE" if alarm.silence else "EVALUATION_MISSING_DATA_INACTIVE",
            metric_unit=UNITS[alarm.unit],
        )
        for alarm in alarms()
    )


def _spend(spec: ClusterSpec, lock: Lock | None, decisions: Decisions) -> GcpSpendAlertPlan | None:
    """The budget at Google, where the spec has a limit and Google can have one."""
    alert = spend_alert(spec)
    if alert is None:
        return None
    billing = lock.billing if lock else None
    why = obstacle(billing) if lock else "without a lock nobody knows which account pays"
    if lock is None or billing is None or why:
        decisions.note("observability.spend", "kept by the head alone", f"{why}: Google has no budget of it")
        return None
    return GcpSpendAlertPlan(
        **alert.model_dump(),
        billing=billing.account,
        project=f"projects/{lock.number or lock.account}",
        told=spec.observability.notify[:MOST_TOLD],
    )


def _logged(spec: ClusterSpec, names: Names) -> Iterator[str]:
    """The log entries of the cluster's machines, and of no other cluster whose name begins alike; those of its own
    network, which are flows and what the NAT gateway could not do.

    A managed instance group gives its machines its own name and four characters
    (https://docs.cloud.google.com/logging/docs/view/logging-query-language).
    """
    groups = "|".join(group.name for group in spec.groups)
    label = 'labels."compute.googleapis.com/resource_name"'
    yield f'resource.type="gce_instance" AND {label}=~"^{names.cluster}-(head|({groups})-[a-z0-9]{{4}})$"'
    if spec.network.existing is None:
        # https://docs.cloud.google.com/vpc/docs/access-flow-logs, https://docs.cloud.google.com/nat/docs/monitoring
        yield f'resource.type="gce_subnetwork" AND resource.labels.subnetwork_name="{names.of(NODES)}"'
        yield f'resource.type="nat_gateway" AND resource.labels.gateway_name="{names.of("nat")}"'


def _audit(spec: ClusterSpec) -> AuditPlan:
    services = ["storage.googleapis.com"]
    if spec.security.key != "provider":
        services.insert(0, "cloudkms.googleapis.com")
    return AuditPlan(services=tuple(services), types=("ADMIN_READ", "DATA_READ", "DATA_WRITE"))
