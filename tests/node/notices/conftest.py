"""A metadata server on loopback, and a node whose Slurm is a stand-in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from clusterwright.node.health.facts import Facts
from tests.node.tools import Tools


class Metadata:
    """Answers what `says` has by path, as EC2 with tokens and as Compute Engine with its header; 404 for the rest."""

    def __init__(self) -> None:
        self.says: dict[str, str | tuple[int, str]] = {}
        self.token = "token-1"
        self.tokens_given = 0
        self.asked: list[str] = []
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                known = self.path == "/latest/api/token" and self.headers["X-aws-ec2-metadata-token-ttl-seconds"]
                told.tokens_given += 1
                self.reply(200 if known else 400, told.token)

            def do_GET(self) -> None:
                told.asked.append(self.path)
                if self.path.startswith("/computeMetadata/"):
                    allowed, refused = self.headers["Metadata-Flavor"] == "Google", 403
                else:
                    allowed, refused = self.headers["X-aws-ec2-metadata-token"] == told.token, 401
                if not allowed:
                    return self.reply(refused, "")
                answer = told.says.get(self.path, (404, ""))
                return self.reply(*answer) if isinstance(answer, tuple) else self.reply(200, answer)

            def reply(self, status: int, body: str) -> None:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: what was asked is kept."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def metadata() -> Iterator[Metadata]:
    server = Metadata()
    yield server
    server.stop()


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    """A node that is in use, with jobs 41 and 42 on it."""
    tools = Tools(tmp_path / "bin")
    tools.answer("scontrol update")
    tools.answer("scontrol --oneliner show node train-1", "NodeName=train-1 State=MIXED+CLOUD ThreadsPerCore=1\n")
    tools.answer("squeue --nodelist=train-1", "41\n42\n")
    tools.answer("scancel --batch")
    return tools


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    return Facts("train-1", "compute", "aws", "g6.xlarge", 1, "L4", "none", 0, None, (), tmp_path)
