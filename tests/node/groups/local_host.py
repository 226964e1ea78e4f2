"""This host's supervisor of machines as far as a group sees it: a server on a real Unix socket."""

from __future__ import annotations

import json
import socketserver
import threading
from pathlib import Path
from typing import Any

from clusterwright.node.groups.local import LocalGroup
from tests.node.groups.lender import MAXIMUM

NAME = "train"


class LocalHost:
    """`raw` is sent in place of every answer."""

    def __init__(self, folder: Path) -> None:
        self.maximum = MAXIMUM
        self.machines: dict[str, str] = {}
        self.made = 0
        self.changes = 0
        self.calls: list[str] = []
        self.refusal: str | None = None
        self.raw: bytes | None = None
        path = folder / "groups.sock"
        host = self

        class Asked(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                request = json.loads(self.rfile.readline())
                self.wfile.write(
                    host.raw if host.raw is not None else json.dumps(host.answer(request)).encode() + b"\n"
                )

        self.server = socketserver.ThreadingUnixStreamServer(str(path), Asked)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.group = LocalGroup(NAME, path)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def asked(self) -> int:
        return len(self.machines)

    def come(self) -> None:
        """They come as soon as they are asked for."""

    def boot(self) -> None:
        self.machines = dict.fromkeys(self.machines, "running")

    def die(self, id: str) -> None:
        del self.machines[id]

    def hinder(self, reason: str) -> None:
        self.refusal = reason

    def refuse(self, reason: str) -> None:
        self.refusal = reason

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        assert request["group"] == NAME
        self.calls.append(request["op"])
        if self.refusal:
            return {"ok": False, "reason": self.refusal}
        match request:
            case {"op": "grow", "size": int(size)}:
                for _ in range(min(size, self.maximum) - len(self.machines)):
                    self.machines[f"train-{self.made:08x}"] = "starting"
                    self.made += 1
                    self.changes += 1
            case {"op": "end", "ids": ids}:
                for id in set(ids) & set(self.machines):
                    del self.machines[id]
                    self.changes += 1
            case {"op": "list"}:
                pass
            case _:
                raise AssertionError(f"no such request: {request}")
        shown = [{"id": id, "state": state, "address": "10.77.0.2"} for id, state in self.machines.items()]
        return {"ok": True, "machines": shown}
