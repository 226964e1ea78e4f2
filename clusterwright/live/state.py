"""What a cluster is doing, read from its bucket: a pure function of what is stored and of the time.

Words: a node is *lost* when its last heartbeat is older than LOST_AFTER seconds; the *current* run is the newest run of
the job in the bundle that control/current names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from clusterwright.live.reading import Bundle, Reader, read_bundle
from clusterwright.live.records import (
    Failure,
    Job,
    Launch,
    Members,
    Metric,
    NodeReport,
    PhaseProgress,
    PhaseResult,
    Rejected,
    Request,
    RunState,
    Status,
    Step,
)
from clusterwright.live.storage import Storage
from clusterwright.node.report import LOST_AFTER
from clusterwright.node.runs import NAME as RUN_NAME

STARTING = "its processes are starting"  # a phase that has said nothing yet
METRICS_TAIL = 128 * 1024  # bytes: some hundred lines, however long the run

NodeCondition = Literal["starting", "booting", "converging", "healthy", "failed", "lost"]
PhaseCondition = Literal["pending", "running", "done", "failed"]


@dataclass(frozen=True)
class Node:
    """`age` is the heartbeat's, in seconds; None when the node has not reported yet (state "starting")."""

    name: str
    role: str
    state: NodeCondition
    age: float | None = None
    group: str | None = None
    reason: str | None = None
    steps: tuple[Step, ...] = ()
    bundle: str | None = None
    worker: str | None = None
    run: str | None = None
    rejected: Rejected | None = None

    @property
    def doing(self) -> str:
        """In a few words: the bootstrap step under way, or what the worker does."""
        if self.state in ("starting", "lost", "failed"):
            return ""
        if self.state != "healthy":
            return next((step.label for step in reversed(self.steps) if step.state == "running"), "")
        return self.worker or ""


@dataclass(frozen=True)
class Phase:
    """`seconds` is what a finished phase took, or what a running one has taken since its first line."""

    name: str
    state: PhaseCondition
    step: int | None = None
    steps: int | None = None
    seconds: float | None = None
    seconds_left: float | None = None
    variant: str | None = None
    message: str | None = None
    attempts: int = 1

    @property
    def share(self) -> float:
        if self.state == "done":
            return 1.0
        return min(1.0, self.step / self.steps) if self.step is not None and self.steps else 0.0


@dataclass(frozen=True)
class Run:
    """`metric` is the newest line with a loss of the phase that runs, `heldout` the newest on held-out text."""

    name: str
    state: RunState
    requested: float | None = None
    started: float | None = None
    updated: float | None = None
    reason: str | None = None
    phase: str | None = None
    attempt: int = 0
    members: tuple[str, ...] = ()
    bundle: str | None = None
    plan: str | None = None
    phases: tuple[Phase, ...] = ()
    metric: Metric | None = None
    heldout: Metric | None = None

    @property
    def restarts(self) -> int:
        """How often the job went on from a checkpoint, over all phases."""
        return sum(max(0, phase.attempts - 1) for phase in self.phases)

    @property
    def going(self) -> bool:
        return self.state in ("queued", "running")


@dataclass(frozen=True)
class Snapshot:
    """`deployed` is false when the bucket has no control/current: nothing was deployed, or it was taken down."""

    time: float
    deployed: bool
    bundle: str | None = None
    job: Launch | None = None
    nodes: tuple[Node, ...] = ()
    run: Run | None = None
    problems: tuple[str, ...] = ()

    @property
    def silent(self) -> bool:
        """No sign of life from any node."""
        return not any(node.age is not None and node.age <= LOST_AFTER for node in self.nodes)

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
            if node.state == "failed":
                return f"node {node.name} has failed: {node.reason or 'it gives no reason'}"
            if node.state == "healthy" and node.rejected is not None and node.bundle != self.bundle:
                return f"node {node.name} can't use the new bundle: {node.rejected.reason}"
        return None


def read_snapshot(storage: Storage, now: float) -> Snapshot:
    """The cluster as its bucket shows it at `now` (unix seconds). Broken files are named in `problems`."""
    reader = Reader(storage)
    digest = reader.text("control/current")
    bundle = read_bundle(reader, digest) if digest else None
    run = None
    if digest is None:
        newest = latest_run(reader, None)
    elif bundle is not None and bundle.launch is not None:
        newest = latest_run(reader, bundle.launch.job_id)
    else:
        newest = None
    if newest is not None:
        run = read_run(reader, newest, now)
    return Snapshot(
        time=now,
        deployed=digest is not None,
        bundle=digest,
        job=bundle.launch if bundle else None,
        nodes=_nodes(reader, bundle, now),
        run=run,
        problems=tuple(reader.problems),
    )


def run_names(storage: Storage, job_id: str | None = None) -> tuple[str, ...]:
    """The runs of a job (of every job when None) in the order of their numbers."""
    matches = [match for name in storage.names("jobs") if (match := RUN_NAME.fullmatch(name))]
    runs = [(match[1], int(match[2])) for match in matches if job_id in (None, match[1])]
    return tuple(f"{job}.{number}" for job, number in sorted(runs))


def latest_run(reader: Reader, job_id: str | None) -> str | None:
    """The newest run of a job; without a job id, the run that was asked for last."""
    names = run_names(reader.storage, job_id)
    if not names or job_id is not None:
        return names[-1] if names else None

    def requested(name: str) -> float:
        request = reader.record(f"jobs/{name}/request.json", Request)
        return request.requested if request else 0.0

    return max(names, key=requested)


def read_run(reader: Reader, name: str, now: float) -> Run:
    folder = f"jobs/{name}"
    known = len(reader.problems)
    request = reader.record(f"{folder}/request.json", Request)
    status = reader.record(f"{folder}/status.json", Status) or Status(state="queued")
    members = reader.record(f"{folder}/members.json", Members)
    if damaged := reader.problems[known:]:  # the nodes let go of such a run too
        status = Status(state="failed", reason=damaged[0])
    job = reader.record(f"{folder}/job.json", Job) or Job()
    metrics = reader.metrics(f"{folder}/metrics.jsonl", METRICS_TAIL)
    reason = status.reason
    if status.state == "failed" and reason is None:
        failure = reader.record(f"{folder}/failure.json", Failure)
        reason = failure.reason if failure else None
    phases = tuple(_phase(reader, folder, phase, status, metrics, now) for phase in job.phases)
    running = next((phase.name for phase in phases if phase.state == "running"), None)
    numbers = [metric for metric in metrics if metric.loss is not None and running in (None, metric.phase)]
    return Run(
        name=name,
        state=status.state,
        requested=request.requested if request else None,
        started=members.started if members else None,
        updated=status.updated or None,
        reason=reason,
        phase=running or status.phase,
        attempt=status.attempt,
        members=members.nodes if members else (),
        bundle=(members.bundle if members else None) or (request.bundle if request else None),
        plan=members.plan if members else None,
        phases=phases,
        metric=numbers[-1] if numbers else None,
        heldout=next((metric for metric in reversed(metrics) if metric.heldout_mlm_loss is not None), None),
    )


def _phase(reader: Reader, folder: str, name: str, status: Status, metrics: tuple[Metric, ...], now: float) -> Phase:
    result = reader.record(f"{folder}/phases/{name}.json", PhaseResult)
    lines = [metric for metric in metrics if metric.phase == name]
    steps = [metric for metric in lines if metric.step is not None]
    last = steps[-1] if steps else None
    if result is not None:
        return Phase(name, "done", seconds=result.seconds, step=last.step if last else None, attempts=result.attempts)
    if not lines and status.phase != name:
        return Phase(name, "pending")
    state: PhaseCondition = "pending"
    if status.state == "running" or status.state == "failed":
        state = status.state
    left = last.seconds_left if last else None
    progress = reader.record(f"{folder}/progress/{name}.json", PhaseProgress)
    return Phase(
        name,
        state,
        step=last.step if last else None,
        steps=next((metric.steps for metric in reversed(steps) if metric.steps), None),
        seconds=now - lines[0].time if lines and state == "running" else None,
        # Counted from the line it came with, so that the display counts down between two lines.
        seconds_left=max(0.0, left - (now - last.time)) if last and left is not None else None,
        variant=last.variant if last else None,
        message=next((metric.message for metric in reversed(lines) if metric.message), None if lines else STARTING),
        attempts=progress.attempts if progress else 1,
    )


def _nodes(reader: Reader, bundle: Bundle | None, now: float) -> tuple[Node, ...]:
    """The nodes that reported, and those that the job waits for and that have not."""
    reports = {
        name.removesuffix(".json"): reader.record(f"reports/{name}", NodeReport)
        for name in reader.storage.names("reports")
        if name.endswith(".json") and name != "rendezvous.json"
    }
    nodes = {name: _node(report, now) for name, report in reports.items() if report is not None}
    launch = bundle.launch if bundle else None
    expected = {"head": "head"} if bundle else {}
    if launch:
        expected |= dict.fromkeys(launch.node_names, "compute")
    for name, role in expected.items():
        group = launch.group if launch and role == "compute" else None
        nodes.setdefault(name, Node(name, role, "starting", group=group))
    return tuple(sorted(nodes.values(), key=_head_then_number))


def _node(report: NodeReport, now: float) -> Node:
    age = now - report.heartbeat
    return Node(
        name=report.node,
        role=report.role,
        state="lost" if age > LOST_AFTER else report.state,
        age=age,
        group=report.group,
        reason=report.reason,
        steps=report.steps,
        bundle=report.bundle,
        worker=report.worker,
        run=report.run,
        rejected=report.rejected,
    )


def _head_then_number(node: Node) -> tuple[bool, str, int]:
    match = re.fullmatch(r"(.*?)(\d*)", node.name)
    stem, number = match.groups() if match else (node.name, "")
    return node.role != "head", stem, int(number or 0)
