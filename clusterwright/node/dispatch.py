"""What the head decides about runs: `decide` is a function of what the head sees, `Dispatcher` sees and carries out.

- A bundle's job runs once: if it has no run, `<job id>.1` is asked for. A run that another job interrupted goes on
  from its checkpoints when its job is declared again. A finished or failed one is left alone: `clusterwright rerun`
  asks for the next.
- Declaring a job interrupts the runs of other jobs, running or queued. A run asked for later by hand waits its turn.
- One run at a time; it starts when all nodes it needs are healthy on the head's bundle. One that has members which its
  job does not want any more, because its group became smaller, is started anew on those that it does want, from its
  checkpoints. A group that became larger leaves a run alone.
- An attempt is one torchrun on each member under one rendezvous id. Whatever ends it on one member ends it: when all
  members are healthy again the next attempt starts everywhere and resumes from the checkpoint. torchrun's own
  restarts are off (they cannot outlive its rendezvous being closed, which every torchrun that gives up does to its
  peers), so there is one counter and one path.
- A run fails when it says that trying again is useless, or after ATTEMPTS attempts without progress.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clusterwright.node import bundle as bundles
from clusterwright.node import runs as queue
from clusterwright.node.files import Damaged, read_json
from clusterwright.node.place import Place
from clusterwright.node.report import is_healthy, is_lost
from clusterwright.node.runs import ATTEMPTS, PAUSES, Launch, Run


@dataclass(frozen=True)
class Evidence:
    """What the active run has written: phases without result, its failure.json, its progress."""

    phases_left: Sequence[str] = ()
    failure: Mapping[str, Any] | None = None
    progress: str = ""


@dataclass(frozen=True)
class Decision:
    """`action`: request, supersede, requeue, start, retry, finish, fail, or note (only phase or reason change)."""

    action: str
    run: str
    reason: str | None = None
    phase: str | None = None
    stalled: int = 0


@dataclass(frozen=True)
class View:
    """All that a decision depends on.

    `digest` is the bundle the head has converged on and `launch` what it wants run; `next_launch` belongs to the first
    queued run; `reports` are the nodes' by name; `now` is in unix seconds.
    """

    now: float
    digest: str
    launch: Launch | None
    next_launch: Launch | None
    runs: Sequence[Run]
    reports: Mapping[str, Mapping[str, Any]]
    evidence: Evidence


def decide(view: View) -> list[Decision]:
    """What to do now, in order; nothing when all is as it should be."""
    active = next((run for run in view.runs if run.state == "running"), None)
    if active is not None:
        ended = _ended(active, view.evidence)
        if ended is not None:
            return [ended]
    declared = _declare(view)
    if declared:
        return declared
    if active is None:
        return _start_next(view)
    if view.launch and view.launch.job_id == active.job_id and not {*active.members} <= {*view.launch.node_names}:
        return [Decision("requeue", active.name, phase=active.phase)]
    return _look_after(active, view)


def _ended(run: Run, evidence: Evidence) -> Decision | None:
    failure = evidence.failure
    if not evidence.phases_left:
        return Decision("finish", run.name)
    if failure is not None and failure.get("retry") is False and failure.get("time", 0.0) >= run.attempt_started:
        return Decision("fail", run.name, str(failure.get("reason")), run.phase)
    return None


def _declare(view: View) -> list[Decision]:
    if view.launch is None:
        return []
    job_id = view.launch.job_id
    latest = max((run for run in view.runs if run.job_id == job_id), key=lambda run: run.number, default=None)
    if latest is not None and latest.state != "superseded":
        return []
    others = [run for run in view.runs if run.job_id != job_id and run.state in queue.UNFINISHED]
    reason = f"job {job_id} was declared instead"
    call = Decision("request", f"{job_id}.1") if latest is None else Decision("requeue", latest.name)
    return [*(Decision("supersede", run.name, reason, run.phase) for run in others), call]


def _look_after(run: Run, view: View) -> list[Decision]:
    phase = view.evidence.phases_left[0]
    if not any(_gave_up(view.reports.get(node), run) for node in run.members):
        lost = [node for node in run.members if is_lost(view.reports.get(node), view.now)]
        return _note(run, f"{', '.join(lost)} lost" if lost else None, phase)
    stalled = run.stalled + 1 if view.evidence.progress == run.progress else 0
    if stalled >= ATTEMPTS:
        unsaid = {"reason": "its processes ended without saying why; see `clusterwright logs`"}
        said = (view.evidence.failure or unsaid)["reason"]
        return [Decision("fail", run.name, f"{ATTEMPTS} attempts without progress; the last one: {said}", phase)]
    missing = _missing(run.members, view)
    if missing:
        return _note(run, f"attempt {run.attempt} ended; waiting for {', '.join(missing)}", phase)
    if view.now < run.attempt_started + PAUSES[stalled]:
        return _note(run, f"attempt {run.attempt} ended; trying again in a moment", phase)
    return [Decision("retry", run.name, phase=phase, stalled=stalled)]


def _start_next(view: View) -> list[Decision]:
    run = next((run for run in view.runs if run.state == "queued"), None)
    if run is None:
        return []
    if view.next_launch is None:
        return [Decision("fail", run.name, f"its bundle {run.bundle[:12]} cannot be had or holds no such job")]
    names = view.next_launch.node_names
    missing = _missing(names, view)
    if missing:
        return _note(run, f"waiting for {', '.join(missing)}", run.phase)
    behind = [name for name in names if view.reports[name]["bundle"] != view.digest]
    if behind:
        return _note(run, f"waiting for {', '.join(behind)} to take the new bundle", run.phase)
    occupied = [name for name in names if view.reports[name]["worker"] == "running"]
    if occupied:
        return _note(run, f"waiting for {', '.join(occupied)} to end the run before", run.phase)
    return [Decision("start", run.name, phase=run.phase)]


def _gave_up(report: Mapping[str, Any] | None, run: Run) -> bool:
    """Whether a node has started the run's attempt and is not working on it any more."""
    return (
        report is not None
        and (report.get("run"), report.get("attempt")) == (run.name, run.attempt)
        and report["worker"] != "running"
    )


def _missing(names: Sequence[str], view: View) -> list[str]:
    return [name for name in names if not is_healthy(view.reports.get(name), view.now)]


def _note(run: Run, reason: str | None, phase: str | None) -> list[Decision]:
    return [] if (reason, phase) == (run.reason, run.phase) else [Decision("note", run.name, reason, phase)]


class Dispatcher:
    """The head's hand on jobs/: one `step` reads the bucket, decides, and writes what was decided."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def step(self, digest: str, now: float) -> list[Decision]:
        """`digest` is the bundle that the head has converged on; returns what was decided."""
        view = self._view(digest, now)
        by_name = {run.name: run for run in view.runs}
        decisions = decide(view)
        for decision in decisions:
            self._carry_out(decision, by_name.get(decision.run), view)
        return decisions

    def _view(self, digest: str, now: float) -> View:
        place = self._place
        found = queue.read_runs(place.jobs)
        launch = queue.read_launch(place.bundles / digest)
        active = next((run for run in found if run.state == "running"), None)
        waiting = next((run for run in found if run.state == "queued"), None)
        return View(
            now=now,
            digest=digest,
            launch=launch,
            next_launch=self._launch_of(waiting, digest)[1] if waiting and active is None else None,
            runs=found,
            reports={path.stem: report for path in place.reports.glob("*.json") if (report := read_json(path))},
            evidence=self._evidence(active) if active else Evidence(),
        )

    def _evidence(self, run: Run) -> Evidence:
        folder = self._place.jobs / run.name
        try:
            return Evidence(queue.phases_left(folder), read_json(folder / "failure.json"), queue.progress(folder))
        except Damaged as error:
            useless = {"reason": str(error), "retry": False, "time": run.attempt_started}
            return Evidence((run.phase or "",), useless)

    def _launch_of(self, run: Run, digest: str) -> tuple[str, Launch | None]:
        """The bundle to run with: the head's own if it holds the same job, else the one the run was asked for with."""
        for candidate in (digest, run.bundle):
            try:
                launch = queue.read_launch(bundles.obtain(self._place, candidate))
            except bundles.BundleError:
                continue
            if launch is not None and launch.job_id == run.job_id:
                return candidate, launch
        return run.bundle, None

    def _carry_out(self, decision: Decision, run: Run | None, view: View) -> None:
        jobs = self._place.jobs
        if run is None:
            queue.request(jobs, decision.run, view.digest, view.now)
            return
        common = {"reason": decision.reason, "phase": decision.phase}
        match decision.action:
            case "requeue":
                queue.write_status(jobs, run, state="queued", reason=None)
            case "supersede":
                queue.write_status(jobs, run, state="superseded", **common)
            case "finish":
                queue.write_status(jobs, run, state="finished", **common)
            case "fail":
                queue.write_status(jobs, run, state="failed", **common)
            case "note":
                queue.write_status(jobs, run, **common)
            case "retry":
                self._attempt(run, decision, view, decision.stalled)
            case "start":
                digest, launch = self._launch_of(run, view.digest)
                job = read_json(self._place.bundles / digest / "job" / "job.json")
                if launch is None or job is None:
                    raise bundles.BundleError(f"bundle {digest[:12]} holds no job {run.job_id}")
                queue.write_members(jobs, run, launch, digest, job, view.now, bundles.planned(self._place.bucket))
                self._attempt(run, decision, view, 0)
            case unknown:
                raise ValueError(f"unknown decision {unknown!r}")

    def _attempt(self, run: Run, decision: Decision, view: View, stalled: int) -> None:
        queue.write_status(
            self._place.jobs,
            run,
            state="running",
            reason=None,
            phase=decision.phase,
            attempt=run.attempt + 1,
            attempt_started=view.now,
            progress=queue.progress(self._place.jobs / run.name),
            stalled=stalled,
        )
