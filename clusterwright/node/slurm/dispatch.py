"""What the head decides about runs under Slurm: `decide` is a function of what is seen.

Slurm queues, places and starts; the head translates. A run is a chain of Slurm jobs named `<run>/<phase>`, each waiting
for the one before. Phases that are done are known by what they left in the run's folder, never by what Slurm says.

- A bundle's job runs once: if it has no run, `<job id>.1` is asked for, and the runs of other bundles' jobs are
  interrupted. One that was interrupted goes on from its checkpoints when its job is declared again. Runs that people
  submit with a launch of their own are nobody's rivals: Slurm decides about them.
- A start of a run's Slurm job is an attempt, also one that ended before the head has seen it. The batch script ends
  with 75 for all that may be tried again, and Slurm requeues it, as it does when a node is lost; it would wait two
  minutes, so the head lets it start at once.
- What Slurm refuses is tried again after the pauses REFUSED, and has failed then: mostly no machine is large enough.
- A run fails when it says that trying again is useless (exit code 2, or any of a user's own command), after ATTEMPTS
  attempts without progress, or at its deadline.
- A run whose Slurm jobs are gone without a result, because Slurm lost its state or someone broke the chain, is
  submitted again from its checkpoints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clusterwright.node.runs import ATTEMPTS, PAUSES, UNFINISHED, Run
from clusterwright.node.slurm.commands import Job
from clusterwright.node.slurm.runs import Evidence, Launch, Tracks

_LATER = ("BeginTime", "NonZeroExitCode")  # of a job that Slurm has requeued, and lets wait
_NO_REASON = ("None", "Dependency")  # Slurm has not looked at it yet, or not at the end of the phase before
REFUSED = (15.0, 30.0, 60.0, 120.0, 240.0)  # seconds from one refusal by Slurm to the next try
STOP_TIME = 180.0  # seconds that ranks have to write a checkpoint before their job is taken away


@dataclass(frozen=True)
class Refusal:
    """How often in a row Slurm has refused a run, when it last did (unix seconds), and in which words."""

    times: int
    last: float
    reason: str


@dataclass(frozen=True)
class Look:
    """A run that has not ended. `jobs` are its Slurm jobs by phase: live ones, and ended ones that it was told to have.

    `launch` is None when there is none to be had, for the reason in `damaged` if it is not the bundle's.
    """

    run: Run
    launch: Launch | None
    evidence: Evidence = field(default_factory=Evidence)
    tracks: Tracks = field(default_factory=Tracks)
    jobs: Mapping[str, Job] = field(default_factory=dict)
    damaged: str | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Stop:
    """No run may go on: why, and since when (unix seconds)."""

    reason: str
    since: float


@dataclass(frozen=True)
class View:
    """All that a decision depends on. `declared` is what the head's bundle wants run, `runs` are all runs.

    `submitted` are the names of those that brought their own launch.
    """

    now: float
    declared: Launch | None
    runs: Sequence[Run]
    looks: Sequence[Look]
    submitted: frozenset[str] = frozenset()
    stop: Stop | None = None


@dataclass(frozen=True)
class Decision:
    """`action`: request, supersede, requeue, submit, start, missed, release, halt, finish, fail, cancel, or note.

    request: ask for the run; supersede, fail, cancel: take its Slurm jobs away and say so; requeue: the same, to be
    submitted anew; start: Slurm has given `job` its nodes; missed: it did, and that is over by now; release: let `job`
    start now; halt: have `job` checkpoint and stop; note: only phase or reason change. `starts` counts those that are
    told of for the first time, `stalled` the attempts in a row without progress that ended before the last of them.
    """

    action: str
    run: str
    reason: str | None = None
    phase: str | None = None
    stalled: int = 0
    starts: int = 1
    job: Job | None = None


def decide(view: View) -> list[Decision]:
    """What to do now, in order; nothing when all is as it should be."""
    decisions = _declare(view)
    done = {decision.run for decision in decisions}
    for look in view.looks:
        if look.run.name not in done:
            decisions += _look_after(look, view)
    return decisions


def _declare(view: View) -> list[Decision]:
    if view.declared is None:
        return []
    job_id = view.declared.job_id
    latest = max((run for run in view.runs if run.job_id == job_id), key=lambda run: run.number, default=None)
    if latest is not None and latest.state != "superseded":
        return []
    rivals = [run for run in view.runs if run.job_id != job_id and run.state in UNFINISHED]
    reason = f"job {job_id} was declared instead"
    call = Decision("request", f"{job_id}.1") if latest is None else Decision("requeue", latest.name)
    return [
        *(Decision("supersede", run.name, reason, run.phase) for run in rivals if run.name not in view.submitted),
        call,
    ]


def _look_after(look: Look, view: View) -> list[Decision]:
    run, launch, evidence = look.run, look.launch, look.evidence
    if launch is None:
        lost = f"its bundle {run.bundle[:12]} cannot be had or holds no such job"
        return [Decision("fail", run.name, look.damaged or lost, run.phase)]
    if not evidence.phases_left:
        return [Decision("finish", run.name)]
    phase = evidence.phases_left[0]
    if evidence.cancel:
        return [Decision("cancel", run.name, "cancelled on request", phase)]
    if evidence.failure is not None and evidence.failure.get("retry") is False:
        return [Decision("fail", run.name, str(evidence.failure.get("reason")), phase)]
    if launch.deadline_s and look.tracks.started and view.now > look.tracks.started + launch.deadline_s:
        reason = f"not done at its deadline, {launch.deadline_s / 3600:.1f} h after its start"
        return [Decision("fail", run.name, reason, phase)]
    if _is_too_large(run, view):
        return [Decision("requeue", run.name, phase=phase)]
    job = look.jobs.get(phase)
    if job is None or not job.live:
        return _without_job(look, launch, phase, job, view)
    if job.state == "RUNNING":
        return _running(look, phase, job, view)
    # What ends is neither: its next state tells whether it starts again.
    return [] if job.state == "COMPLETING" else _waiting(look, phase, job, view)


def _is_too_large(run: Run, view: View) -> bool:
    """Whether the run has more nodes than its job wants by now, because its group became smaller."""
    declared = view.declared
    if declared is None or declared.job_id != run.job_id or run.name in view.submitted:
        return False
    return run.state == "running" and len(run.members) > declared.nodes


def _without_job(look: Look, launch: Launch, phase: str, job: Job | None, view: View) -> list[Decision]:
    run = look.run
    if job is not None:
        if job.state == "CANCELLED" and not job.reason.startswith("Dependency"):
            return [Decision("cancel", run.name, f"Slurm job {job.id} was cancelled", phase)]
        if job.state in ("TIMEOUT", "DEADLINE"):
            return [Decision("fail", run.name, "not done at its deadline: Slurm has ended it", phase)]
        if job.state == "FAILED" and (launch.command or job.exit_code == 2):
            return [Decision("fail", run.name, _said(look, f"it ended with exit code {job.exit_code}"), phase)]
    return _missed(look, phase, job) or _again(look, phase, view) or _submit(look, phase, view)


def _submit(look: Look, phase: str, view: View) -> list[Decision]:
    run, refusal = look.run, look.refusal
    if refusal is None:
        return [Decision("submit", run.name, phase=phase)]
    if refusal.times > len(REFUSED):
        return [Decision("fail", run.name, f"Slurm has refused it {refusal.times} times: {refusal.reason}", phase)]
    if view.now < refusal.last + REFUSED[refusal.times - 1]:
        return _note(run, refusal.reason, phase)
    return [Decision("submit", run.name, phase=phase)]


def _running(look: Look, phase: str, job: Job, view: View) -> list[Decision]:
    run = look.run
    if look.tracks.attempt != (job.id, job.restarts):
        starts = max(1, _unseen(look, job))
        return [Decision("start", run.name, phase=phase, stalled=_stalled(look, starts), starts=starts, job=job)]
    if view.stop is None:
        return _note(run, None, phase)
    if view.now < view.stop.since + STOP_TIME:
        return [Decision("halt", run.name, view.stop.reason, phase, job=job)]
    return [Decision("requeue", run.name, view.stop.reason, phase)]


def _waiting(look: Look, phase: str, job: Job, view: View) -> list[Decision]:
    run = look.run
    tried = look.tracks.attempt
    over = tried is not None and tried[0] == job.id and tried != (job.id, job.restarts)  # the next phase is another job
    if view.stop is not None:
        return _note(run, view.stop.reason, phase)
    ended = _missed(look, phase, job) or (_again(look, phase, view) if over else [])
    if ended:
        return ended
    if job.reason in _LATER or job.held_by_slurm:
        return [Decision("release", run.name, phase=phase, job=job)]
    before = f"attempt {run.attempt} ended; " if over and run.state == "running" else ""
    if job.state == "CONFIGURING":
        return _note(run, f"{before}waiting for {job.nodes or 'its nodes'} to be ready", phase)
    where = f"between phases: {phase} is next" if look.tracks.is_next(job.id) else f"{before}waiting in the queue"
    return _note(run, where if job.reason in _NO_REASON else f"{where} ({job.reason})", phase)


def _again(look: Look, phase: str, view: View) -> list[Decision]:
    """Why a run whose attempt has ended is not to be tried again, or not yet; nothing when it is."""
    run, stalled = look.run, _stalled(look)
    if stalled >= ATTEMPTS:
        said = _said(look, "its processes ended without saying why; see `clusterwright logs`")
        return [Decision("fail", run.name, f"{ATTEMPTS} attempts without progress; the last one: {said}", phase)]
    if run.state == "running" and view.now < run.attempt_started + PAUSES[stalled]:
        return [Decision("note", run.name, f"attempt {run.attempt} ended; trying again in a moment", phase)]
    return []


def _missed(look: Look, phase: str, job: Job | None) -> list[Decision]:
    """Attempts that began and ended between two looks are told of before anything follows from them."""
    starts = 0 if job is None else _unseen(look, job)
    if not starts:
        return []
    return [Decision("missed", look.run.name, phase=phase, stalled=_stalled(look, starts), starts=starts, job=job)]


def _unseen(look: Look, job: Job) -> int:
    """How often `job` has started that was not told of, the start of one that runs included."""
    tried = look.tracks.attempt
    ended = not job.live and not job.reason.startswith("Dependency")  # of a broken chain it has never started
    started = job.restarts + (job.state == "RUNNING" or ended)
    return max(0, started - (tried[1] + 1 if tried is not None and tried[0] == job.id else 0))


def _stalled(look: Look, starts: int = 1) -> int:
    """Attempts in a row without progress that ended before the last of `starts` more."""
    run = look.run
    if look.evidence.progress != run.progress:
        return 0
    return (run.stalled + 1 if run.state == "running" else 0) + starts - 1


def _said(look: Look, otherwise: str) -> str:
    return str((look.evidence.failure or {}).get("reason") or otherwise)


def _note(run: Run, reason: str | None, phase: str | None) -> list[Decision]:
    return [] if (reason, phase) == (run.reason, run.phase) else [Decision("note", run.name, reason, phase)]
