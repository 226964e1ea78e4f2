"""Metrics of Google Cloud: Cloud Monitoring's own kind, told apart by the label `cluster`, of the machine that is the
head.

What a project's machines may write is not narrowed down by metric: the label is not proof of who wrote a point.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from clusterwright.node.metrics import UNITS, SendError, Unit
from clusterwright.node.notices.metadata import ADDRESS, request
from clusterwright.node.notices.notice import Unreachable

PREFIX = "custom.googleapis.com/clusterwright/"
LABEL = "cluster"
RESOURCE = "gce_instance"
SCOPE = "https://www.googleapis.com/auth/monitoring.write"
TIMEOUT = (5.0, 10.0)
"""Seconds to be connected, and to be answered."""
WORDS: Mapping[Unit, str] = {"count": "1", "percent": "%", "usd": "{USD}", "bytes a second": "By/s"}
"""Units in UCUM, where money is an annotation
(https://docs.cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.metricDescriptors)."""


class GcpSender:
    """`session` is a requests session that signs what it sends; `instance` is the head's number at Compute Engine."""

    def __init__(self, cluster: str, project: str, zone: str, instance: str, session: Any) -> None:
        self.cluster = cluster
        self.url = f"https://monitoring.googleapis.com/v3/projects/{project}/timeSeries"
        self.resource = {
            "type": RESOURCE,
            "labels": {"project_id": project, "zone": zone, "instance_id": instance},
        }
        self.session = session

    @classmethod
    def open(cls, cluster: str, project: str, zone: str, address: str = ADDRESS) -> GcpSender:
        """With the machine's own service account. Raises SendError where the machine has none or does not know itself.

        What is not sent in time is left to the next minute, which has newer values.
        """
        import google.auth
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import AuthorizedSession

        try:
            status, instance = request(address, "/computeMetadata/v1/instance/id", {"Metadata-Flavor": "Google"})
            credentials, _ = google.auth.default(scopes=[SCOPE])
        except (Unreachable, GoogleAuthError) as error:
            raise SendError(str(error)) from error
        if status != 200:
            raise SendError(f"the metadata server answers instance/id with status {status}")
        return cls(cluster, project, zone, instance.strip(), AuthorizedSession(credentials))

    def send(self, values: Mapping[str, float], time: float) -> None:
        """One request holds 200 series, and a series takes a point every 5 seconds
        (https://docs.cloud.google.com/monitoring/quotas,
        https://docs.cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/create).

        All points are doubles: a metric that nobody has described is made as its first point is.
        """
        import requests
        from google.auth.exceptions import GoogleAuthError

        at = datetime.fromtimestamp(time, UTC).isoformat().replace("+00:00", "Z")
        series = [
            {
                "metric": {"type": PREFIX + name, "labels": {LABEL: self.cluster}},
                "resource": self.resource,
                "metricKind": "GAUGE",
                "valueType": "DOUBLE",
                "unit": WORDS[UNITS[name]],
                "points": [{"interval": {"endTime": at}, "value": {"doubleValue": float(value)}}],
            }
            for name, value in sorted(values.items())
        ]
        try:
            answer = self.session.post(self.url, json={"timeSeries": series}, timeout=TIMEOUT)
        except (GoogleAuthError, requests.RequestException) as error:
            raise SendError(f"Cloud Monitoring can't be reached: {error}") from error
        if answer.status_code != 200:
            raise SendError(f"Cloud Monitoring refused the points ({answer.status_code}: {_said(answer.text)})")


def _said(body: str) -> str:
    """Google's own message, or the start of a body that is not in its form."""
    try:
        return json.loads(body)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return body[:200] or "no message"
