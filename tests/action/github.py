"""GitHub's REST API on loopback, as far as a comment needs it, as its documentation describes it."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SHA = "0123456789abcdef0123456789abcdef01234567"
BASE, FORK = "owner/project", "someone/project"
TOKEN = "token-of-the-run"
REVIEW = "<!-- clusterwright-review -->\n## Look before you merge\n"


def archive(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return data.getvalue()


class Hub:
    """What a repository holds, and every request to it: (method, path, authorised, data)."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.pulls: dict[int, dict[str, Any]] = {7: {"head": {"sha": SHA, "repo": {"full_name": FORK}}}}
        self.files: dict[str, bytes] = {"number": b"7\n", "review.md": REVIEW.encode()}
        self.raw: bytes | None = None
        self.size: int | None = None
        self.failures: list[tuple[int, dict[str, str], dict[str, str]]] = []
        self.requests: list[tuple[str, str, bool]] = []
        self.url = ""

    @property
    def data(self) -> bytes:
        return archive(self.files) if self.raw is None else self.raw

    def comment(self, body: str, login: str = "github-actions[bot]") -> None:
        self.comments.append({"id": 100 + len(self.comments), "user": {"login": login}, "body": body})

    def event(self, run: int = 55, kind: str = "pull_request") -> dict[str, Any]:
        head = {"full_name": FORK}
        return {"workflow_run": {"id": run, "event": kind, "head_sha": SHA, "head_repository": head}}


@contextmanager
def serving() -> Iterator[Hub]:
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, status: int, data: Any = None, **headers: str) -> None:
            body = data if isinstance(data, bytes) else json.dumps(data).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _handle(self) -> None:
            asked = urlsplit(self.path)
            authorised = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            hub.requests.append((self.command, self.path, authorised))
            length = int(self.headers.get("Content-Length") or 0)
            data = json.loads(self.rfile.read(length)) if length else {}
            if asked.path == "/blob":
                self._answer(200, hub.data)
            elif hub.failures:
                status, headers, told = hub.failures.pop(0)
                self._answer(status, told, **headers)
            elif not authorised:
                self._answer(401, {"message": "Requires authentication"})
            else:
                self._route(asked.path.removeprefix(f"/repos/{BASE}/"), parse_qs(asked.query), data)

        def _route(self, path: str, query: dict[str, list[str]], data: dict[str, Any]) -> None:
            match self.command, path.split("/"):
                case "GET", ["actions", "runs", "55", "artifacts"]:
                    size = len(hub.data) if hub.size is None else hub.size
                    found = {"size_in_bytes": size, "archive_download_url": f"{hub.url}/repos/{BASE}/zip"}
                    self._answer(200, {"artifacts": [found] if query["name"] == ["clusterwright-review"] else []})
                case "GET", ["zip"]:
                    self._answer(302, {}, Location=f"{hub.url}/blob")
                case "GET", ["pulls", number] if int(number) in hub.pulls:
                    self._answer(200, hub.pulls[int(number)])
                case "GET", ["issues", _, "comments"]:
                    self._page(int(query.get("page", ["1"])[0]), path)
                case "POST", ["issues", _, "comments"]:
                    hub.comment(data["body"])
                    self._answer(201, {})
                case "PATCH", ["issues", "comments", number]:
                    next(one for one in hub.comments if one["id"] == int(number))["body"] = data["body"]
                    self._answer(200, {})
                case _:
                    self._answer(404, {"message": "Not Found"})

        def _page(self, page: int, path: str) -> None:
            """Two comments a page."""
            more = len(hub.comments) > 2 * page
            link = f'<{hub.url}/repos/{BASE}/{path}?page={page + 1}>; rel="next"'
            self._answer(200, hub.comments[2 * page - 2 : 2 * page], **({"Link": link} if more else {}))

        do_GET = do_POST = do_PATCH = _handle

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
