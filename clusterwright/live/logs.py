"""The logs of a cluster on this machine: what each node writes, and what the job writes on each node."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from clusterwright.node.runs import NAME as RUN_NAME

CHUNK = 64 * 1024


@dataclass(frozen=True)
class Source:
    """A log file under its short name: "train-1/agent", or "train-1/1b2c3d4e5f6a.1" for what the job wrote there."""

    node: str
    name: str
    path: Path

    @property
    def label(self) -> str:
        return f"{self.node}/{self.name}"


def sources(nodes: Path, bucket: Path, node: str | None = None) -> tuple[Source, ...]:
    """Every log there is (of one node, if given): nodes by their numbers, a node's own logs before those of jobs."""
    found = [Source(path.parent.name, "supervisord", path) for path in nodes.glob("*/supervisord.log")]
    found += [Source(path.parent.parent.name, path.stem, path) for path in nodes.glob("*/log/*.log")]
    found += [
        Source(path.stem, path.parent.parent.name, path)
        for path in bucket.glob("jobs/*/logs/*.log")
        if RUN_NAME.fullmatch(path.parent.parent.name)
    ]
    return tuple(sorted((source for source in found if node in (None, source.node)), key=_order))


def without_old_runs(found: Iterable[Source]) -> tuple[Source, ...]:
    """The same logs without those of runs before the newest one of each node."""
    newest: dict[str, Source] = {}
    kept = []
    for source in found:
        if not RUN_NAME.fullmatch(source.name):
            kept.append(source)
        elif source.node not in newest or _changed(source) > _changed(newest[source.node]):
            newest[source.node] = source
    return tuple(sorted([*kept, *newest.values()], key=_order))


def _changed(source: Source) -> float:
    return source.path.stat().st_mtime


def _order(source: Source) -> tuple[object, ...]:
    match = re.fullmatch(r"(.*?)(\d*)", source.node)
    stem, number = match.groups() if match else (source.node, "")
    return source.node != "head", stem, int(number or 0), bool(RUN_NAME.fullmatch(source.name)), source.name


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
    texts = data[:whole].decode(errors="replace").splitlines()
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
    return data[:whole].decode(errors="replace").splitlines(), offset + whole


def follow(
    find: Callable[[], Iterable[Source]],
    offsets: dict[Path, int],
    write: Callable[[Source, str], None],
    *,
    sleep: Callable[[float], None] = time.sleep,
    interval: float = 0.5,
) -> None:
    """Write lines as they come, also of logs that appear later, until interrupted."""
    while True:
        for source in find():
            lines, offsets[source.path] = read_on(source.path, offsets.get(source.path, 0))
            for line in lines:
                write(source, line)
        sleep(interval)
