"""A stand-in for the JSON API of Cloud Storage: as much of it as its client asks for, over HTTP.

Requests and answers are those of cloud.google.com/storage/docs/json_api/v1/objects. One bucket, "there"; every object
below "secret/" is refused.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import google_crc32c

BUCKET = "there"
PAGE = 3  # objects a page, so that a test need not make a thousand


@dataclass
class State:
    """Objects by name, and what is to go wrong: `lost_answers` requests are carried out and answered with 503."""

    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    lost_answers: int = 0
    lock: Any = field(default_factory=threading.Lock)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: State

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        match = re.fullmatch(r"(?:/download)?/storage/v1/b/([^/]+)/o(?:/(.+))?", url.path)
        assert match is not None, self.path
        bucket, name = match[1], match[2] and unquote(match[2])
        if bucket != BUCKET:
            self._refuse(404, "The specified bucket does not exist.")
        elif name is None:
            self._answer(self._listing(query))
        elif name.startswith("secret/"):
            self._refuse(403, "nodes@there does not have storage.objects.get access")
        elif name not in self.state.objects:
            self._refuse(404, f"No such object: {bucket}/{name}")
        elif query.get("alt") == "media":
            self._media(self.state.objects[name][0])
        else:
            self._answer(self._resource(name))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        assert (url.path, query["uploadType"]) == (f"/upload/storage/v1/b/{BUCKET}/o", "multipart")
        boundary = self.headers["Content-Type"].partition("boundary=")[2].strip('"')
        _, resource, media, _ = body.split(f"--{boundary}".encode())
        name = json.loads(resource.partition(b"\r\n\r\n")[2])["name"]
        data = media.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
        with self.state.lock:
            if query.get("ifGenerationMatch") == "0" and name in self.state.objects:
                self._refuse(412, "At least one of the pre-conditions you specified did not hold.")
                return
            self.state.objects[name] = data, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            lost, self.state.lost_answers = self.state.lost_answers, max(0, self.state.lost_answers - 1)
        if lost:
            self._refuse(503, "try again")
        else:
            self._answer(self._resource(name))

    def do_DELETE(self) -> None:
        name = unquote(urlsplit(self.path).path.rpartition("/o/")[2])
        if self.state.objects.pop(name, None) is None:
            self._refuse(404, f"No such object: {BUCKET}/{name}")
        else:
            self._send(204, b"")

    def _listing(self, query: dict[str, str]) -> dict[str, Any]:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter")
        entries = dict[str, str]()
        for name in sorted(name for name in self.state.objects if name.startswith(prefix)):
            rest = name.removeprefix(prefix)
            folder = delimiter is not None and delimiter in rest
            entries[prefix + rest.partition("/")[0] + "/" if folder else name] = "prefix" if folder else "object"
        start = int(query.get("pageToken", 0))
        page = list(entries.items())[start : start + PAGE]
        more = {"nextPageToken": str(start + PAGE)} if len(entries) > start + PAGE else {}
        return {
            "items": [self._resource(name) for name, kind in page if kind == "object"],
            "prefixes": [name for name, kind in page if kind == "prefix"],
            **more,
        }

    def _resource(self, name: str) -> dict[str, Any]:
        data, created = self.state.objects[name]
        return {"name": name, "bucket": BUCKET, "size": str(len(data)), "timeCreated": created, "generation": "1"}

    def _media(self, data: bytes) -> None:
        status, part = 200, data
        if suffix := re.fullmatch(r"bytes=-(\d+)", self.headers.get("Range", "")):
            if not data:
                self._refuse(416, "The requested range cannot be satisfied.")
                return
            status, part = 206, data[-int(suffix[1]) :]
        checksum = base64.b64encode(google_crc32c.Checksum(data).digest()).decode()
        headers = {"X-Goog-Hash": f"crc32c={checksum}"} if status == 200 else {}
        self._send(status, part, "application/octet-stream", headers)

    def _answer(self, value: dict[str, Any]) -> None:
        self._send(200, json.dumps(value).encode())

    def _refuse(self, code: int, message: str) -> None:
        self._send(code, json.dumps({"error": {"code": code, "message": message}}).encode())

    def _send(
        self, code: int, body: bytes, kind: str = "application/json", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(code)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: what went wrong is in the answers."""


@contextmanager
def serve() -> Iterator[tuple[str, State]]:
    """The address of a server, and its state."""
    state = State()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"state": state}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
