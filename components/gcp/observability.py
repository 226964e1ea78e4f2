"""What is kept to look at of a cluster on GCP, and who is told: logs, dashboard, alarms, budget, audit."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_gcp import billing, logging, monitoring, projects

from clusterwright import paths
from clusterwright.decide.billing import CURRENCY
from clusterwright.plan.gcp.model import AuditPlan, GcpAlarmPlan, GcpPlan, GcpSpendAlertPlan
from components.gcp.compute import Compute
from components.gcp.dashboard import body
from components.gcp.identity import Identity
from components.gcp.network import Network
from components.gcp.storage import Storage


class Observability(pulumi.ComponentResource):
    """`logs` is a command, `dashboard` an address, None without one; `kept` is what outlives the cluster."""

    def __init__(
        self,
        name: str,
        plan: GcpPlan,
        network: Network,
        identity: Identity,
        storage: Storage,
        compute: Compute,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("clusterwright:index:GcpObservability", name, None, opts)
        self._name, self._plan, self._identity = name, plan, identity
        self._child = pulumi.ResourceOptions(parent=self)
        self.kept: list[dict[str, pulumi.Input[str]]] = []
        self._logs()
        told = self._channels()
        for alarm in plan.observability.alarms:
            self._alarm(alarm, [*told.values()])
        if plan.observability.spend is not None:
            self._budget(plan.observability.spend, told)
        if plan.observability.audit is not None:
            self._audit(plan.observability.audit)
        self.logs = f"{paths.BIN}/clusterwright logs {plan.name}"
        self.dashboard = self._dashboard() if plan.observability.dashboard else None
        self.register_outputs({"logs": self.logs, "dashboard": self.dashboard})

    def _logs(self) -> None:
        """A log bucket of the cluster's own, and what leads the lines of its machines there.

        Its name is drawn once. Into a bucket of its own project a sink writes without being given a right to
        (https://docs.cloud.google.com/logging/docs/export/configure_export_v2#dest-auth). Once there they are kept out
        of the project's default bucket, which has neither the cluster's key nor its time; others' exclusions stay
        (https://docs.cloud.google.com/logging/docs/reference/v2/rest/v2/projects.exclusions/create).
        """
        plan, logs = self._plan, self._plan.observability.logs
        key = self._identity.key if logs.encrypted else None
        bucket = logging.ProjectBucketConfig(
            f"{self._name}-logs",
            project=plan.project,
            location=logs.location,
            bucket_id=pulumi.Output.concat(logs.name_prefix, "-", self._identity.unique),
            description=f"{plan.name}: what its machines log",
            retention_days=logs.retention_days,
            cmek_settings=logging.ProjectBucketConfigCmekSettingsArgs(kms_key_name=key) if key is not None else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*self._identity.encrypters]),
        )
        sink = logging.ProjectSink(
            f"{self._name}-logs",
            name=logs.name_prefix,
            project=plan.project,
            destination=pulumi.Output.concat("logging.googleapis.com/", bucket.id),
            filter=logs.filter,
            unique_writer_identity=True,
            opts=self._child,
        )
        logging.ProjectExclusion(
            f"{self._name}-logs",
            name=logs.name_prefix,
            project=plan.project,
            description=f"{plan.name}: they are in its own bucket",
            filter=logs.filter,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[sink]),
        )

    def _channels(self) -> dict[str, pulumi.Input[str]]:
        """The channel of each address that is told."""
        plan = self._plan
        return {
            address: monitoring.NotificationChannel(
                f"{self._name}-alarms-{address}",
                display_name=f"{plan.name}: {address}",
                type="email",
                labels={"email_address": address},
                # Who goes is told no more, whichever alarms still name him.
                force_delete=True,
                user_labels=plan.tags_of(),
                opts=self._child,
            ).id
            for address in plan.observability.notify
        }

    def _alarm(self, alarm: GcpAlarmPlan, told: list[pulumi.Input[str]]) -> None:
        plan, name = self._plan, f"{self._name}-{alarm.watches.replace('_', '-')}"
        key, value = alarm.label
        # An alarm over a metric that nobody has written yet is refused. All clusters of a project have the metric: to
        # say again what it is changes nothing, and to delete it would take the others' points.
        metric = monitoring.MetricDescriptor(
            name,
            type=alarm.metric,
            metric_kind="GAUGE",
            value_type="DOUBLE",
            unit=alarm.metric_unit,
            display_name=alarm.watches,
            description=f"{alarm.watches.replace('_', ' ')} of a cluster, by its head",
            labels=[monitoring.MetricDescriptorLabelArgs(key=key, value_type="STRING", description="the cluster")],
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )
        monitoring.AlertPolicy(
            name,
            display_name=alarm.name,
            combiner="OR",
            conditions=[
                monitoring.AlertPolicyConditionArgs(
                    display_name=f"{alarm.watches} {alarm.comparison} {alarm.threshold:g} {alarm.unit}",
                    condition_threshold=monitoring.AlertPolicyConditionConditionThresholdArgs(
                        filter=f'metric.type="{alarm.metric}" AND resource.type="{alarm.resource}" '
                        f'AND metric.labels.{key}="{value}"',
                        comparison=alarm.operator,
                        threshold_value=alarm.threshold,
                        duration=f"{alarm.seconds}s",
                        aggregations=[
                            monitoring.AlertPolicyConditionConditionThresholdAggregationArgs(
                                alignment_period=f"{alarm.period}s",
                                per_series_aligner=alarm.aligner,
                                cross_series_reducer=alarm.reducer,
                                group_by_fields=[f"metric.label.{key}"],
                            )
                        ],
                        evaluation_missing_data=alarm.missing,
                    ),
                )
            ],
            notification_channels=told,
            user_labels=plan.tags_of(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[metric]),
        )

    def _budget(self, spend: GcpSpendAlertPlan, told: Mapping[str, pulumi.Input[str]]) -> None:
        key, value = spend.tag
        billing.Budget(
            f"{self._name}-spend",
            billing_account=spend.billing.removeprefix("billingAccounts/"),
            display_name=spend.name,
            amount=billing.BudgetAmountArgs(
                specified_amount=billing.BudgetAmountSpecifiedAmountArgs(
                    currency_code=CURRENCY, units=str(spend.limit // 100), nanos=spend.limit % 100 * 10**7
                )
            ),
            budget_filter=billing.BudgetBudgetFilterArgs(
                projects=[spend.project],
                labels={key: value},
                calendar_period="MONTH",
                credit_types_treatment="EXCLUDE_ALL_CREDITS",
            ),
            threshold_rules=[
                billing.BudgetThresholdRuleArgs(threshold_percent=percent / 100, spend_basis="CURRENT_SPEND")
                for percent in spend.alerts
            ],
            all_updates_rule=billing.BudgetAllUpdatesRuleArgs(
                monitoring_notification_channels=[told[address] for address in spend.told],
                disable_default_iam_recipients=True,
            )
            if spend.told
            else None,
            opts=self._child,
        )

    def _audit(self, audit: AuditPlan) -> None:
        """Who read and wrote data is on record for the whole project, since Google has it no narrower. It stays on
        record when this cluster goes: others' data may be there, and no setting says who asked for it.

        A service has one such setting, which this one takes the place of: whom somebody had exempted for that service
        is on record again. A setting for allServices holds besides
        (https://docs.cloud.google.com/iam/docs/reference/rest/Shared.Types/Policy#AuditConfig)."""
        plan = self._plan
        for service in audit.services:
            projects.IAMAuditConfig(
                f"{self._name}-audit-{service.partition('.')[0]}",
                project=plan.project,
                service=service,
                audit_log_configs=[projects.IAMAuditConfigAuditLogConfigArgs(log_type=kind) for kind in audit.types],
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
            )

    def _dashboard(self) -> pulumi.Output[str]:
        plan = self._plan
        dashboard = monitoring.Dashboard(
            f"{self._name}-dashboard", dashboard_json=body(plan), project=plan.project, opts=self._child
        )
        return dashboard.id.apply(
            lambda id: (
                "https://console.cloud.google.com/monitoring/dashboards/builder/"
                f"{id.rsplit('/', 1)[-1]}?project={plan.project}"
            )
        )
