"""The stand-in for a cloud's metadata service, as far as a node asks it: who it is, and what is announced for it.

It answers on EC2's paths by the rules of IMDSv2: a token first, then only with the token
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html). Who asks is told by
the address that the question comes from.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from typing import cast

from components.local.runtime.machine.fleet import Fleet
from components.local.runtime.machine.machine import Machine

LONGEST_SECONDS = 21600
"""Longest that a token may serve, as on EC2."""
META = "/latest/meta-data/"


def answer(machine: Machine, path: str) -> str | None:
    """What `path` says to `machine`; None is 404."""
    found = ANSWERS.get(path.removeprefix(META)) if path.startswith(META) else None
    return found(machine) if found else None


def _spot(machine: Machine) -> str | None:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html"""
    notice = machine.notice()
    if notice is None or notice[0] != "spot":
        return None
    return json.dumps({"action": "terminate", "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(notice[1]))})


def _maintenance(machine: Machine) -> str:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_scheduled_events.html"""
    notice = machine.notice()
    if notice is None or notice[0] != "maintenance":
        return "[]"
    event = {
        "NotBefore": time.strftime("%d %b %Y %H:%M:%S GMT", time.gmtime(notice[1])),
        "Code": "system-reboot",
        "Description": "scheduled reboot",
        "EventId": f"instance-event-{machine.id}",
        "State": "active",
    }
    return json.dumps([event])


ANSWERS: dict[str, Callable[[Machine], str | None]] = {
    "instance-id": lambda machine: machine.id,
    "local-ipv4": lambda machine: str(machine.address),
    "spot/instance-action": _spot,
    "events/maintenance/scheduled": _maintenance,
}


class Server(ThreadingHTTPServer):
    """Serves the machines of `fleet`; tokens end with the server, after which a node asks for another."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], fleet: Fleet) -> None:
        self.fleet = fleet
        self._tokens: dict[str, float] = {}
        super().__init__(address, _Handler)

    def token(self, seconds: int) -> str:
        """A token that serves for so many seconds."""
        now = time.monotonic()
        self._tokens = {token: end for token, end in self._tokens.items() if end > now}
        token = secrets.token_urlsafe()
        self._tokens[token] = now + seconds
        return token

    def accepts(self, token: str) -> bool:
        return self._tokens.get(token, 0.0) > time.monotonic()

    def asker(self, address: str) -> Machine | None:
        """The machine that has this address."""
        return next((one for one in self.fleet.list() if one.address == IPv4Address(address)), None)


class _Handler(BaseHTTPRequestHandler):
    @property
    def _metadata(self) -> Server:
        return cast(Server, self.server)

    def do_PUT(self) -> None:
        seconds = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
        if self.path != "/latest/api/token":
            self._answer(404)
        elif not seconds.isdigit() or not 1 <= int(seconds) <= LONGEST_SECONDS:
            self._answer(400)
        else:
            self._answer(200, self._metadata.token(int(seconds)))

    def do_GET(self) -> None:
        machine = self._metadata.asker(self.client_address[0])
        if machine is None or not self._metadata.accepts(self.headers.get("X-aws-ec2-metadata-token", "")):
            self._answer(401)
            return
        text = answer(machine, self.path)
        self._answer(404 if text is None else 200, text or "")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: every node asks every few seconds."""

    def _answer(self, status: int, text: str = "") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
