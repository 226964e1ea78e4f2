"""AWS: rules about what its services allow: log retention, budget alerts, endpoints."""

from collections.abc import Iterator

from clusterwright.rules.aws import AwsRule
from clusterwright.rules.base import Context
from clusterwright.spec.findings import Finding
from clusterwright.spec.units import Duration

LONGEST = Duration(3653 * 86400)
MOST_ALERTS = 5


class LogsKeptTooLong(AwsRule):
    """Logs are to be kept for longer than CloudWatch Logs can."""

    code = "CW-STO-151"
    why = (
        f"CloudWatch Logs keeps logs for {LONGEST} or for ever, and nothing for ever is kept here "
        "(docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        logs = context.spec.observability.logs
        if logs > LONGEST:
            yield self.finding(("observability", "logs"), f"logs can't be kept for {logs}", f"write `logs: {LONGEST}`")


class TooManyAlerts(AwsRule):
    """A budget has more alerts than AWS allows."""

    code = "CW-BUD-101"
    why = (
        f"a budget has {MOST_ALERTS} notifications at most "
        "(docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CreateBudget.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        alerts = context.spec.budget.alerts
        if len(alerts) > MOST_ALERTS:
            what = f"the budget has {len(alerts)} alerts"
            yield self.finding(("budget", "alerts"), what, f"leave {MOST_ALERTS}, for example `alerts: [50, 80, 100]`")


class NoBucketEndpoint(AwsRule):
    """The cluster reaches its bucket through the NAT gateway."""

    code = "CW-NET-122"
    severity = "warning"
    why = (
        "NAT costs by the byte, and a cluster reads its corpus and writes its checkpoints; an endpoint for S3 costs "
        "nothing (docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        network = context.spec.network
        if network.existing is None and "s3" not in network.endpoints:
            good = ", ".join(("s3", *dict.fromkeys(network.endpoints)))
            what = "the network has no endpoint for S3"
            yield self.finding(("network", "endpoints"), what, f"write `endpoints: [{good}]`")
