"""The ends of a machine's logs in the bucket, `reports/logs/<node>/<log>.log`: for those who cannot look into it.

- those of its steps, by their names, and `<step>.failed`, that of the last time that the step failed;
- those that Slurm writes as files;
- the journals of its services, as `<service>.journal`.

An object store charges for each request, so a log goes there when it has changed, and not each time that it does.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from clusterwright.bucket import Bucket
from clusterwright.node.commands import CommandFailed, run
from clusterwright.node.place import MachinePlace

WINDOW = 64 * 1024  # bytes of each log's end, as `clusterwright logs` reads them
LINES = 500  # of a journal: about as many as WINDOW holds
FAILED_PERIOD = 15.0  # seconds between two looks while the node is failed, and someone may be waiting for the reason
PERIOD = 300.0
JOURNAL_LIMIT = 10.0  # seconds
SLURM = Path("/var/log/slurm")
SERVICES = {
    "head": ("clusterwright", "slurmctld", "slurmdbd"),
    "compute": ("clusterwright", "slurmd"),
}


def keep_failed(place: MachinePlace, step: str) -> None:
    """Keep the log of a step that failed: the way back to the bundle before runs the same step, and writes its log."""
    log = place.log / f"{step}.log"
    try:
        shutil.copyfile(log, log.with_suffix(".failed.log"))
    except OSError as error:  # of a full disk for one: that the step failed must be told all the same
        print(f"logs: that of {step} is not kept: {error}", file=sys.stderr, flush=True)


class Logs:
    def __init__(self) -> None:
        self._sent: dict[str, bytes] = {}
        self._last = float("-inf")
        self._problem = ""

    def hasten(self) -> None:
        """The next look is due at once."""
        self._last = float("-inf")

    def publish(self, place: MachinePlace, failed: bool) -> None:
        """Send what has changed if a look is due. A bucket that cannot be had is told to the node's own log."""
        now = time.monotonic()
        if now - self._last < (FAILED_PERIOD if failed else PERIOD):
            return
        self._last = now
        try:
            for name, data in self._ends(place):
                self._send(place.bucket, f"reports/logs/{place.node}/{name}.log", data)
            self._problem = ""
        except OSError as error:
            if str(error) != self._problem:
                print(f"logs: not sent: {error}", file=sys.stderr, flush=True)
            self._problem = str(error)

    def _send(self, bucket: Bucket, key: str, data: bytes) -> None:
        digest = hashlib.sha256(data).digest()
        if data and self._sent.get(key) != digest:
            bucket.write(key, data)
            self._sent[key] = digest

    def _ends(self, place: MachinePlace) -> Iterator[tuple[str, bytes]]:
        for folder in (place.log, SLURM):
            for path in sorted(folder.glob("*.log")):
                yield path.stem, end_of(path)
        for service in SERVICES[place.role]:
            yield f"{service}.journal", _journal(service)


def end_of(path: Path) -> bytes:
    """The last whole lines of a log, WINDOW bytes at most."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - WINDOW - 1))
        return _whole(file.read())


def _journal(service: str) -> bytes:
    """https://www.freedesktop.org/software/systemd/man/latest/journalctl.html; why there is none, if there is none."""
    command = ["journalctl", "--quiet", "--no-pager", f"--unit={service}", f"--lines={LINES}", "--output=short-iso"]
    try:
        return _whole(run(*command, limit=JOURNAL_LIMIT).encode())
    except CommandFailed as error:
        return f"{error}\n".encode()


def _whole(data: bytes) -> bytes:
    """The last lines in `data`, without one that the limit cuts. The last words of a step may lack their line's end."""
    if data and not data.endswith(b"\n"):
        data += b"\n"
    return data if len(data) <= WINDOW else data[data.index(b"\n", len(data) - WINDOW - 1) + 1 :]
