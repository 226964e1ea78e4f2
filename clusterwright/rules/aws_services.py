"""AWS: rules about what its services allow: log retention, budget alerts, endpoints."""

from collections.abc import Iterator

from clusterwright.rules.aws import AwsRule
from clusterwright.rules.base import Context
from clusterwright.rules.names import repeated
from clusterwright.spec.findings import Finding

DAY = 86400
RETENTION = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""Days for which CloudWatch Logs keeps logs.

Source: docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
"""
MOST_ALERTS = 5


class RetentionNotPossible(AwsRule):
    """Logs are to be kept for a time that CloudWatch Logs does not have."""

    code = "CW-STO-151"
    why = (
        "CloudWatch Logs keeps logs for one of a list of numbers of days "
        "(docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        logs = context.spec.observability.logs
        if logs % DAY == 0 and logs // DAY in RETENTION:
            return
        below = max((days for days in RETENTION if days * DAY < logs), default=None)
        above = min((days for days in RETENTION if days * DAY > logs), default=None)
        near = " or ".join(f"`logs: {days} d`" for days in (below, above) if days)
        yield self.finding(("observability", "logs"), f"logs can't be kept for {logs}", f"write {near}")


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


class RepeatedEndpoint(AwsRule):
    """An endpoint is listed twice."""

    code = "CW-NET-121"
    why = (
        "a second endpoint of a service would claim the same private name "
        "(docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        endpoints = context.spec.network.endpoints
        for index, first in repeated(endpoints):
            what = f"the endpoint `{endpoints[index]}` is there already: endpoints[{first}]"
            yield self.finding(("network", "endpoints", index), what, "remove this one")


class NoBucketEndpoint(AwsRule):
    """The cluster reaches its bucket through the NAT gateway."""

    code = "CW-NET-122"
    severity = "warning"
    acceptable = True
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
