"""Measures once a minute and sends, beside the head's loop: neither many reports nor a cloud that does not answer may
keep the head from its queue and its limit."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from clusterwright.bucket import Bucket, NotAnObject
from clusterwright.node.files import Damaged
from clusterwright.node.metrics import Sender, SendError, measure
from clusterwright.node.objects import read_object
from clusterwright.node.slurm.commands import Job, Node

EVERY = 60.0  # seconds: what CloudWatch and Cloud Monitoring keep of a metric is a value a minute
TAIL = 1 << 20  # bytes of a run's metrics.jsonl, whose lines have some 250 each
AT_ONCE = 8  # reports under way together: an object store answers each after tens of milliseconds


@dataclass(frozen=True)
class Found:
    """What the head has seen: Slurm's nodes and jobs, None when it did not answer, and what it tells of its money."""

    nodes: Sequence[Node] | None
    jobs: Sequence[Job] | None
    spend: Mapping[str, Any] | None


class Meter:
    """`opened` gives who takes the metrics. `pool` is where is measured and sent: a thread of its own, unless given."""

    def __init__(self, bucket: Bucket, opened: Callable[[], Sender], pool: Executor | None = None) -> None:
        self._bucket = bucket
        self._open = opened
        self._sender: Sender | None = None
        self._pool = pool or ThreadPoolExecutor(1, "metrics")
        self._under_way: Future[None] | None = None
        self._begun = float("-inf")
        self._problem: str | None = None

    def step(self, found: Found, now: float) -> str | None:
        """Begin to send when it is time; returns why the last metrics were not sent, None when they were."""
        if self._under_way is not None and self._under_way.done():
            self._problem = _why(self._under_way.exception())
            self._under_way = None
        if self._under_way is None and not 0 <= now - self._begun < EVERY:
            self._begun = now
            self._under_way = self._pool.submit(self._send, found, now)
        return self._problem

    def _send(self, found: Found, now: float) -> None:
        self._sender = self._sender or self._open()
        values = {"heartbeat": 1.0} | measure.of_spend(found.spend)
        if found.nodes is not None:
            reports = self._reports(found.nodes)
            values |= measure.of_nodes(found.nodes, reports, now) | measure.of_load(found.nodes, reports, now)
        if found.jobs is not None:
            values |= measure.of_queue(found.jobs) | measure.of_training(self._training(found.jobs), now)
        self._sender.send(values, now)

    def _reports(self, nodes: Sequence[Node]) -> dict[str, Mapping[str, Any]]:
        """Of the nodes that may have a machine: one that failed its gate is DOWN, whether or not Slurm let go of it."""
        names = [node.name for node in nodes if not node.released or node.state == "DOWN"]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return {name: report for name, report in zip(names, pool.map(self._report, names), strict=True) if report}

    def _report(self, name: str) -> Mapping[str, Any] | None:
        try:
            return read_object(self._bucket, f"reports/{name}.json")
        except Damaged:
            return None

    def _training(self, jobs: Sequence[Job]) -> Iterable[bytes]:
        for run in sorted({run for job in jobs if job.state == "RUNNING" and (run := measure.run_of(job))}):
            with suppress(FileNotFoundError, NotAnObject):
                yield self._bucket.read(f"jobs/{run}/metrics.jsonl", TAIL)


def _why(error: BaseException | None) -> str | None:
    if error is None or isinstance(error, SendError | OSError):
        return None if error is None else str(error)
    traceback.print_exception(error)  # a mistake of ours
    return f"{type(error).__name__}: {error}"
