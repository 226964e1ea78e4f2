"""What is kept to look at of a cluster on AWS, and who is told: logs, dashboard, alarms, budget, audit."""

from __future__ import annotations

import pulumi
from pulumi_aws import budgets, cloudtrail, cloudwatch, ec2, sns

from clusterwright import paths
from clusterwright.plan.aws.model import AuditPlan, AwsAlarmPlan, AwsPlan, AwsSpendPlan, FlowLogsPlan, policy
from components.aws.buckets import Bucket
from components.aws.compute import Compute
from components.aws.dashboard import body
from components.aws.identity import Identity
from components.aws.network import Network
from components.aws.storage import Storage
from components.options import kept


class Observability(pulumi.ComponentResource):
    """`logs` is a command, `dashboard` an address, None without one; `kept` is what outlives the cluster."""

    def __init__(
        self,
        name: str,
        plan: AwsPlan,
        network: Network,
        identity: Identity,
        storage: Storage,
        compute: Compute,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("clusterwright:index:AwsObservability", name, None, opts)
        self._name, self._plan, self._identity = name, plan, identity
        self._child = pulumi.ResourceOptions(parent=self)
        self.kept: list[dict[str, pulumi.Input[str]]] = []
        groups = self._log_groups()
        if plan.network.flow_logs is not None:
            self._flow_log(plan.network.flow_logs, network, groups)
        topic = self._topic()
        for alarm in plan.observability.alarms:
            self._alarm(alarm, topic)
        if plan.observability.spend is not None:
            self._budget(plan.observability.spend, topic)
        if plan.observability.audit is not None:
            self.kept += self._audit(plan.observability.audit, storage)
        self.logs = f"{paths.BIN}/clusterwright logs {plan.name}"
        self.dashboard = self._dashboard(storage) if plan.observability.dashboard else None
        self.register_outputs({"logs": self.logs, "dashboard": self.dashboard})

    def _log_groups(self) -> dict[str, cloudwatch.LogGroup]:
        plan = self._plan
        return {
            group.name: cloudwatch.LogGroup(
                f"{self._name}-{group.name.rsplit('/', 1)[-1]}",
                name=group.name,
                retention_in_days=group.days,
                kms_key_id=self._identity.key,
                tags=plan.named(group.name),
                opts=self._child,
            )
            for group in plan.observability.log_groups
        }

    def _flow_log(self, logs: FlowLogsPlan, network: Network, groups: dict[str, cloudwatch.LogGroup]) -> None:
        plan = self._plan
        ec2.FlowLog(
            f"{self._name}-flow",
            vpc_id=network.vpc,
            traffic_type=logs.traffic,
            log_destination_type=logs.destination,
            log_destination=groups[logs.group].arn,
            iam_role_arn=self._identity.roles["flow-logs"],
            tags=plan.named(f"{plan.name}-flow"),
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._identity.resources),
        )

    def _topic(self) -> sns.TopicPolicy:
        plan = self._plan
        topic = sns.Topic(
            f"{self._name}-alarms",
            name=plan.observability.topic.name,
            kms_master_key_id=self._identity.key,
            tags=plan.named(plan.observability.topic.name),
            opts=self._child,
        )
        for address in plan.observability.topic.addresses:
            sns.TopicSubscription(
                f"{self._name}-alarms-{address}", topic=topic.arn, protocol="email", endpoint=address, opts=self._child
            )
        # Who writes to the topic takes it from here, and so waits for the right to.
        return sns.TopicPolicy(
            f"{self._name}-alarms",
            arn=topic.arn,
            policy=policy(plan.observability.topic.statements),
            opts=self._child,
        )

    def _alarm(self, alarm: AwsAlarmPlan, topic: sns.TopicPolicy) -> None:
        plan = self._plan
        cloudwatch.MetricAlarm(
            f"{self._name}-{alarm.watches.replace('_', '-')}",
            name=alarm.name,
            alarm_description=f"{alarm.watches} {alarm.comparison} {alarm.threshold:g} {alarm.unit}",
            namespace=alarm.namespace,
            metric_name=alarm.metric,
            statistic=alarm.statistic,
            period=alarm.period,
            evaluation_periods=alarm.periods,
            threshold=alarm.threshold,
            comparison_operator=alarm.operator,
            treat_missing_data=alarm.missing,
            alarm_actions=[topic.arn],
            ok_actions=[topic.arn],
            tags=plan.named(alarm.name),
            opts=self._child,
        )

    def _budget(self, spend: AwsSpendPlan, topic: sns.TopicPolicy) -> None:
        plan = self._plan
        costs, value = spend.costs
        budgets.Budget(
            f"{self._name}-spend",
            name=spend.name,
            budget_type="COST",
            time_unit=spend.period,
            limit_amount=spend.amount,
            limit_unit=spend.unit,
            cost_filters=[budgets.BudgetCostFilterArgs(name=costs, values=[value])],
            notifications=[
                budgets.BudgetNotificationArgs(
                    comparison_operator="GREATER_THAN",
                    notification_type="ACTUAL",
                    threshold=float(percent),
                    threshold_type="PERCENTAGE",
                    subscriber_sns_topic_arns=[topic.arn],
                )
                for percent in spend.alerts
            ],
            tags=plan.named(spend.name),
            opts=self._child,
        )

    def _audit(self, audit: AuditPlan, storage: Storage) -> list[dict[str, pulumi.Input[str]]]:
        """The trail and its bucket; what is kept of them."""
        plan, name = self._plan, f"{self._name}-audit"
        bucket = Bucket(
            name,
            audit.bucket,
            statements=audit.statements,
            lifecycle=audit.lifecycle,
            force_destroy=audit.force_destroy,
            key=self._identity.key,
            tags=plan.named(audit.bucket),
            logs=storage.access_logs,
            opts=kept(self, audit.on_destroy),
        )
        cloudtrail.Trail(
            name,
            name=audit.name,
            s3_bucket_name=bucket.id,
            kms_key_id=self._identity.key,
            enable_log_file_validation=audit.validation,
            is_multi_region_trail=audit.multi_region,
            include_global_service_events=audit.multi_region,
            event_selectors=[
                cloudtrail.TrailEventSelectorArgs(
                    read_write_type=audit.read_write,
                    include_management_events=audit.management,
                    data_resources=[
                        cloudtrail.TrailEventSelectorDataResourceArgs(type=audit.data_type, values=[*audit.data_events])
                    ],
                )
            ],
            tags=plan.named(audit.name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=bucket.resources),
        )
        place = pulumi.Output.concat("s3://", bucket.id)
        return [{"name": "audit", "path": place}] if audit.on_destroy == "keep" else []

    def _dashboard(self, storage: Storage) -> pulumi.Output[str]:
        plan = self._plan
        dashboard = cloudwatch.Dashboard(
            f"{self._name}-dashboard",
            dashboard_name=plan.observability.dashboard or plan.name,
            dashboard_body=body(plan, storage.file_systems),
            opts=self._child,
        )
        return pulumi.Output.concat(
            f"https://{plan.region}.console.aws.amazon.com/cloudwatch/home?region={plan.region}#dashboards/dashboard/",
            dashboard.dashboard_name,
        )
