"""Notices of Compute Engine's metadata server.

Sources:
https://docs.cloud.google.com/compute/docs/instances/create-use-preemptible#detecting_if_an_instance_was_preempted,
https://docs.cloud.google.com/compute/docs/metadata/getting-live-migration-notice (values of maintenance-event),
https://docs.cloud.google.com/compute/docs/gpus/gpu-host-maintenance (machines with GPUs stop, an hour after it is
told), https://docs.cloud.google.com/compute/docs/instances/monitor-plan-host-maintenance-event
(upcoming-maintenance).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from clusterwright.node.notices.metadata import ADDRESS, Endpoint, parsed, request
from clusterwright.node.notices.notice import Notice, Source, Unreachable

INSTANCE = "/computeMetadata/v1/instance/"
MAINTENANCE_LEAD = 900.0
"""Seconds before a planned window: it is told days ahead, and jobs need minutes for a last checkpoint."""
WINDOW = ("window_start_time", "windowStartTime")
"""The metadata server and the API write the same key in two ways."""


class Gcp:
    def __init__(self, address: str = ADDRESS) -> None:
        self.address = address

    def sources(self) -> Sequence[Source]:
        """The worst first."""
        return [Endpoint(self._preempted), Endpoint(self._maintenance), Endpoint(self._upcoming)]

    def _preempted(self) -> Iterator[Notice]:
        if self._get("preempted") == "TRUE":
            yield Notice("preempted", "preemption", "Google takes this spot machine back within 30 s", 0.0)

    def _maintenance(self) -> Iterator[Notice]:
        event = self._get("maintenance-event")
        if event == "TERMINATE_ON_HOST_MAINTENANCE":
            yield Notice("maintenance now", "maintenance", "Google stops this machine for maintenance of its host", 0.0)
        elif event == "MIGRATE_ON_HOST_MAINTENANCE":
            yield Notice("migration", "migration", "Google moves this machine to another host while it runs", None)
        elif event not in (None, "NONE"):
            raise Unreachable(f"the metadata server tells of an unknown maintenance: {event[:80]}")

    def _upcoming(self) -> Iterator[Notice]:
        path = "upcoming-maintenance?alt=json"
        body = self._get(path)
        told = None if body in (None, "NONE") else parsed(path, body)
        if told in (None, "NONE") or "error" in told:
            # {"error": "no notifications have been received yet, try again later"} is how it says that there are none.
            return
        begins = told.get(WINDOW[0]) or told[WINDOW[1]]
        from_time = datetime.fromisoformat(begins.replace("Z", "+00:00")).timestamp() - MAINTENANCE_LEAD
        yield Notice(
            f"maintenance {begins}", "maintenance", f"Google plans maintenance of the host at {begins}", from_time
        )

    def _get(self, key: str) -> str | None:
        """The value of a key; None where this machine has none. Raises Unreachable."""
        status, body = request(self.address, INSTANCE + key, {"Metadata-Flavor": "Google"})
        if status == 404:
            return None
        if status != 200 and '"error"' not in body:
            raise Unreachable(f"the metadata server answers {key} with status {status}")
        return body.strip()
