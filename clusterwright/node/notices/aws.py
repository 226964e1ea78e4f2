"""Notices of EC2's metadata service, version 2; local machines have a stand-in that speaks the same.

Sources: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html (two minutes ahead),
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_scheduled_events.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/rebalance-recommendations.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html (tokens).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from clusterwright.node.notices.metadata import ADDRESS, Endpoint, parsed, request
from clusterwright.node.notices.notice import Notice, Source, Unreachable

TOKEN_SECONDS = 21600  # the longest that AWS gives
SPOT = "/latest/meta-data/spot/instance-action"
MAINTENANCE = "/latest/meta-data/events/maintenance/scheduled"
REBALANCE = "/latest/meta-data/events/recommendations/rebalance"
OVER = ("completed", "canceled")
MAINTENANCE_LEAD = 900.0
"""Seconds before a scheduled event: it is told days ahead, and jobs need minutes for a last checkpoint."""


class Aws:
    def __init__(self, address: str = ADDRESS) -> None:
        self.address = address
        self._token = ""
        self._renew_at = 0.0

    def sources(self) -> Sequence[Source]:
        """The worst first."""
        return [Endpoint(self._spot), Endpoint(self._maintenance), Endpoint(self._rebalance)]

    def _spot(self) -> Iterator[Notice]:
        told = self._get(SPOT)
        if told is not None:
            reason = f"AWS takes this spot machine back at {told['time']} ({told['action']})"
            yield Notice(f"spot {told['time']}", "preemption", reason, 0.0)

    def _maintenance(self) -> Iterator[Notice]:
        for event in self._get(MAINTENANCE) or []:
            if event.get("State", "active") in OVER:
                continue
            begins = datetime.strptime(event["NotBefore"], "%d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
            reason = f"AWS has scheduled {event['Code']} for {begins:%Y-%m-%dT%H:%M:%SZ}"
            yield Notice(
                f"maintenance {event['EventId']}", "maintenance", reason, begins.timestamp() - MAINTENANCE_LEAD
            )

    def _rebalance(self) -> Iterator[Notice]:
        told = self._get(REBALANCE)
        if told is not None:
            reason = f"AWS expects since {told['noticeTime']} to take this spot machine back"
            yield Notice(f"rebalance {told['noticeTime']}", "rebalance", reason, None)

    def _get(self, path: str) -> Any:
        """The JSON at a path; None where the service has nothing to say. Raises Unreachable."""
        status, body = request(self.address, path, self._headers())
        if status == 401:
            # The token is not the service's any more, as after a restart of the stand-in: the next one is.
            self._renew_at = 0.0
            status, body = request(self.address, path, self._headers())
        if status == 404:
            return None
        if status != 200:
            raise Unreachable(f"the metadata server answers {path} with status {status}")
        return parsed(path, body)

    def _headers(self) -> Mapping[str, str]:
        if time.monotonic() >= self._renew_at:
            asked = {"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_SECONDS)}
            status, token = request(self.address, "/latest/api/token", asked, method="PUT")
            if status != 200:
                raise Unreachable(f"the metadata server gives no token: status {status}")
            self._token, self._renew_at = token, time.monotonic() + TOKEN_SECONDS / 2
        return {"X-aws-ec2-metadata-token": self._token}
