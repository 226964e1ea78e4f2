"""How what components/gcp/observability.py registers is asked for."""

from __future__ import annotations

import json

from tests.components.gcp.requests.translate import Call, Inputs, Resource

PROJECT = {"name": "projects/{project}"}


def _dashboard(inputs: Inputs) -> Inputs:
    return json.loads(inputs["dashboardJson"])


def _budget(inputs: Inputs) -> Inputs:
    """The provider makes a list of the one value that a label may have."""
    spent = inputs["budgetFilter"]
    return {**inputs, "budgetFilter": {**spent, "labels": {key: [one] for key, one in spent["labels"].items()}}}


REQUESTS = {
    "gcp:billing/budget:Budget": Resource(
        Call(
            "billingbudgets.v1:billingAccounts.budgets.create",
            {"parent": "billingAccounts/{billingAccount}"},
            {"allUpdatesRule": "notificationsRule"},
            first=_budget,
        )
    ),
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": Resource(
        Call(
            "logging.v2:projects.locations.buckets.create",
            {"parent": "projects/{project}/locations/{location}", "bucketId": "{bucketId}"},
        )
    ),
    "gcp:logging/projectSink:ProjectSink": Resource(
        Call("logging.v2:projects.sinks.create", {"parent": "projects/{project}"})
    ),
    "gcp:logging/projectExclusion:ProjectExclusion": Resource(
        Call("logging.v2:projects.exclusions.create", {"parent": "projects/{project}"})
    ),
    "gcp:monitoring/metricDescriptor:MetricDescriptor": Resource(
        Call("monitoring.v3:projects.metricDescriptors.create", PROJECT)
    ),
    "gcp:monitoring/notificationChannel:NotificationChannel": Resource(
        Call("monitoring.v3:projects.notificationChannels.create", PROJECT),
        {"forceDelete": "what the provider says when it deletes the channel"},
    ),
    "gcp:monitoring/alertPolicy:AlertPolicy": Resource(Call("monitoring.v3:projects.alertPolicies.create", PROJECT)),
    "gcp:monitoring/dashboard:Dashboard": Resource(
        Call("monitoring.v1:projects.dashboards.create", {"parent": "projects/{project}"}, first=_dashboard)
    ),
}
