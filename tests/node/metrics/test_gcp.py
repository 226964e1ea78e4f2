"""What Cloud Monitoring is asked, held against its own discovery document; no request leaves the machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import google.auth
import googleapiclient.discovery_cache as discovery
import pytest
import requests
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError, RefreshError
from requests.adapters import BaseAdapter

from clusterwright.node.metrics import UNITS, SendError, open_sender
from clusterwright.node.metrics.gcp import GcpSender
from clusterwright.plan.gcp.observability import UNITS as DESCRIBED
from tests.node.notices.conftest import Metadata
from tests.plan.gcp.plans import plan_of

AT = 1795521600.0  # 2026-11-24T12:00:00Z
DOCUMENT = json.loads((Path(discovery.__file__).parent / "documents" / "monitoring.v3.json").read_text())
METHOD = DOCUMENT["resources"]["projects"]["resources"]["timeSeries"]["methods"]["create"]
KINDS: dict[str, type] = {"string": str, "number": float, "boolean": bool}


def held(value: Any, schema: dict[str, Any]) -> None:
    """Fails where `value` is not as `schema` of the discovery document says."""
    schema = DOCUMENT["schemas"][schema["$ref"]] if "$ref" in schema else schema
    match schema["type"]:
        case "array":
            for one in value:
                held(one, schema["items"])
        case "object":
            for key, one in value.items():
                held(one, schema["properties"][key] if "properties" in schema else schema["additionalProperties"])
        case kind:
            assert isinstance(value, KINDS[kind]), (value, schema)
            assert value in schema.get("enum", [value])


class Monitoring(BaseAdapter):
    """Keeps what it is sent, once it has held that against the document, and answers with `answer`."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.urls: list[str] = []
        self.answer: Callable[[], tuple[int, str]] = lambda: (200, "{}")

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        assert request.method == METHOD["httpMethod"]
        assert isinstance(request.body, bytes)
        body = json.loads(request.body)
        held(body, METHOD["request"])
        self.urls.append(request.url or "")
        self.sent.append(body)
        response = requests.Response()
        response.status_code, text = self.answer()
        response._content = text.encode()
        response.request = request
        return response

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def monitoring() -> Monitoring:
    return Monitoring()


@pytest.fixture
def sender(monitoring: Monitoring) -> GcpSender:
    session = requests.Session()
    session.mount("https://monitoring.googleapis.com/", monitoring)
    return GcpSender("a", "my-project", "us-central1-a", "4711", session)


@pytest.fixture
def metadata() -> Iterator[Metadata]:
    server = Metadata()
    yield server
    server.stop()


def test_points_are_the_cluster_s_of_the_machine_that_is_its_head(sender: GcpSender, monitoring: Monitoring) -> None:
    sender.send({"spend_usd": 12.5, "failed_nodes": 1}, AT)
    assert monitoring.urls == ["https://monitoring.googleapis.com/v3/projects/my-project/timeSeries"]
    [body] = monitoring.sent
    assert body["timeSeries"] == [
        {
            "metric": {"type": f"custom.googleapis.com/clusterwright/{name}", "labels": {"cluster": "a"}},
            "resource": {
                "type": "gce_instance",
                "labels": {"project_id": "my-project", "zone": "us-central1-a", "instance_id": "4711"},
            },
            "metricKind": "GAUGE",
            "valueType": "DOUBLE",
            "unit": unit,
            "points": [{"interval": {"endTime": "2026-11-24T12:00:00Z"}, "value": {"doubleValue": value}}],
        }
        for name, unit, value in (("failed_nodes", "1", 1.0), ("spend_usd", "{USD}", 12.5))
    ]


def test_everything_that_a_head_can_tell_is_one_request(sender: GcpSender, monitoring: Monitoring) -> None:
    sender.send(dict.fromkeys(UNITS, 1.0), AT)
    [body] = monitoring.sent
    types = {one["metric"]["type"] for one in body["timeSeries"]}
    assert len(types) == len(UNITS) <= 200, "Cloud Monitoring takes 200 series in one request"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            (403, '{"error": {"code": 403, "message": "Permission monitoring.timeSeries.create denied"}}'),
            "Cloud Monitoring refused the points (403: Permission monitoring.timeSeries.create denied)",
        ),
        (
            (400, '{"error": {"code": 400, "message": "Points must be written in order."}}'),
            "Cloud Monitoring refused the points (400: Points must be written in order.)",
        ),
        ((502, "<html>"), "Cloud Monitoring refused the points (502: <html>)"),
        ((503, ""), "Cloud Monitoring refused the points (503: no message)"),
        ((500, "[]"), "Cloud Monitoring refused the points (500: [])"),
    ],
)
def test_a_refusal_is_told_in_googles_words(
    answer: tuple[int, str], said: str, sender: GcpSender, monitoring: Monitoring
) -> None:
    monitoring.answer = lambda: answer
    with pytest.raises(SendError) as caught:
        sender.send({"heartbeat": 1.0}, AT)
    assert str(caught.value) == said


@pytest.mark.parametrize("error", [requests.ConnectTimeout("timed out"), RefreshError("timed out")])
def test_monitoring_that_is_not_reached_is_told(error: Exception, sender: GcpSender, monitoring: Monitoring) -> None:
    def unreachable() -> tuple[int, str]:
        raise error

    monitoring.answer = unreachable
    with pytest.raises(SendError, match=r"^Cloud Monitoring can't be reached: timed out$"):
        sender.send({"heartbeat": 1.0}, AT)


def test_the_head_knows_itself_and_asks_for_the_right_to_write_metrics_alone(
    metadata: Metadata, monkeypatch: pytest.MonkeyPatch
) -> None:
    scopes: list[str] = []

    def default(scopes: list[str], asked: list[str] = scopes) -> tuple[AnonymousCredentials, None]:
        asked += scopes
        return AnonymousCredentials(), None

    monkeypatch.setattr(google.auth, "default", default)
    metadata.says["/computeMetadata/v1/instance/id"] = "4711\n"
    sender = GcpSender.open("a", "my-project", "us-central1-a", metadata.address)
    assert sender.resource["labels"]["instance_id"] == "4711"
    assert scopes == ["https://www.googleapis.com/auth/monitoring.write"]
    assert set(scopes) < set(METHOD["scopes"])


def test_a_machine_that_does_not_know_itself_or_has_no_account_is_told(
    metadata: Metadata, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(scopes: list[str]) -> None:
        raise DefaultCredentialsError("no credentials")

    monkeypatch.setattr(google.auth, "default", none)
    with pytest.raises(SendError, match=r"^no credentials$"):
        GcpSender.open("a", "my-project", "us-central1-a", metadata.address)
    monkeypatch.setattr(google.auth, "default", lambda scopes: (AnonymousCredentials(), None))
    with pytest.raises(SendError, match=r"^the metadata server answers instance/id with status 404$"):
        GcpSender.open("a", "my-project", "us-central1-a", metadata.address)
    with pytest.raises(SendError, match=r"^the metadata server does not answer"):
        GcpSender.open("a", "my-project", "us-central1-a", "http://127.0.0.1:1")


def test_alarms_watch_what_the_head_sends(sender: GcpSender, monitoring: Monitoring) -> None:
    sender.send(dict.fromkeys(UNITS, 1.0), AT)
    sent = {one["metric"]["type"]: one for one in monitoring.sent[0]["timeSeries"]}
    plan = plan_of()
    assert plan.observability.alarms
    for alarm in plan.observability.alarms:
        point = sent[alarm.metric]
        key, value = alarm.label
        assert (point["resource"]["type"], point["metric"]["labels"][key]) == (alarm.resource, value)
        assert point["unit"] == DESCRIBED[alarm.unit], "a metric has one unit"


def test_the_head_may_write_metrics() -> None:
    roles = {one.role for one in plan_of().identity.bindings if "head" in one.members}
    assert "roles/monitoring.metricWriter" in roles


def test_the_head_of_a_cluster_on_google_cloud_sends_there(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[str, ...]] = []
    monkeypatch.setattr(GcpSender, "open", lambda *place: opened.append(place))
    open_sender("gcp", {"cluster": "a", "project": "p", "region": "us-central1", "zone": "us-central1-a"})
    assert opened == [("a", "p", "us-central1-a")]
