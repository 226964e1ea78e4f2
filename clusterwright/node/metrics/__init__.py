"""What the head measures of its cluster once a minute, and who takes it: one interface, whichever cloud keeps it.

A cloud's client is imported when its sender is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol

SENDERS = ("aws", "gcp")
"""The providers that metrics are sent to."""
Unit = Literal["count", "percent", "usd", "bytes a second"]

UNITS: Mapping[str, Unit] = {
    "heartbeat": "count",
    "failed_nodes": "count",
    "nodes_busy": "count",
    "nodes_drained": "count",
    "nodes_idle": "count",
    "nodes_starting": "count",
    "runs_queued": "count",
    "runs_running": "count",
    "gpu_utilisation": "percent",
    "throughput_of_median": "percent",
    "spend_usd": "usd",
    "spend_usd_per_hour": "usd",
    "fabric_received": "bytes a second",
    "fabric_sent": "bytes a second",
}
"""Every metric by its name. One that is not known is not sent."""


class SendError(Exception):
    """The cloud refused, or does not answer; `str()` is a sentence for the user."""


class Sender(Protocol):
    def send(self, values: Mapping[str, float], time: float) -> None:
        """Keep `values`, by names of UNITS, as those of `time` (unix seconds). Raises SendError."""
        ...


def open_sender(provider: str, cluster: Mapping[str, Any]) -> Sender:
    """Who takes the metrics of the cluster whose facts are in facts/cluster.json.

    Raises ValueError for a provider that is none of SENDERS, ModuleNotFoundError without the cloud's client, SendError
    where the machine has no account to send by.
    """
    match provider:
        case "aws":
            from clusterwright.node.metrics.aws import AwsSender

            return AwsSender.open(cluster["cluster"], cluster["region"])
        case "gcp":
            from clusterwright.node.metrics.gcp import GcpSender

            return GcpSender.open(cluster["cluster"], cluster["project"], cluster["zone"])
        case _:
            raise ValueError(f"nobody takes metrics of provider `{provider}`")
