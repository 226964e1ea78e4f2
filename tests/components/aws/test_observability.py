"""What is kept to look at is encrypted and kept as long as the plan says; who is told is told by one topic."""

from __future__ import annotations

import json

from clusterwright.node.metrics import UNITS
from clusterwright.plan.aws.model import AwsPlan
from components.recorder import Recorder
from tests.components.aws.clusters import made, planned, registered

PLAN: AwsPlan = planned("bert-large-aws")


def recorded() -> Recorder:
    return registered("bert-large-aws")


def test_machines_write_to_log_groups_that_are_there_and_kept_for_the_plan_s_days() -> None:
    groups = [recorded().inputs(one.name, ":LogGroup") for one in recorded().requests if one.type.endswith(":LogGroup")]
    assert {group["name"]: group["retentionInDays"] for group in groups} == {
        f"/clusterwright/bert-large/{name}": 90 for name in ("head", "nodes", "jobs", "flow")
    }


def test_the_network_s_flows_are_logged_by_a_role_of_their_own() -> None:
    flow = recorded().inputs("bert-large-observability-flow", ":FlowLog")
    assert (flow["vpcId"], flow["trafficType"]) == ("bert-large-network-vpc-id", "ALL")
    assert flow["iamRoleArn"].endswith("bert-large-identity-flow-logs")
    assert flow["logDestination"].endswith("bert-large-observability-flow")
    names = [one.type for one in made("network: {flow_logs: false}\n").requests]
    assert "aws:ec2/flowLog:FlowLog" not in names


def test_alarms_tell_the_topic_and_are_silent_where_there_is_nothing_to_say_but_of_the_head() -> None:
    idle = recorded().inputs("bert-large-observability-gpu-utilisation")
    expected = {
        "name": "bert-large-idle-gpus",
        "namespace": "Clusterwright/bert-large",
        "metricName": "gpu_utilisation",
        "statistic": "Average",
        "comparisonOperator": "LessThanThreshold",
        "threshold": 5.0,
        "period": 300.0,
        "evaluationPeriods": 6.0,
        "treatMissingData": "notBreaching",
    }
    assert expected.items() <= idle.items()
    assert idle["alarmActions"] == idle["okActions"]
    head = recorded().inputs("bert-large-observability-heartbeat")
    assert (head["name"], head["treatMissingData"]) == ("bert-large-head-silent", "breaching")
    failed = recorded().inputs("bert-large-observability-failed-nodes")
    assert failed["comparisonOperator"] == "GreaterThanThreshold"


def test_whom_the_spec_names_is_mailed() -> None:
    mail = recorded().inputs("bert-large-observability-alarms-ml@example.com")
    assert (mail["protocol"], mail["endpoint"]) == ("email", "ml@example.com")


def test_the_cloud_s_budget_counts_the_cluster_s_tag_in_dollars() -> None:
    budget = recorded().inputs("bert-large-observability-spend")
    assert (budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == ("50000.00", "USD", "MONTHLY")
    assert budget["costFilters"] == [{"name": "TagKeyValue", "values": ["user:clusterwright-cluster$bert-large"]}]
    assert [one["threshold"] for one in budget["notifications"]] == [50, 80, 100]
    types = [one.type for one in registered("gpt3-aws").requests]
    assert "aws:budgets/budget:Budget" not in types


def test_objects_and_the_key_are_audited_into_a_bucket_of_their_own() -> None:
    trail = recorded().inputs("bert-large-observability-audit", ":Trail")
    assert PLAN.observability.audit is not None
    assert trail["s3BucketName"] == PLAN.observability.audit.bucket
    assert trail["enableLogFileValidation"] is True
    [selector] = trail["eventSelectors"]
    assert (selector["readWriteType"], selector["includeManagementEvents"]) == ("All", False)
    [data] = selector["dataResources"]
    assert data == {"type": "AWS::S3::Object", "values": [*PLAN.observability.audit.data_events]}
    rules = recorded().inputs("bert-large-observability-audit-lifecycle")["rules"]
    assert [rule["expiration"] for rule in rules] == [{"days": 365.0}]


def test_a_spec_without_them_has_neither_audit_nor_dashboard() -> None:
    types = {one.type.split(":")[-1] for one in registered("plain").requests}
    assert {"Trail", "Dashboard"} & types == set()


def test_the_dashboard_has_what_the_agents_send_every_group_and_every_file_system() -> None:
    body = json.loads(recorded().inputs("bert-large-observability-dashboard")["dashboardBody"])
    widgets = {widget["properties"]["title"]: widget["properties"]["metrics"] for widget in body["widgets"]}
    [[query], *_] = widgets["GPU utilisation, %"]
    assert query["expression"] == 'SELECT MIN(nvidia_smi_utilization_gpu) FROM "Clusterwright/bert-large"'
    assert {line[3] for line in widgets["nodes"]} == {"bert-large.train", "bert-large.prep"}
    assert widgets["scratch, bytes a minute"][0][:4] == [
        "AWS/FSx", "DataReadBytes", "FileSystemId", "bert-large-storage-scratch-id",
    ]  # fmt: skip
    assert widgets["home, bytes a minute"][0][3] == "bert-large-storage-home-id"
    assert {alarm.name for alarm in PLAN.observability.alarms} <= widgets.keys()


def test_the_dashboard_shows_the_head_s_own_metrics_and_a_fabric_where_there_is_one() -> None:
    fabric = {"gpt3-aws": True, "bert-large-aws": any(group.fabric != "none" for group in PLAN.groups)}
    for name, has_fabric in fabric.items():
        body = json.loads(registered(name).inputs(f"{planned(name).name}-observability-dashboard")["dashboardBody"])
        widgets = {widget["properties"]["title"]: widget["properties"]["metrics"] for widget in body["widgets"]}
        shown = {
            title: {line[1]: line[2]["yAxis"] for line in widgets[title]}
            for title in ("nodes by state", "queue, runs", "spend, USD", "fabric, bytes a second")
            if title in widgets
        }
        assert shown["queue, runs"] == {"runs_queued": "left", "runs_running": "left"}
        assert shown["spend, USD"] == {"spend_usd": "left", "spend_usd_per_hour": "right"}
        assert ("fabric, bytes a second" in shown) is has_fabric
        assert {metric for lines in shown.values() for metric in lines} <= UNITS.keys()
        assert widgets["queue, runs"][0][0] == f"Clusterwright/{planned(name).name}"


def test_widgets_stand_beside_one_another_on_the_grid() -> None:
    body = json.loads(recorded().inputs("bert-large-observability-dashboard")["dashboardBody"])
    taken = [
        (x, y)
        for widget in body["widgets"]
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
