"""Logs: kept for as long as somebody decided, and no longer."""

from __future__ import annotations

from collections.abc import Iterator

from clusterwright_policy.aws.encryption import LOG_GROUP
from clusterwright_policy.base import Resource, ResourceRule, Violation


class LogsForever(ResourceRule):
    """A log group keeps its events for ever."""

    code = "CW-POL-131"
    types = frozenset({LOG_GROUP})
    why = (
        "what jobs print is kept, and paid for, until somebody remembers it "
        "(docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html)"
    )
    hint = "set `retentionInDays`; a spec says it as `observability: {logs: 90 d}`"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        if not resource.value("retentionInDays"):
            yield self.violation(resource, "`retentionInDays` is not set")
