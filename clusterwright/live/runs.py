"""The runs of a cluster, read from the folders that they have in its bucket.

Words: the *current* run is the newest run of the job in the bundle that control/current names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clusterwright.bucket import Bucket
from clusterwright.live.reading import Reader
from clusterwright.live.records import (
    Failure,
    Job,
    Launch,
    Members,
    Metric,
    PhaseProgress,
    PhaseResult,
    Record,
    Request,
    RunState,
    Status,
)
from clusterwright.node.runs import NAME as RUN_NAME
from clusterwright.spec.base import printable

STARTING = "its processes are starting"  # a phase that has said nothing yet
METRICS_TAIL = 128 * 1024  # bytes: some hundred lines, however long the run
ENDED: tuple[RunState, ...] = ("finished", "failed", "cancelled")
"""States that a run never leaves; the head takes a superseded one up again when its job is declared again."""

PhaseCondition = Literal["pending", "running", "done", "failed"]


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
class RunLine:
    """A run in a line of a table. `nodes` is how many it runs on or asks for, `members` are those that it was last on.

    Times are in unix seconds; `seconds` is what it has taken since it started, until its last word once it has ended.
    `group` is the one that it asks for machines of, if it says so.
    """

    name: str
    state: RunState
    label: str | None = None
    phase: str | None = None
    nodes: int | None = None
    requested: float | None = None
    started: float | None = None
    seconds: float | None = None
    attempt: int = 0
    reason: str | None = None
    cancelling: bool = False
    group: str | None = None
    members: tuple[str, ...] = ()

    @property
    def job_id(self) -> str:
        return self.name.partition(".")[0]

    @property
    def going(self) -> bool:
        return self.state in ("queued", "running")


class Cancel(Record):
    """jobs/<run>/cancel.json: somebody wants the run ended."""

    requested: float = 0.0


def run_names(bucket: Bucket, job_id: str | None = None) -> tuple[str, ...]:
    """The runs of a job (of every job when None) in the order of their numbers."""
    matches = [match for name in bucket.names("jobs") if (match := RUN_NAME.fullmatch(name))]
    runs = [(match[1], int(match[2])) for match in matches if job_id in (None, match[1])]
    return tuple(f"{job}.{number}" for job, number in sorted(runs))


def next_run(bucket: Bucket, job_id: str) -> str:
    """The name of a job's next run."""
    own = run_names(bucket, job_id)
    return f"{job_id}.{int(own[-1].rpartition('.')[2]) + 1 if own else 1}"


def latest_run(reader: Reader, job_id: str | None) -> str | None:
    """The newest run of a job; without a job id, the run that was asked for last."""
    names = run_names(reader.bucket, job_id)
    if not names or job_id is not None:
        return names[-1] if names else None

    def requested(name: str) -> float:
        request = reader.record(f"jobs/{name}/request.json", Request)
        return request.requested if request else 0.0

    return max(names, key=requested)


def read_lines(reader: Reader, now: float) -> tuple[RunLine, ...]:
    """Every run that was asked for, in the order of the requests. A folder without a request is no run yet."""
    names = run_names(reader.bucket)
    ended = reader.memory.ended
    fresh = [name for name in names if name not in ended]
    requests = reader.records([f"jobs/{name}/request.json" for name in fresh], Request)
    statuses = reader.records([f"jobs/{name}/status.json" for name in fresh], Status)
    members = reader.records([f"jobs/{name}/members.json" for name in fresh], Members)
    cancels = reader.records([f"jobs/{name}/cancel.json" for name in fresh], Cancel)
    lines = {name: ended[name] for name in names if name in ended}
    for name, request, status, member, cancel in zip(fresh, requests, statuses, members, cancels, strict=True):
        damaged = next((problem for problem in reader.problems if problem.startswith(f"jobs/{name}/")), None)
        if damaged is not None:  # the nodes let go of such a run too
            status = Status(state="failed", reason=damaged)
        elif request is None and status is None:
            continue
        lines[name] = line = _line(name, request, status or Status(state="queued"), member, cancel is not None, now)
        if line.state in ENDED and damaged is None:
            ended[name] = line
    return tuple(sorted(lines.values(), key=lambda line: (line.requested or 0.0, line.name)))


def _line(
    name: str, request: Request | None, status: Status, members: Members | None, cancelling: bool, now: float
) -> RunLine:
    started = members.started if members else None
    until = now if status.state == "running" else status.updated
    wanted = request.launch.nodes if request and request.launch else None
    return RunLine(
        name=name,
        state=status.state,
        label=printable(request.label) if request and request.label else None,  # another user's words
        phase=status.phase,
        nodes=len(members.nodes) if members and members.nodes else wanted,
        requested=request.requested if request else None,
        started=started,
        seconds=max(0.0, until - started) if started is not None and until and status.state != "queued" else None,
        attempt=status.attempt,
        reason=printable(status.reason) if status.reason else None,
        cancelling=cancelling,
        group=request.launch.group if request and request.launch else None,
        members=members.nodes if members else (),
    )


def read_run(reader: Reader, name: str, now: float, launch: Launch | None = None) -> Run:
    """A run with its phases and newest numbers. `launch` is what its bundle says of it, if the request doesn't."""
    folder = f"jobs/{name}"
    known = len(reader.problems)
    request = reader.record(f"{folder}/request.json", Request)
    status = reader.record(f"{folder}/status.json", Status) or Status(state="queued")
    members = reader.record(f"{folder}/members.json", Members)
    if damaged := reader.problems[known:]:  # the nodes let go of such a run too
        status = Status(state="failed", reason=damaged[0])
    job = reader.record(f"{folder}/job.json", Job) or Job()
    launch = (request.launch if request else None) or launch
    names = launch.phases if launch and launch.command else job.phases
    metrics = reader.metrics(f"{folder}/metrics.jsonl", METRICS_TAIL)
    reason = status.reason
    if status.state == "failed" and reason is None:
        failure = reader.record(f"{folder}/failure.json", Failure)
        reason = failure.reason if failure else None
    phases = tuple(_phase(reader, folder, phase, status, metrics, now) for phase in names)
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
