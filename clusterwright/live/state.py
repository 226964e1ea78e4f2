"""What a cluster is doing, read from its bucket: a pure function of what is stored and of the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clusterwright.bucket import Bucket, Entry
from clusterwright.live.nodes import Node, read_nodes
from clusterwright.live.reading import Memory, Reader, read_bundle
from clusterwright.live.records import Facts, Launch
from clusterwright.live.reports import ClusterView
from clusterwright.live.runs import Run, RunLine, latest_run, read_lines, read_run

SAME_DEPLOYMENT = 3600.0
"""s from the deployer's last word before the head booted to the last node's health; more is of another deployment."""
AT_ONCE = 120.0
"""s from the head's health until a node of the same `up` is asked for: its job is queued first, and Slurm resumes."""


@dataclass(frozen=True)
class Snapshot:
    """`deployed` is false when the bucket has no control/current: nothing was deployed, or it was taken down.

    `facts` are there when the nodes are machines; then `queue` holds the runs that are going beside the current one,
    `over` those that are not, and `deployed_at` is when the deployer wrote control/ before the head booted (unix
    seconds).
    """

    time: float
    deployed: bool
    bundle: str | None = None
    job: Launch | None = None
    nodes: tuple[Node, ...] = ()
    run: Run | None = None
    problems: tuple[str, ...] = ()
    facts: Facts | None = None
    queue: tuple[RunLine, ...] = ()
    over: tuple[RunLine, ...] = ()
    deployed_at: float | None = None

    @property
    def silent(self) -> bool:
        """No sign of life from any node."""
        return not any(node.age is not None and node.state != "lost" for node in self.nodes)

    @property
    def settled(self) -> bool:
        """Whether no node is still on its way to the bundle that is deployed; one that is lost is on no way."""
        return all(
            node.state == "lost" or (node.state == "healthy" and node.bundle == self.bundle) for node in self.nodes
        )

    @property
    def blocked(self) -> str | None:
        """Why the job or a node can't go on as things stand, or None; a node may still get over it by itself."""
        if self.run is not None and self.run.state in ("running", "failed"):
            return None
        for node in self.nodes:
            if node.state == "failed" and not self.spare(node):
                return f"node {node.name} has failed: {node.reason or 'it gives no reason'}"
            if node.state == "healthy" and node.rejected is not None and node.bundle != self.bundle:
                return f"node {node.name} can't use the new bundle: {node.rejected.reason}"
        return None

    def spare(self, node: Node) -> bool:
        """Whether the job can do without a node that has failed: its group may have enough others."""
        group = self.facts.group(node.group) if self.facts else None
        if group is None or self.job is None or node.role == "head":
            return False
        if group.name != self.job.group:
            return True
        failed = sum(other.state == "failed" and other.group == group.name for other in self.nodes)
        return group.max - failed >= self.job.nodes

    @property
    def head(self) -> Node | None:
        return next((node for node in self.nodes if node.role == "head"), None)

    @property
    def view(self) -> ClusterView | None:
        """The cluster as its head sees it; None while it has not said."""
        return self.head.cluster if self.head else None

    @property
    def slowest(self) -> Node | None:
        """The machine that was healthy last, once all are."""
        booted = [(node.healthy_at, node) for node in self.nodes if node.state != "lost"]
        at = [(when, node) for when, node in booted if when is not None]
        return max(at, key=lambda one: one[0])[1] if at and len(at) == len(booted) else None

    @property
    def up(self) -> tuple[Literal["up", "asked for"], float] | None:
        """What the last node's way to its health began with, and how many seconds it took; None where that is unsaid.

        It began with `up`, the deployer's last word before the head booted; of a node that was asked for when the head
        had been healthy for a while, only then.
        """
        last, head = self.slowest, self.head
        if last is None or last.healthy_at is None or head is None or head.healthy_at is None:
            return None
        asked = head.healthy_at if last is head else last.asked_at
        if asked is None:
            return None
        if asked > head.healthy_at + AT_ONCE:
            return "asked for", last.healthy_at - asked
        seconds = None if self.deployed_at is None else last.healthy_at - self.deployed_at
        return None if seconds is None or seconds > SAME_DEPLOYMENT else ("up", seconds)


def read_snapshot(bucket: Bucket, now: float, memory: Memory | None = None) -> Snapshot:
    """The cluster as its bucket shows it at `now` (unix seconds). Broken files are named in `problems`.

    Raises OSError when the bucket can't be asked: that is not to be mistaken for a cluster that is down. `memory`
    spares reading again what never changes.
    """
    reader = Reader(bucket, memory=memory or Memory())
    digest = _current(bucket)
    bundle = read_bundle(reader, digest) if digest else None
    launch = bundle.launch if bundle else None
    newest = None
    if digest is None:
        newest = latest_run(reader, None)
    elif launch is not None:
        newest = latest_run(reader, launch.job_id)
    run = read_run(reader, newest, now, launch) if newest is not None else None
    facts = bundle.facts if bundle else None
    nodes = read_nodes(reader, bundle, now)
    lines = read_lines(reader, now) if facts else ()
    return Snapshot(
        time=now,
        deployed=digest is not None,
        bundle=digest,
        job=launch,
        nodes=nodes,
        run=run,
        problems=tuple(dict.fromkeys(reader.problems)),
        facts=facts,
        queue=tuple(line for line in lines if line.going and line.name != newest),
        over=tuple(line for line in lines if not line.going),
        deployed_at=_deployed_at(bucket, nodes) if facts else None,
    )


def _current(bucket: Bucket) -> str | None:
    try:
        return bucket.read("control/current").decode(errors="replace").strip()
    except FileNotFoundError:
        return None


def _deployed_at(bucket: Bucket, nodes: tuple[Node, ...]) -> float | None:
    booted = next((node.boot.booted for node in nodes if node.role == "head" and node.boot), None)
    if booted is None:
        return None
    written: list[Entry] = [entry for entry in bucket.walk("control") if entry.modified <= booted]
    return max((entry.modified for entry in written), default=None)
