"""One process node: a supervisord in a session of its own, with a folder of its own, that outlives `pulumi`.

A process is known by the node's token, a random value in its environment that every child inherits, whatever its pid
or session becomes. A pid alone is never trusted: it may have been given to another process since it was written down.
"""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

import psutil
import pydantic
import pydantic.dataclasses

from clusterwright import paths
from components.local.runtime import files, supervisord
from components.local.runtime.environment import kept
from components.local.runtime.errors import LocalError

TOKEN = "CLUSTERWRIGHT_TOKEN"  # noqa: S105 (the name of a variable; its value marks processes and opens nothing)
SUPERVISORCTL = "CLUSTERWRIGHT_SUPERVISORCTL"
SUPERVISOR = "supervisor.supervisord"
RECORD_SCHEMA = 1
START_SECONDS = 30.0

# A node reports every two seconds, so this many without a report are beyond any busy machine. They pass while a machine
# sleeps too: an update in the two seconds after it wakes starts nodes anew for nothing, and their job goes on from its
# checkpoint.
SILENT_SECONDS = 300.0

State = Literal["running", "dead", "silent"]


@dataclass(frozen=True)
class Node:
    """What a node is to be."""

    cluster: str
    group: str
    role: str
    name: str
    folder: Path
    bucket: Path
    user_data: str

    def files(self) -> dict[str, str]:
        """The files that the supervisor runs from; a node that has others is started anew."""
        return {"user-data.sh": self.user_data, "supervisord.conf": supervisord.render(self.role)}

    def is_current(self) -> bool:
        """Whether the node's folder holds what it is to run."""
        return all(_text(self.folder / name) == text for name, text in self.files().items())


@pydantic.dataclasses.dataclass(frozen=True, config=pydantic.ConfigDict(strict=True, extra="forbid"))
class Record:
    """node.json: which process is the node's supervisor.

    `pid` and `create_time` are None from before the process starts until it is known. `create_time` is in seconds
    after boot, not since the epoch: so it stays right when the clock is set.
    """

    cluster: str
    group: str
    role: str
    node: str
    token: Annotated[str, pydantic.Field(min_length=1)]
    generation: int
    pid: Annotated[int, pydantic.Field(gt=0)] | None = None
    create_time: float | None = None
    schema: int = RECORD_SCHEMA

    @classmethod
    def read(cls, folder: Path) -> Record | None:
        """The record of the node in `folder`; None when there is none that can be understood."""
        value = files.read_json(folder / "node.json")
        try:
            return cls(**value) if value else None
        except pydantic.ValidationError:
            return None

    def write(self, folder: Path) -> None:
        files.write_json(folder / "node.json", asdict(self))

    def is_controllable(self) -> bool:
        """Whether the program that controls the node's supervisor is still there: it belongs to a clone."""
        try:
            command = psutil.Process(self.pid).environ().get(SUPERVISORCTL, "")
        except psutil.Error:
            return False
        return bool(command) and os.access(shlex.split(command)[0], os.X_OK)

    def state(self, report: Path) -> State:
        """Running if the recorded process lives and reports, silent if it lives and does not, dead otherwise.

        `report` is the file that the node writes again and again; a node that has just started may not have yet.
        """
        if self.pid is None or self.create_time is None:
            return "dead"
        try:
            process = psutil.Process(self.pid)
            # The kernel gives the boot time in whole seconds and may round it differently from one read to the next.
            same = abs(_seconds_after_boot(process) - self.create_time) < 2
            # A process that has ended but was not collected yet still has a pid; it has no environment any more.
            if not same or process.environ().get(TOKEN) != self.token:
                return "dead"
            heard = max(process.create_time(), _written(report))
            return "running" if time.time() - heard < SILENT_SECONDS else "silent"
        except psutil.Error:
            return "dead"


def start(node: Node, generation: int) -> Record:
    """Start the supervisor of `node` and wait for its socket. What is left of an older one must be ended before.

    Raises:
        LocalError: it ended at once or did not answer; nothing of it is left running then.
    """
    record = Record(node.cluster, node.group, node.role, node.name, secrets.token_hex(16), generation)
    _prepare(node)
    record.write(node.folder)  # with the token, before there is a process: so a crash here leaves none unknown
    try:
        process = _spawn(node, record)
        record = Record(**{**asdict(record), "pid": process.pid, "create_time": _birth(process)})
        record.write(node.folder)
        _await_socket(node, process)
    except BaseException:
        stop({record.token}, patience=0)
        raise
    return record


def stop(tokens: Collection[str], patience: float = supervisord.STOP_SECONDS) -> None:
    """End every process that carries one of `tokens`.

    The supervisors are asked first and given `patience` seconds, in which they stop their programs and a worker writes
    its checkpoint; whatever still carries a token after that is killed. psutil compares a process's start time before
    it sends a signal, so a pid that changes hands in between is not hit.

    Raises:
        LocalError: processes are left that cannot be ended.
    """
    supervisors = [process for process in carrying(tokens) if _is_supervisor(process)]
    if patience:
        for process in supervisors:
            _signal(process.terminate)
        _wait(supervisors, patience)
    deadline = time.monotonic() + 10
    while left := carrying(tokens):
        if time.monotonic() > deadline:
            raise LocalError(
                f"processes {', '.join(str(process.pid) for process in left)} do not end although they were killed; "
                "they probably wait for a disk or a device. Run the same command again when they are gone"
            )
        for process in left:
            _signal(process.kill)
        _wait(left, 1)


def carrying(tokens: Collection[str]) -> list[psutil.Process]:
    """Every process of this user that has one of `tokens` in its environment."""
    found = []
    for process in psutil.process_iter():
        try:
            token = process.environ().get(TOKEN)
            if token and token in tokens:  # no token is nobody's, whatever `tokens` holds
                found.append(process)
        except psutil.Error:  # ended meanwhile, or another user's
            continue
    return found


def socket_problem(folder: Path) -> str | None:
    """Why a node in `folder` could not have a control socket, if it could not."""
    length = len(os.fsencode(folder / supervisord.SOCKET))
    if length <= supervisord.MAX_SOCKET_PATH_BYTES:
        return None
    return (
        f"the path of the node's socket, {folder / supervisord.SOCKET}, has {length} bytes and the kernel allows "
        f"{supervisord.MAX_SOCKET_PATH_BYTES}: choose a shorter cluster name, or set XDG_DATA_HOME to a shorter folder"
    )


def environment(node: Node, record: Record, inherited: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of the node's supervisor."""
    supervisorctl = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(node.folder / "supervisord.conf")]
    return kept(inherited) | {
        "CLUSTERWRIGHT_CLUSTER": node.cluster,
        "CLUSTERWRIGHT_ROLE": node.role,
        "CLUSTERWRIGHT_GROUP": node.group,
        "CLUSTERWRIGHT_NODE": node.name,
        "CLUSTERWRIGHT_BUCKET": str(node.bucket),
        "CLUSTERWRIGHT_NODE_DIR": str(node.folder),
        "CLUSTERWRIGHT_ENVIRONMENTS": str(paths.environments_dir()),
        "CLUSTERWRIGHT_PYTHON": _base_interpreter(),
        SUPERVISORCTL: shlex.join(supervisorctl),
        TOKEN: record.token,
    }


def _base_interpreter() -> str:
    """The interpreter that this environment was made from: the environment itself may be made anew at any time."""
    return getattr(sys, "_base_executable", sys.executable)


def _prepare(node: Node) -> None:
    node.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (node.folder / "log").mkdir(mode=0o700, exist_ok=True)
    (node.folder / "supervisord.log").touch(mode=0o600)
    (node.folder / supervisord.SOCKET).unlink(missing_ok=True)
    for name, text in node.files().items():
        files.write(node.folder / name, text)


def _spawn(node: Node, record: Record) -> subprocess.Popen[bytes]:
    with (node.folder / "supervisord.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", SUPERVISOR, "-c", "supervisord.conf"],
            cwd=node.folder,
            env=environment(node, record, os.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # neither Ctrl-C nor the end of the engine's terminal reaches it
            umask=0o077,
        )
    # Collects the process when it ends while we still live, so that it does not stay as a zombie.
    threading.Thread(target=process.wait, daemon=True).start()
    return process


def _birth(process: subprocess.Popen[bytes]) -> float | None:
    try:
        return _seconds_after_boot(psutil.Process(process.pid))
    except psutil.Error:
        return None


def _seconds_after_boot(process: psutil.Process) -> float:
    return round(process.create_time() - psutil.boot_time(), 2)


def _await_socket(node: Node, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not (node.folder / supervisord.SOCKET).exists():
        ended = process.returncode is not None
        if ended or time.monotonic() > deadline:
            what = f"ended at once (exit {process.returncode})" if ended else f"was not ready in {START_SECONDS:.0f} s"
            log = node.folder / "supervisord.log"
            raise LocalError(f"node {node.name}: its supervisor {what}. The end of {log}:\n{_tail(log)}")
        time.sleep(0.02)


def _tail(log: Path, lines: int = 5) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _text(path: Path) -> str | None:
    try:
        return path.read_text()
    except OSError:
        return None


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _is_supervisor(process: psutil.Process) -> bool:
    try:
        return SUPERVISOR in process.cmdline()
    except psutil.Error:
        return False


def _signal(send: Callable[[], None]) -> None:
    with suppress(psutil.NoSuchProcess):
        send()


def _wait(processes: Sequence[psutil.Process], seconds: float) -> None:
    """Wait until `processes` have ended. A zombie has: in a container whose first process collects none, it stays."""
    deadline = time.monotonic() + seconds
    while any(map(_lives, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def tokens_of(records: Iterable[Record | None]) -> set[str]:
    return {record.token for record in records if record}
