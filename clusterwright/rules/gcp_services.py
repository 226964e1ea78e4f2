"""GCP: rules about what its services allow: log retention."""

from collections.abc import Iterator

from clusterwright.rules.base import Context
from clusterwright.rules.gcp import GcpRule
from clusterwright.spec.findings import Finding
from clusterwright.spec.units import Duration

LONGEST = Duration(3650 * 86400)


class LogsKeptTooLong(GcpRule):
    """Logs are to be kept for longer than Cloud Logging can."""

    code = "CW-STO-251"
    why = f"Cloud Logging keeps logs for {LONGEST} at most (docs.cloud.google.com/logging/docs/buckets)"

    def check(self, context: Context) -> Iterator[Finding]:
        logs = context.spec.observability.logs
        if logs > LONGEST:
            yield self.finding(("observability", "logs"), f"logs can't be kept for {logs}", f"write `logs: {LONGEST}`")
