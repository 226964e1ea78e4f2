"""The process that serves a cluster's machines: groups for the head, metadata for all; it outlives `pulumi`.

It remembers nothing: killed and started again, by the next update, it finds every machine where it was. It runs inside
the cluster's network, where the address of the metadata service is. Its two sockets take a line of JSON for a request
and give one back: `groups.sock`, which the head sees, knows `list`, `grow` and `end` of compute machines;
`control.sock`, which only this user sees, knows `status`, `notice` and `power_cut` besides.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, cast

from components.local.runtime import files
from components.local.runtime.environment import kept
from components.local.runtime.errors import LocalError
from components.local.runtime.machine import metadata, network
from components.local.runtime.machine.cgroup import Cgroup
from components.local.runtime.machine.fleet import Fleet, as_answer
from components.local.runtime.machine.place import Place
from components.local.runtime.machine.programs import start

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
EVERY_SECONDS = 0.5
CALL_SECONDS = 120.0

Request = Mapping[str, Any]
Answer = dict[str, Any]
Operation = Callable[[Fleet, Request], Answer]


def _list(fleet: Fleet, request: Request) -> Answer:
    return {"machines": as_answer(fleet.list(_compute(fleet, request)))}


def _grow(fleet: Fleet, request: Request) -> Answer:
    fleet.grow(_compute(fleet, request), int(request["size"]))
    return _list(fleet, request)


def _end(fleet: Fleet, request: Request) -> Answer:
    fleet.end(_compute(fleet, request), list(request["ids"]))
    return _list(fleet, request)


def _status(fleet: Fleet, request: Request) -> Answer:
    return {"code": code(), "machines": as_answer(fleet.list())}


def _notice(fleet: Fleet, request: Request) -> Answer:
    fleet.announce(request["id"], request.get("kind", "spot"), float(request["at"]))
    return {}


def _power_cut(fleet: Fleet, request: Request) -> Answer:
    fleet.machine(request["id"]).cut()
    return {}


GROUPS: Mapping[str, Operation] = {"list": _list, "grow": _grow, "end": _end}
CONTROL: Mapping[str, Operation] = {**GROUPS, "status": _status, "notice": _notice, "power_cut": _power_cut}


def _compute(fleet: Fleet, request: Request) -> str:
    """The group that is asked for: the head's is the plugin's, so that no head ends itself."""
    name = str(request["group"])
    found = fleet.group(name)
    if found is None or found.role != "compute":
        raise LocalError(f"there is no group {name} of compute machines")
    return name


def respond(fleet: Fleet, operations: Mapping[str, Operation], line: bytes) -> Answer:
    """The answer to one request; what is refused or malformed is told, never raised."""
    try:
        request = json.loads(line)
        operation = operations.get(request["op"])
        if operation is None:
            return {"ok": False, "reason": f"{request['op']!r} is none of {', '.join(operations)}"}
        return {"ok": True, **operation(fleet, request)}
    except (LocalError, OSError) as error:
        return {"ok": False, "reason": str(error)}
    except (ValueError, KeyError, TypeError) as error:
        return {"ok": False, "reason": f"the request can't be read: {error!r}"}


@cache
def code() -> str:
    """A digest of this package: a supervisor of an older release is replaced."""
    content = b"".join(path.read_bytes() for path in sorted(HERE.glob("*.[ps][yh]")))
    return hashlib.sha256(content).hexdigest()[:16]


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def __init__(self, path: Path, fleet: Fleet, operations: Mapping[str, Operation]) -> None:
        self.fleet, self.operations = fleet, operations
        path.unlink(missing_ok=True)
        super().__init__(str(path), _Handler)


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = cast(_Server, self.server)
        for line in self.rfile:
            answer = respond(server.fleet, server.operations, line)
            self.wfile.write(json.dumps(answer).encode() + b"\n")


def call(place: Place, op: str, **more: Any) -> Answer:
    """Ask the cluster's supervisor over its control socket.

    Raises:
        LocalError: it does not run, or refuses.
    """
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(CALL_SECONDS)
            connection.connect(str(place.control_socket))
            connection.sendall(json.dumps({"op": op, **more}).encode() + b"\n")
            answer = json.loads(connection.makefile().readline())
    except (OSError, ValueError) as error:
        raise LocalError(f"the supervisor of {place.folder} does not answer: run `make up`") from error
    if not answer["ok"]:
        raise LocalError(answer["reason"])
    return answer


def runs(place: Place) -> bool:
    """Whether a supervisor of this very release runs."""
    with suppress(LocalError):
        return call(place, "status")["code"] == code()
    return False


def ensure(place: Place) -> None:
    """Start the supervisor if none of this release runs.

    Raises:
        LocalError: it does not answer, or the cluster has no network.
    """
    net = network.find(place)
    if net is None:
        raise LocalError(network.GONE)
    if runs(place):
        return
    _cgroup(place).kill()
    place.sockets.mkdir(mode=0o755, parents=True, exist_ok=True)
    command = ["nsenter", f"--net={net.path}", sys.executable, "-P", "-m", __spec__.name, str(place.folder)]
    env = {**kept(os.environ), "PYTHONPATH": str(ROOT)}
    start(command, "the supervisor", place.supervisor_log, env, 0o077, lambda: runs(place))


def _cgroup(place: Place) -> Cgroup:
    return Cgroup(f"{place.name}/supervisor")


def serve(place: Place) -> None:
    """Serve until ended by a signal."""
    for path in _cgroup(place).make():
        path.write_text(str(os.getpid()))
    fleet = Fleet(place)
    servers = (
        metadata.Server((str(network.METADATA), 80), fleet),
        _Server(place.groups_socket, fleet, GROUPS),
        _Server(place.control_socket, fleet, CONTROL),
    )
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    while True:
        try:
            fleet.settle()
        except (LocalError, OSError) as error:  # told, and tried again
            logging.warning("%s", error)
        time.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    of = Place(Path(sys.argv[1]))
    with files.locked(of.supervisor_lock):
        serve(of)
