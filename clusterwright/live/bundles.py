"""Removes bundles that were superseded long ago and that nothing needs any more.

A bucket's own lifecycle can't: it ends by age, and the current bundle may be the oldest. Nor does the engine: a bundle
that an update deleted might be one that a node is starting from.
"""

from __future__ import annotations

import re
import time

from clusterwright.bucket import Bucket
from clusterwright.errors import ClusterwrightError
from clusterwright.live.access import CURRENT
from clusterwright.live.reading import Reader
from clusterwright.live.records import Members, Request
from clusterwright.live.reports import NodeReport
from clusterwright.live.runs import read_lines
from clusterwright.plan.common import SUPERSEDED_DAYS

FOLDER = "control/bundles"
NAME = re.compile(rf"{FOLDER}/([0-9a-f]{{64}})\.tar\.gz")


class Unclear(ClusterwrightError):
    """It can't be told for certain which bundles are needed."""

    exit_code = 1


def remove_superseded(bucket: Bucket, stack: str, now: float | None = None) -> tuple[str, ...]:
    """Remove the bundles of more than SUPERSEDED_DAYS that are not needed; their digests, oldest first.

    Needed are the current one, the one that was put before it, and those that a run which has not ended was asked for
    or started with, or that a node named which was heard of in that time. Raises Unclear before anything is removed
    when one of these can't be read, OSError when the bucket fails.
    """
    now = time.time() if now is None else now
    reader, since = Reader(bucket), now - SUPERSEDED_DAYS * 86400
    bundles = {match[1]: entry for entry in bucket.walk(FOLDER) if (match := NAME.fullmatch(entry.key))}
    current = reader.text(CURRENT)
    if current not in bundles:
        raise _unclear(stack, reader, f"{CURRENT} names no bundle that is there")
    others = sorted(bundles.keys() - {current}, key=lambda digest: (bundles[digest].modified, digest))
    superseded = [digest for digest in others[:-1] if bundles[digest].modified < since]
    if not superseded:
        return ()
    needed = _named(reader, since, now)
    if reader.problems:
        raise _unclear(stack, reader)
    gone = tuple(digest for digest in superseded if digest not in needed)
    for digest in gone:
        bucket.delete(bundles[digest].key)
    return gone


def _named(reader: Reader, since: float, now: float) -> set[str | None]:
    """The bundles that nodes and runs name."""
    reports = [f"reports/{name}" for name in reader.bucket.names("reports") if name.endswith(".json")]
    nodes = {one.bundle for one in reader.records(reports, NodeReport) if one and one.heartbeat >= since}
    going = [f"jobs/{line.name}" for line in read_lines(reader, now) if line.going]
    asked = {one.bundle for one in reader.records([f"{run}/request.json" for run in going], Request) if one}
    started = {one.bundle for one in reader.records([f"{run}/members.json" for run in going], Members) if one}
    return nodes | asked | started


def _unclear(stack: str, reader: Reader, why: str = "") -> Unclear:
    return Unclear(
        f"error: superseded bundles of {stack} stay\n"
        f"  why: which of them are needed is not clear: {reader.problems[0] if reader.problems else why}\n"
        "  hint: mend or remove that object; nothing was removed, and all else goes on"
    )
