"""The logs of a cluster: what each node writes, and what the job writes on each node.

Nodes that are processes on this machine write files that grow, read here where they are. Machines put the last
64 KiB of each log into the bucket, as `reports/logs/<node>/<name>.log`, anew when it has changed: a window that moves
on. The job's logs are in the run's folder, `jobs/<run>/logs/`, on every provider.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from clusterwright.bucket import Bucket, Entry
from clusterwright.node.runs import NAME as RUN_NAME

CHUNK = WINDOW = 64 * 1024
ALL = 10**9  # lines, of a log that has just appeared
KNOWN = 1024
"""Bytes at the end of what was read before that are looked for in a window that has moved on."""
NODE_LOGS = "reports/logs"


class Source(Protocol):
    """A log under its short name: "train-1/agent", or "train-1/1b2c3d4e5f6a.1" for what the job wrote there."""

    @property
    def node(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def where(self) -> str:
        """Where it lies: a path or a key; unique among a cluster's logs."""
        ...

    def size(self) -> int:
        """In bytes; 0 of a log that is gone."""
        ...

    def changed(self) -> float:
        """In unix seconds; 0 of a log that is gone."""
        ...

    def reader(self, lines: int) -> LogReader:
        """A reader that has read to the end, but for the last `lines` whole lines, which it reads first."""
        ...


class LogReader(Protocol):
    def read(self) -> list[str]:
        """The whole lines that were written since the last call."""
        ...


@dataclass(frozen=True)
class FileSource:
    """A file of this machine."""

    node: str
    name: str
    path: Path

    @property
    def where(self) -> str:
        return str(self.path)

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def changed(self) -> float:
        return self.path.stat().st_mtime if self.path.exists() else 0.0

    def reader(self, lines: int) -> FileReader:
        return FileReader(self.path, lines)


class FileReader:
    """Reads on by offset; a file that became shorter was rotated."""

    def __init__(self, path: Path, lines: int) -> None:
        self.path = path
        self.first, self.offset = tail(path, lines)

    def read(self) -> list[str]:
        first, self.first = self.first, []
        more, self.offset = read_on(self.path, self.offset)
        return first + more


@dataclass(frozen=True)
class ObjectSource:
    """An object of a bucket."""

    node: str
    name: str
    bucket: Bucket
    entry: Entry

    @property
    def where(self) -> str:
        return self.entry.key

    def size(self) -> int:
        return self.entry.size

    def changed(self) -> float:
        return self.entry.modified

    def reader(self, lines: int) -> ObjectReader:
        return ObjectReader(self.bucket, self.entry.key, lines)


class ObjectReader:
    """Reads the end of an object again and again, and tells what is new in it by what it has read before."""

    def __init__(self, bucket: Bucket, key: str, lines: int) -> None:
        self.bucket = bucket
        self.key = key
        self.seen = self._window()
        texts = _texts(self.seen)
        self.first = texts[max(0, len(texts) - lines) :] if lines else []

    def read(self) -> list[str]:
        first, self.first = self.first, []
        window = self._window()
        if window == self.seen:
            return first
        new = unseen(self.seen, window)
        self.seen = window
        return first + _texts(new)

    def _window(self) -> bytes:
        """The whole lines in the object's end, without a first one that its limit cuts."""
        try:
            data = self.bucket.read(self.key, WINDOW)
        except FileNotFoundError:  # of a machine that is gone
            return b""
        whole = data[: data.rfind(b"\n") + 1]
        return whole[whole.find(b"\n") + 1 :] if len(data) == WINDOW else whole


def unseen(seen: bytes, window: bytes) -> bytes:
    """The part of `window` behind what `seen` ends with; all of it when nothing of that is left."""
    known = seen[-KNOWN:]
    at = window.rfind(known) if known else -1
    return window[at + len(known) :] if at >= 0 else window


def node_files(nodes: Path) -> tuple[FileSource, ...]:
    """The logs that nodes which are processes write on this machine."""
    found = [FileSource(path.parent.name, "supervisord", path) for path in nodes.glob("*/supervisord.log")]
    found += [FileSource(path.parent.parent.name, path.stem, path) for path in nodes.glob("*/log/*.log")]
    return tuple(found)


def job_files(bucket: Path) -> tuple[FileSource, ...]:
    """The logs of runs in a bucket that is a folder of this machine, which ranks write straight into.

    Nothing but files: a pipe would be waited for, and a link may lead anywhere.
    """
    return tuple(
        FileSource(path.stem, path.parent.parent.name, path)
        for path in bucket.glob("jobs/*/logs/*.log")
        if RUN_NAME.fullmatch(path.parent.parent.name) and path.is_file() and not path.is_symlink()
    )


def node_objects(bucket: Bucket) -> tuple[ObjectSource, ...]:
    """The logs that machines put into the bucket."""
    found = []
    for entry in bucket.walk(NODE_LOGS):
        node, _, file = entry.key.removeprefix(f"{NODE_LOGS}/").partition("/")
        if file.endswith(".log"):
            found.append(ObjectSource(node, file.removesuffix(".log"), bucket, entry))
    return tuple(found)


def job_objects(bucket: Bucket) -> tuple[ObjectSource, ...]:
    """The logs of runs in a bucket."""
    return tuple(
        ObjectSource(file.removesuffix(".log"), run, bucket, entry)
        for run in bucket.names("jobs")
        if RUN_NAME.fullmatch(run)
        for entry in bucket.walk(f"jobs/{run}/logs")
        if (file := entry.key.removeprefix(f"jobs/{run}/logs/")).endswith(".log")
    )


def chosen(found: Iterable[Source], wanted: str | None = None) -> tuple[Source, ...]:
    """Those of a node, a run or a label, if given: nodes by their numbers, a node's own logs before those of jobs."""
    return tuple(sorted((one for one in found if wanted in (None, one.node, one.name, label(one))), key=_order))


def without_old_runs(found: Iterable[Source]) -> tuple[Source, ...]:
    """The same logs without those of runs before the newest one of each node."""
    newest: dict[str, Source] = {}
    kept: list[Source] = []
    for source in found:
        if not RUN_NAME.fullmatch(source.name):
            kept.append(source)
        elif source.node not in newest or source.changed() > newest[source.node].changed():
            newest[source.node] = source
    return tuple(sorted([*kept, *newest.values()], key=_order))


def label(source: Source) -> str:
    return f"{source.node}/{source.name}"


def _order(source: Source) -> tuple[object, ...]:
    match = re.fullmatch(r"(.*?)(\d*)", source.node)
    stem, number = match.groups() if match else (source.node, "")
    return source.node != "head", stem, int(number or 0), bool(RUN_NAME.fullmatch(source.name)), source.name


def _texts(data: bytes) -> list[str]:
    return data.decode(errors="replace").splitlines()


def tail(path: Path, lines: int) -> tuple[list[str], int]:
    """The last lines of a file, and the offset behind the last whole one. Reads from the end: logs grow large."""
    with path.open("rb") as file:
        end = file.seek(0, 2)
        data = b""
        at = end
        while at > 0 and data.count(b"\n") <= lines:
            step = min(CHUNK, at)
            at -= step
            file.seek(at)
            data = file.read(step) + data
    whole = data.rfind(b"\n") + 1
    texts = _texts(data[:whole])
    return texts[max(0, len(texts) - lines) :] if lines else [], end - (len(data) - whole)


def read_on(path: Path, offset: int) -> tuple[list[str], int]:
    """The whole lines behind an offset. A file that became shorter was rotated and is read from its start."""
    try:
        with path.open("rb") as file:
            if file.seek(0, 2) < offset:
                offset = 0
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return [], 0
    whole = data.rfind(b"\n") + 1
    return _texts(data[:whole]), offset + whole


def follow(
    find: Callable[[], Iterable[Source]],
    readers: dict[str, LogReader],
    write: Callable[[Source, str], None],
    *,
    sleep: Callable[[float], None] = time.sleep,
    interval: float = 0.5,
) -> None:
    """Write lines as they come, also of logs that appear later, until interrupted. `readers` are of logs there are."""
    marks: dict[str, tuple[int, float]] = {}
    while True:
        for source in find():
            mark = source.size(), source.changed()
            if marks.get(source.where) == mark:
                continue
            marks[source.where] = mark
            if source.where not in readers:
                readers[source.where] = source.reader(ALL)
            for line in readers[source.where].read():
                write(source, line)
        sleep(interval)
