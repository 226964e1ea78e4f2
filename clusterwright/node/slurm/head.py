"""The head of a machine cluster: its queue, its sizes and its money, a look every few seconds.

Each part is looked after for itself: what goes wrong with one is said in the report and keeps none of the others.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from clusterwright.bucket import Bucket
from clusterwright.node import bundle as bundles
from clusterwright.node.bundle import BundleError
from clusterwright.node.drain import FIRST_CHECK
from clusterwright.node.files import Damaged, read_json
from clusterwright.node.groups import Group, open_group
from clusterwright.node.metrics import SENDERS, open_sender
from clusterwright.node.metrics.meter import Found, Meter
from clusterwright.node.place import NodePlace
from clusterwright.node.slurm.commands import Job, Node, Slurm, SlurmError
from clusterwright.node.slurm.dispatch import STOP_TIME, Stop
from clusterwright.node.slurm.dispatcher import Dispatcher, Seen
from clusterwright.node.slurm.power import LOOK, Power, Size
from clusterwright.node.slurm.spend import COUNT, HEAD, Budget, Guard, Spend, still_costs, stop_reason

END_TIME = 2 * STOP_TIME  # seconds after the limit at which machines end, whether or not Slurm has let go of them


class Head:
    """`facts` is the cluster's facts/cluster.json, `count` keeps the count of its money, `meter` tells the cloud.

    Raises Damaged when the facts do not hold what they should.
    """

    def __init__(
        self,
        place: NodePlace,
        bucket: Bucket,
        facts: Path,
        slurm: Slurm | None = None,
        opened: Callable[[str], Group] | None = None,
        count: Path = COUNT,
        meter: Meter | None = None,
    ) -> None:
        cluster = read_json(facts)
        if cluster is None:
            raise Damaged(f"{facts} is missing")
        try:
            groups, budget = cluster["groups"], cluster["budget"]
            sizes = [Size(group["name"], group["min"], group["max"], _block(group["actions"])) for group in groups]
            prices = {group["name"]: group["usd_per_hour"] for group in groups}
            prices[HEAD] = cluster["head"]["usd_per_hour"]
            provider = cluster["provider"]
            gpus = {group["name"]: group["gpus"] for group in groups}
            cents = budget["limit_cents"]
            ends = budget["on_finish"] == "scale_to_zero"
        except (KeyError, TypeError) as error:
            raise Damaged(f"{facts} is not as this release knows it: {error}") from error
        self._slurm = slurm or Slurm()
        limit = None if cents is None else cents / 100
        self._guard = Guard(Budget(limit, tuple(budget.get("alerts", ())), ends), prices, count)
        pace = 0.0 if provider == "local" else LOOK
        self._dispatcher = Dispatcher(bucket, self._slurm, lambda digest: bundles.obtain(place, digest), gpus, pace)
        open_one = opened or (lambda name: open_group(provider, cluster, name))
        self._power = Power(bucket, self._slurm, sizes, open_one, pace)
        sends = provider in SENDERS
        self._meter = meter or (Meter(bucket, lambda: open_sender(provider, cluster)) if sends else None)
        self._groups: dict[str, dict[str, Any]] = {
            size.name: {"asked": 0, "machines": 0, "idle": 0, "outdated": [], "reason": None, "since": None}
            for size in sizes
        }
        self._reasons: list[str] = []

    def step(self, digest: str, now: float) -> dict[str, Any]:
        """One look and what follows from it; returns `cluster` of the head's report. `digest` is the head's bundle."""
        self._reasons = []
        self._try("spend", lambda: self._guard.step(self._power.machines, now))
        self._try("spend", self._guard.save)
        spend, stop = self._guard.spend, None
        if spend is not None and spend.stopped is not None:
            stop = Stop(stop_reason(spend, self._guard.budget), spend.stopped)
        self._try("partitions", lambda: self._open_partitions(not self._guard.closed))
        nodes = self._try("nodes", self._slurm.nodes)
        jobs = self._try("jobs", self._slurm.jobs)
        seen = None if jobs is None else self._try("runs", lambda: self._dispatcher.look(digest, jobs, now))
        if seen is not None:
            self._reasons += seen.unread
            # Before a requeued job is let start: it must not meet the same node again.
            self._try("suspects", lambda: self._drain_suspects(nodes or (), seen))
            self._try("runs", lambda: self._dispatcher.act(seen, now, stop))
        over = jobs is not None and bool(self._try("finish", lambda: self._is_over(jobs, seen, stop, now)))
        late = stop is not None and now > stop.since + END_TIME
        off = over or late
        if nodes is not None:
            self._groups = self._power.step(nodes, now, off)
        if late:
            self._groups = self._power.end_all(now)
        if self._meter is not None:
            found = Found(nodes, jobs, None if spend is None else self._guard.told(spend))
            problem = self._meter.step(found, now)
            self._reasons += [f"metrics: {problem}"] if problem else []
        return self._told(spend, off)

    def _try(self, part: str, act: Callable[[], Any]) -> Any:
        """What `act` returns; None when it could not, with the reason noted."""
        try:
            return act()
        except (SlurmError, Damaged, BundleError, OSError, ValueError) as error:
            reason = f"{part}: {error}"
        except Exception as error:  # a mistake of ours in one part must not keep the spend guard from its limit
            traceback.print_exc()
            reason = f"{part}: {type(error).__name__}: {error}"
        print(f"head: {reason}", file=sys.stderr, flush=True)
        self._reasons.append(reason)
        return None

    def _is_over(self, jobs: Sequence[Job], seen: Seen | None, stop: Stop | None, now: float) -> bool:
        """Whether all machines are to go: the limit is reached and all had time to stop, or the job is done."""
        if stop is not None:
            late = [job.id for job in jobs if job.state == "RUNNING" and now > stop.since + STOP_TIME]
            self._slurm.cancel(late)  # jobs that are no runs of ours too: they cost the same
            return not any(job.state in ("RUNNING", "COMPLETING") for job in jobs)
        over = seen is not None and seen.over and not any(job.live for job in jobs)
        return self._guard.budget.scale_to_zero and over

    def _open_partitions(self, wanted: bool) -> None:
        """At the limit, or without a count to hold against it, nothing starts, whoever submits it; the queue stays."""
        state = "UP" if wanted else "DOWN"
        for name, found in self._slurm.partitions().items():
            if name in self._groups and found != state:
                self._slurm.set_partition(name, state)

    def _drain_suspects(self, nodes: Sequence[Node], seen: Seen) -> None:
        """Jobs run as a user that may not drain nodes, so they say in their run's folder which they suspect."""
        by_name = {node.name: node for node in nodes}
        for look in seen.looks:
            for suspect in look.evidence.suspects:
                node = by_name.get(suspect.get("node", ""))
                if node is not None and look.launch is not None and node.partition == look.launch.group:
                    reason = suspect.get("reason", "it does not say why")
                    self._slurm.set_nodes([node.name], "drain", f"{FIRST_CHECK}{look.run.name}: {reason}")
            if look.evidence.suspects:
                self._dispatcher.forget_suspects(look.run)

    def _told(self, spend: Spend | None, off: bool) -> dict[str, Any]:
        told: dict[str, Any] = {"groups": self._groups, "reasons": self._reasons}
        if spend is not None:
            told["spend"] = self._guard.told(spend)
        if off:
            told["after_finish"] = still_costs(self._guard.prices)
        return told


def _block(actions: Sequence[Mapping[str, str]]) -> tuple[float, float] | None:
    """From when until when (unix seconds) a group is filled, by what the plan does to it at moments in UTC."""
    at = {action["action"]: datetime.fromisoformat(action["at"].replace("Z", "+00:00")) for action in actions}
    if "fill" not in at:
        return None
    return at["fill"].timestamp(), at["drain"].timestamp() if "drain" in at else float("inf")
