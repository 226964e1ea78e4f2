"""A project of Google Cloud with one managed instance group, behind the clients of google-cloud-compute: what they send
is read with Google's own types, answers are made of them, and no request leaves the process."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import compute_v1 as compute
from requests.adapters import BaseAdapter

from clusterwright.node.groups.gcp import GcpGroup
from tests.node.groups.lender import MAXIMUM

NAME = "bert-train"
TEMPLATES = "https://www.googleapis.com/compute/v1/projects/my-project/regions/us-central1/instanceTemplates"
ZONE = "https://www.googleapis.com/compute/v1/projects/my-project/zones/us-central1-a"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()
GET, UPDATE = "compute.instanceGroupManagers.get", "compute.instanceGroupManagers.update"
PERMISSIONS = {
    "get": GET,
    "listManagedInstances": GET,
    "listErrors": GET,
    "resize": UPDATE,
    "deleteInstances": UPDATE,
    "resizeRequests/list": GET,
    "resizeRequests/insert": UPDATE,
    "resizeRequests/cancel": UPDATE,
    "operation": "compute.zoneOperations.get",
}
"""What each method takes, as its page below https://docs.cloud.google.com/compute/docs/reference/rest/v1 says."""


@dataclass
class Member:
    """A managed instance; `id` is 0 while there is none, `request` the resize request that it is of."""

    name: str
    id: int = 0
    action: str = "CREATING"
    status: str = ""
    error: str = ""
    request: str = ""
    template: str = ""

    @property
    def url(self) -> str:
        return f"{ZONE}/instances/{self.name}"

    def shown(self) -> compute.ManagedInstance:
        errors: Any = {
            "errors": [{"code": "ZONE_RESOURCE_POOL_EXHAUSTED", "message": self.error}] if self.error else []
        }
        return compute.ManagedInstance(
            name=self.name,
            instance=self.url,
            id=self.id or None,
            current_action=self.action,
            instance_status=self.status or None,
            last_attempt={"errors": errors},
            version={"instance_template": self.template},
        )


@dataclass
class GcpProject:
    """`page` is None for a group that gives its members in one piece, as groups do unless they are told otherwise.

    `slow` operations are still running when their call comes back.
    """

    grows_by: Literal["resize", "resize_request"] = "resize"
    maximum: int = MAXIMUM
    page: int | None = None
    slow: bool = False
    now: float = NOW
    members: list[Member] = field(default_factory=list)
    queue: list[compute.InstanceGroupManagerResizeRequest] = field(default_factory=list)
    errors: list[compute.InstanceManagedByIgmError] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    hindrance: str | None = None
    refusal: str | None = None
    operation_error: str | None = None
    made: int = 0
    template: str = f"{TEMPLATES}/bert-train-1?uniqueId=1"

    def __post_init__(self) -> None:
        credentials: Any = AnonymousCredentials()
        managers = compute.InstanceGroupManagersClient(credentials=credentials)
        queue = compute.InstanceGroupManagerResizeRequestsClient(credentials=credentials)
        for client in (managers, queue):
            for transport in (client.transport, client.transport._zone_operations_client.transport):  # type: ignore
                transport._session.mount("https://", Wire(self))  # type: ignore
        self.group = GcpGroup(
            NAME,
            "my-project",
            "us-central1-a",
            maximum=self.maximum,
            grows_by=self.grows_by,
            managers=managers,
            requests=queue,
            clock=lambda: self.now,
        )

    @property
    def asked(self) -> int:
        return sum(member.action not in ("DELETING", "ABANDONING") for member in self.members)

    @property
    def changes(self) -> int:
        return self.calls.count(UPDATE)

    def come(self) -> None:
        for member in self.members:
            if member.action == "CREATING" and not member.id:
                if self.hindrance:
                    member.error = self.hindrance
                    continue
                member.error = ""
                self.made += 1
                member.id, member.status = 10**18 + self.made, "STAGING"
        for request in self.queue:
            if request.state == "ACCEPTED" and self.hindrance:
                request.status.last_attempt = {"error": {"errors": [{"message": self.hindrance}]}}  # type: ignore
            elif request.state == "ACCEPTED":
                request.state = "SUCCEEDED"

    def boot(self) -> None:
        for member in self.members:
            if member.id and member.action == "CREATING":
                member.action, member.status = "NONE", "RUNNING"

    def die(self, id: str) -> None:
        self.member(id).status = "TERMINATED"

    def change_settings(self) -> None:
        self.template = f"{TEMPLATES}/bert-train-2?uniqueId=2"

    def hinder(self, reason: str) -> None:
        self.hindrance = reason

    def refuse(self, reason: str) -> None:
        self.refusal = reason

    def member(self, id: str) -> Member:
        return next(member for member in self.members if str(member.id) == id)

    def fail(self, reason: str) -> None:
        """The open resize requests fail: their machines are members no more."""
        for request in self.queue:
            if request.state == "ACCEPTED":
                request.state = "FAILED"
                request.status = {"error": {"errors": [{"code": "QUOTA_EXCEEDED", "message": reason}]}}  # type: ignore
                self.members = [member for member in self.members if member.request != request.name]

    def stamp(self, ago: float = 0) -> str:
        """A time as Google writes it."""
        return datetime.fromtimestamp(self.now - ago, UTC).isoformat(timespec="milliseconds")

    def add(self, number: int, request: str = "") -> None:
        start = len(self.members)
        template = self.template.partition("?")[0]
        self.members += [
            Member(f"{NAME}-{start + one:04x}", request=request, template=template) for one in range(number)
        ]

    def answer(self, method: str, path: str, query: dict[str, str], body: str) -> Any:
        """The message that answers a call."""
        call, name = _call(method, path)
        self.calls.append(PERMISSIONS[call])
        match call:
            case "get":
                versions: Any = [{"instance_template": self.template}]
                return compute.InstanceGroupManager(name=NAME, target_size=self.asked, versions=versions)
            case "listManagedInstances":
                start, size = int(query.get("pageToken", 0)), self.page or len(self.members)
                more = str(start + size) if start + size < len(self.members) else None
                shown = [member.shown() for member in self.members[start : start + size]]
                return compute.InstanceGroupManagersListManagedInstancesResponse(
                    managed_instances=shown, next_page_token=more
                )
            case "listErrors":
                return compute.InstanceGroupManagersListErrorsResponse(items=self.errors)
            case "resize":
                size = int(query["size"])
                assert self.asked <= size <= self.maximum, "machines of the cloud's choice would end"
                self.add(size - self.asked)
            case "deleteInstances":
                self._delete(compute.InstanceGroupManagersDeleteInstancesRequest.from_json(body))
            case "resizeRequests/list":
                return compute.InstanceGroupManagerResizeRequestsListResponse(items=self.queue)
            case "resizeRequests/insert":
                request = compute.InstanceGroupManagerResizeRequest.from_json(body)
                assert re.fullmatch(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", request.name)
                self.bodies.append(request)
                request = compute.InstanceGroupManagerResizeRequest(request)
                request.state, request.creation_timestamp = "ACCEPTED", self.stamp()
                self.queue.insert(0, request)
                self.add(request.resize_by, request.name)
            case "resizeRequests/cancel":
                next(request for request in self.queue if request.name == name).state = "CANCELLED"
                self.members = [member for member in self.members if member.request != name]
        failed = {"http_error_status_code": 403, "http_error_message": "FORBIDDEN"} if self.operation_error else {}
        if self.operation_error:
            failed["error"] = {"errors": [{"code": "QUOTA_EXCEEDED", "message": self.operation_error}]}
        running = self.slow and call != "operation"
        return compute.Operation(name="operation-1", zone=ZONE, status="RUNNING" if running else "DONE", **failed)

    def _delete(self, request: compute.InstanceGroupManagersDeleteInstancesRequest) -> None:
        assert 0 < len(request.instances) <= 1000
        assert request.skip_instances_on_validation_error
        self.bodies.append(request)
        for url in request.instances:
            member = next(member for member in self.members if member.url == url)
            assert member.id or not member.request, "a queued machine can't be deleted"
            if member.id and member.status in ("RUNNING", "STAGING"):
                member.action, member.status = "DELETING", "STOPPING"
            else:
                self.members.remove(member)


class Wire(BaseAdapter):
    """What takes the place of the network in a session."""

    def __init__(self, project: GcpProject) -> None:
        super().__init__()
        self.project = project

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        address = urlsplit(request.url or "")
        assert address.netloc == "compute.googleapis.com"
        response = requests.Response()
        response.request, response.status_code = request, 200
        response.headers["Content-Type"] = "application/json"
        if self.project.refusal:
            response.status_code = 403
            response._content = b'{"error": {"code": 403, "message": "%s"}}' % self.project.refusal.encode()
            return response
        query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        body = request.body.decode() if isinstance(request.body, bytes) else str(request.body or "")
        found = self.project.answer(request.method or "", address.path, query, body)
        response._content = type(found).to_json(found, use_integers_for_enums=False).encode()
        return response

    def close(self) -> None:
        """Nothing is open."""


def _call(method: str, path: str) -> tuple[str, str]:
    """The method that a request means, and the resize request that it names."""
    zone = "/compute/v1/projects/my-project/zones/us-central1-a"
    if path.startswith(f"{zone}/operations/"):
        return "operation", ""
    parts = path.removeprefix(f"{zone}/instanceGroupManagers/{NAME}").strip("/").split("/")
    match method, parts:
        case "GET", [""]:
            return "get", ""
        case "GET", ["listErrors" as call]:
            return call, ""
        case "POST", [("listManagedInstances" | "resize" | "deleteInstances") as call]:
            return call, ""
        case "GET", ["resizeRequests"]:
            return "resizeRequests/list", ""
        case "POST", ["resizeRequests"]:
            return "resizeRequests/insert", ""
        case "POST", ["resizeRequests", name, "cancel"]:
            return "resizeRequests/cancel", name
    raise AssertionError(f"no such method: {method} {path}")
