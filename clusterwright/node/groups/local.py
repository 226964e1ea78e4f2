"""Machines on this host: its supervisor starts and ends them, and is asked over a Unix socket.

The socket is bound into the head alone. A request is one line of JSON, and so is its answer:
{"op": "list" | "grow" | "end", "group": name, "size": n, "ids": [...]} and {"ok": true, "machines": [{"id", "state",
"address"}]} or {"ok": false, "reason": "..."}.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, get_args

from clusterwright.node.groups import GroupError, Machine, State

SOCKET = Path("/srv/groups/groups.sock")
PATIENCE = 30.0
"""s to wait for an answer. Machines are started and ended behind it, so an answer takes no longer than a look."""
STATES = get_args(State)


class LocalGroup:
    """A group of containers."""

    def __init__(self, name: str, path: Path, patience: float = PATIENCE) -> None:
        self.name = name
        self.path = path
        self.patience = patience

    def list(self) -> Sequence[Machine]:
        return self._ask("list")

    def grow(self, size: int) -> None:
        self._ask("grow", size=size)

    def end(self, ids: Collection[str]) -> None:
        if ids:
            self._ask("end", ids=sorted(ids))

    def reason(self) -> str | None:
        """None: the supervisor starts a machine or refuses to at once, and its refusal is raised."""
        return None

    def _ask(self, op: str, **request: Any) -> Sequence[Machine]:
        line = json.dumps({"op": op, "group": self.name, **request}).encode() + b"\n"
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
                link.settimeout(self.patience)
                link.connect(str(self.path))
                link.sendall(line)
                with link.makefile("rb") as answers:
                    answer = answers.readline()
        except OSError as error:
            what = f"the supervisor of this host's machines gives no answer at {self.path}"
            raise GroupError(f"{what}: {error.strerror or error}") from error
        return self._machines(answer)

    def _machines(self, answer: bytes) -> Sequence[Machine]:
        """The machines of an answer; a refusal, and what is no answer at all, are raised."""
        try:
            found = json.loads(answer)
            if not found["ok"]:
                raise GroupError(str(found["reason"]))
            machines = [Machine(one["id"], one["state"], one["address"]) for one in found.get("machines", ())]
        except (ValueError, KeyError, TypeError) as error:
            said = answer[:200].decode(errors="replace").strip() or "nothing, and hung up"
            raise GroupError(f"the supervisor of this host's machines answered what is no answer: {said}") from error
        if odd := next((one for one in machines if one.state not in STATES), None):
            raise GroupError(f"the supervisor of this host's machines says that {odd.id} is `{odd.state}`")
        return machines
