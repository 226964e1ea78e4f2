"""Logs, alarms, audit and dashboard are the plan's."""

from __future__ import annotations

import json
import re

import pytest

from clusterwright.node.metrics import UNITS
from components.recorder import inputs_of
from tests.components.gcp.clusters import STACKS, made, planned, registered

PLAN = planned("bert-large-gcp")
RECORDER = registered("bert-large-gcp")


def test_the_machines_logs_are_led_into_a_bucket_of_the_cluster_s_own() -> None:
    bucket = RECORDER.inputs("bert-large-observability-logs", ":ProjectBucketConfig")
    assert (bucket["retentionDays"], bucket["location"]) == (90, "us-central1")
    sink = RECORDER.inputs("bert-large-observability-logs", ":ProjectSink")
    assert sink["destination"] == "logging.googleapis.com/bert-large-observability-logs-id"
    assert sink["filter"] == PLAN.observability.logs.filter


def test_what_the_machines_log_is_not_in_the_project_s_default_bucket_once_it_is_in_the_cluster_s() -> None:
    exclusion = RECORDER.request("bert-large-observability-logs", ":ProjectExclusion")
    assert inputs_of(exclusion)["filter"] == PLAN.observability.logs.filter
    urns = {RECORDER.urn(one): one.type for one in RECORDER.requests}
    assert any(urns[urn].endswith(":ProjectSink") for urn in exclusion.dependencies)


def test_alarms_are_over_a_metric_that_is_there_and_tell_whom_the_spec_names() -> None:
    idle = RECORDER.inputs("bert-large-observability-gpu-utilisation", ":AlertPolicy")
    assert idle["displayName"] == "bert-large-idle-gpus"
    assert idle["notificationChannels"] == ["bert-large-observability-alarms-ml@example.com-id"]
    [condition] = idle["conditions"]
    assert condition["conditionThreshold"] == {
        "filter": 'metric.type="custom.googleapis.com/clusterwright/gpu_utilisation" AND '
        'resource.type="gce_instance" AND metric.labels.cluster="bert-large"',
        "comparison": "COMPARISON_LT",
        "thresholdValue": 5.0,
        "duration": "1800s",
        "aggregations": [
            {
                "alignmentPeriod": "300s",
                "perSeriesAligner": "ALIGN_MEAN",
                "crossSeriesReducer": "REDUCE_MEAN",
                "groupByFields": ["metric.label.cluster"],
            }
        ],
        "evaluationMissingData": "EVALUATION_MISSING_DATA_INACTIVE",
    }
    [silent] = RECORDER.inputs("bert-large-observability-heartbeat", ":AlertPolicy")["conditions"]
    assert silent["conditionThreshold"]["evaluationMissingData"] == "EVALUATION_MISSING_DATA_ACTIVE"
    urns = {RECORDER.urn(one): one for one in RECORDER.requests}
    for alarm in PLAN.observability.alarms:
        name = f"bert-large-observability-{alarm.watches.replace('_', '-')}"
        waits = [urns[urn] for urn in RECORDER.request(name, ":AlertPolicy").dependencies]
        [metric] = [one for one in waits if one.type.endswith(":MetricDescriptor")]
        assert metric.retainOnDelete  # other clusters of the project have it too
        said = inputs_of(metric)
        assert (said["type"], said["labels"][0]["key"]) == (alarm.metric, "cluster")


def test_google_s_budget_counts_the_cluster_s_label_in_dollars_and_mails_whom_the_spec_names() -> None:
    more = "groups: [{name: train, machine: g2-standard-4}]\nobservability: {notify: [ml@example.com]}\n"
    budget = made(f"budget: {{limit: 100 USD, alerts: [50, 100]}}\n{more}").inputs("a-observability-spend")
    assert budget == {
        "billingAccount": "012345-567890-ABCDEF",
        "displayName": "a",
        "amount": {"specifiedAmount": {"currencyCode": "USD", "units": "100", "nanos": 0}},
        "budgetFilter": {
            "projects": ["projects/123456789012"],
            "labels": {"clusterwright-cluster": "a"},
            "calendarPeriod": "MONTH",
            "creditTypesTreatment": "EXCLUDE_ALL_CREDITS",
        },
        "thresholdRules": [{"thresholdPercent": percent, "spendBasis": "CURRENT_SPEND"} for percent in (0.5, 1.0)],
        "allUpdatesRule": {
            "monitoringNotificationChannels": ["a-observability-alarms-ml@example.com-id"],
            "disableDefaultIamRecipients": True,
        },
    }


def test_a_budget_that_nobody_is_named_for_tells_those_who_look_after_the_account() -> None:
    budget = registered("given").inputs("a-observability-spend")
    assert "allUpdatesRule" not in budget


def test_whom_the_spec_names_is_mailed() -> None:
    mail = RECORDER.inputs("bert-large-observability-alarms-ml@example.com")
    assert (mail["type"], mail["labels"]) == ("email", {"email_address": "ml@example.com"})


def test_who_read_data_is_on_record_for_as_long_as_the_project_wants_it() -> None:
    for service in ("storage", "cloudkms"):
        name = f"bert-large-observability-audit-{service}"
        inputs = RECORDER.inputs(name)
        assert inputs["service"] == f"{service}.googleapis.com"
        assert {one["logType"] for one in inputs["auditLogConfigs"]} == {"ADMIN_READ", "DATA_READ", "DATA_WRITE"}
        assert RECORDER.request(name).retainOnDelete


def test_a_spec_without_them_has_neither_audit_nor_dashboard() -> None:
    types = {one.type.split(":")[-1] for one in registered("plain").requests}
    assert {"IAMAuditConfig", "Dashboard", "Budget"} & types == set()


@pytest.mark.parametrize("name", STACKS)
def test_the_dashboard_has_the_head_s_metrics_every_group_and_no_tile_over_another(name: str) -> None:
    plan = planned(name)
    said = json.loads(registered(name).inputs(f"{plan.name}-observability-dashboard")["dashboardJson"])
    tiles = said["mosaicLayout"]["tiles"]
    titles = [one["widget"]["title"] for one in tiles]
    assert {
        "GPU utilisation, %",
        "queue, runs",
        "spend, USD",
        "nodes",
        *(a.name for a in plan.observability.alarms),
    } <= {*titles}
    assert ("fabric, bytes a second" in titles) is any(group.fabric != "none" for group in plan.groups)
    filters = [
        line["timeSeriesQuery"]["timeSeriesFilter"]["filter"]
        for one in tiles
        for line in one["widget"]["xyChart"]["dataSets"]
    ]
    own = {text.split('"')[1].rsplit("/", 1)[1] for text in filters if "custom.googleapis.com" in text}
    assert own <= UNITS.keys()
    assert {group.manager.name for group in plan.groups} <= {text.split('"')[-2] for text in filters}
    for text in filters:
        if "agent.googleapis.com" in text and "/gpu/utilization" not in text:
            assert re.search(r'metric\.labels\.\w*state="\w+"', text), "a mean over all states says nothing"
    assert ("lustre.googleapis.com" in "".join(filters)) is any(part.kind == "lustre" for part in plan.storage)
    places = [(one["xPos"], one["yPos"]) for one in tiles]
    assert len(places) == len(set(places))
    assert max(one["xPos"] + one["width"] for one in tiles) <= said["mosaicLayout"]["columns"]
