"""Logs: kept for as long as somebody decided."""

from __future__ import annotations

from collections.abc import Iterator

from clusterwright_policy.base import Resource, ResourceRule, Violation
from clusterwright_policy.gcp.types import LOG_BUCKET


class LogsWithoutATime(ResourceRule):
    """A log bucket does not say for how long it keeps its entries."""

    code = "CW-POL-231"
    types = frozenset({LOG_BUCKET})
    why = (
        "what jobs print is gone after a month then, whether somebody still needs it or not "
        "(docs.cloud.google.com/logging/docs/buckets)"
    )
    hint = "set `retentionDays`; a spec says it as `observability: {logs: 90 d}`"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        if not resource.value("retentionDays"):
            yield self.violation(resource, "`retentionDays` is not set")
