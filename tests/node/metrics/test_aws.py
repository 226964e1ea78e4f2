"""What CloudWatch is asked, held against its own model; no request leaves the process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from clusterwright.node.metrics import SENDERS, UNITS, SendError, open_sender
from clusterwright.node.metrics.aws import AwsSender
from tests.plan.aws.plans import plan_of

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def client() -> Any:
    return boto3.client("cloudwatch", region_name="us-east-1", aws_access_key_id="id", aws_secret_access_key="secret")


@pytest.fixture
def stub(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def test_values_are_those_of_the_minute_and_carry_their_unit(client: Any, stub: Stubber) -> None:
    expected = [
        {"MetricName": "failed_nodes", "Value": 1, "Unit": "Count", "Timestamp": AT},
        {"MetricName": "fabric_sent", "Value": 5e9, "Unit": "Bytes/Second", "Timestamp": AT},
        {"MetricName": "gpu_utilisation", "Value": 93.5, "Unit": "Percent", "Timestamp": AT},
        {"MetricName": "spend_usd", "Value": 12.5, "Unit": "None", "Timestamp": AT},
    ]
    expected.sort(key=lambda one: str(one["MetricName"]))
    stub.add_response("put_metric_data", {}, {"Namespace": "Clusterwright/a", "MetricData": expected})
    values = {"spend_usd": 12.5, "gpu_utilisation": 93.5, "failed_nodes": 1, "fabric_sent": 5e9}
    AwsSender("Clusterwright/a", client).send(values, AT.timestamp())


def test_every_unit_is_one_of_cloudwatch_s(client: Any, stub: Stubber) -> None:
    shape = client.meta.service_model.operation_model("PutMetricData").input_shape
    units = shape.members["MetricData"].member.members["Unit"].enum
    stub.add_response("put_metric_data", {})
    sent: dict[str, Any] = {}
    client.meta.events.register("before-parameter-build", lambda params, **_: sent.update(params))
    AwsSender("Clusterwright/a", client).send(dict.fromkeys(UNITS, 1.0), AT.timestamp())
    assert {one["Unit"] for one in sent["MetricData"]} <= set(units)
    assert len(sent["MetricData"]) == len(UNITS)


def test_a_refusal_is_told_in_cloudwatch_s_words(client: Any, stub: Stubber) -> None:
    stub.add_client_error("put_metric_data", "AccessDenied", "not authorized to perform cloudwatch:PutMetricData")
    with pytest.raises(SendError, match=r"refused PutMetricData \(AccessDenied: not authorized"):
        AwsSender("Clusterwright/a", client).send({"failed_nodes": 0}, AT.timestamp())


def test_a_cloudwatch_that_is_not_reached_is_told(client: Any) -> None:
    def unreachable(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://monitoring.us-east-1.amazonaws.com")

    client.meta.events.register("before-call", unreachable)
    with pytest.raises(SendError, match=r"can't be reached: .*monitoring\.us-east-1"):
        AwsSender("Clusterwright/a", client).send({"failed_nodes": 0}, AT.timestamp())


def test_alarms_watch_what_the_head_sends_where_its_role_may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    sender = open_sender("aws", {"cluster": "a", "region": "us-east-1"})
    assert isinstance(sender, AwsSender)
    plan = plan_of()
    [may] = [one for one in plan.identity.machines if one.sid == "WriteMetrics"]
    assert may.conditions == {"StringEquals": {"cloudwatch:namespace": (sender.namespace,)}}
    assert {alarm.namespace for alarm in plan.observability.alarms} == {sender.namespace}
    assert {alarm.metric for alarm in plan.observability.alarms} <= UNITS.keys()


def test_nobody_takes_the_metrics_of_a_cluster_on_this_machine() -> None:
    assert "local" not in SENDERS
    with pytest.raises(ValueError, match="local"):
        open_sender("local", {})
