"""The head's hand on the queue: reads the bucket and Slurm, has `dispatch.decide` decide, and carries it out.

Killed between any two steps it goes on: a Slurm job is found by its name again, whether or not its id was written down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clusterwright.bucket import Bucket
from clusterwright.node.bundle import BundleError, planned
from clusterwright.node.files import Damaged, read_json
from clusterwright.node.objects import write_object
from clusterwright.node.runs import Run
from clusterwright.node.slurm.commands import Job, Slurm, SlurmError
from clusterwright.node.slurm.dispatch import Decision, Look, Refusal, Stop, View, decide
from clusterwright.node.slurm.runs import Evidence, Launch, Runs, Tracks, unfinished

SOURCE = "source.tar.gz"


@dataclass(frozen=True)
class Seen:
    """What a look has found: the bundle and what it wants run, all runs, and more of those that have not ended.

    `unread` are the reasons why some of these are left alone this time: their files could not be asked for.
    """

    digest: str
    declared: Launch | None
    runs: Sequence[Run]
    looks: Sequence[Look]
    jobs: Sequence[Job]
    unread: Sequence[str] = ()

    @property
    def over(self) -> bool:
        """Whether the job of the bundle is done and no run is left."""
        if self.declared is None or unfinished(self.runs):
            return False
        own = [run for run in self.runs if run.job_id == self.declared.job_id]
        return bool(own) and max(own, key=lambda run: run.number).state == "finished"


class Dispatcher:
    """`obtain` gives the folder of a bundle by its digest or raises BundleError; `gpus` are a node's, by group.

    What a run has written is read again after `pace` seconds, and at once when Slurm says something new of its jobs.
    """

    def __init__(
        self, bucket: Bucket, slurm: Slurm, obtain: Callable[[str], Path], gpus: Mapping[str, int], pace: float
    ) -> None:
        self._bucket = bucket
        self._slurm = slurm
        self._obtain = obtain
        self._gpus = gpus
        self._pace = pace
        self._runs = Runs(bucket)
        self._halted: set[tuple[int, int]] = set()
        self._refusals: dict[str, Refusal] = {}
        self._evidence: dict[str, tuple[float, Sequence[Job], Evidence]] = {}  # when read, and what Slurm said then

    def look(self, digest: str, jobs: Sequence[Job], now: float) -> Seen:
        """`digest` is the bundle that the head has converged on, `jobs` are Slurm's. Raises OSError, BundleError."""
        runs = self._runs.all()
        looks, unread = [], []
        going = unfinished(runs)
        self._evidence = {run.name: known for run in going if (known := self._evidence.get(run.name))}
        for run in going:
            try:
                looks.append(self._look(run, digest, jobs, now))
            except OSError as error:
                unread.append(f"run {run.name}: {error}")
        return Seen(digest, self._declared(digest), runs, looks, jobs, unread)

    def act(self, seen: Seen, now: float, stop: Stop | None = None) -> list[Decision]:
        """Decide and carry out; returns what was decided.

        Raises OSError when the bucket cannot be asked, SlurmError when Slurm refuses, after all others had their turn:
        what was not done is decided again at the next look.
        """
        submitted = frozenset(run.name for run in seen.runs if self._runs.submitted(run))
        decisions = decide(View(now, seen.declared, seen.runs, seen.looks, submitted, stop))
        runs = {run.name: run for run in seen.runs}
        looks = {look.run.name: look for look in seen.looks}
        refused: Exception | None = None
        for decision in decisions:
            run = runs.get(decision.run)
            try:
                self._carry_out(decision, run, looks.get(decision.run), seen, now)
            except SlurmError as error:
                refused = error
                if decision.action == "submit":
                    before = self._refusals.get(decision.run)
                    self._refusals[decision.run] = Refusal(before.times + 1 if before else 1, now, error.reason)
                if run is not None:
                    with suppress(OSError):  # told by the head's report in any case
                        self._runs.write_status(run, reason=error.reason)
            except (OSError, ValueError, BundleError) as error:
                refused = error
        if refused is not None:
            raise refused
        return decisions

    def forget_suspects(self, run: Run) -> None:
        self._evidence.pop(run.name, None)
        self._runs.forget_suspects(run)

    def _declared(self, digest: str) -> Launch | None:
        value = read_json(self._obtain(digest) / "job" / "launch.json")
        return None if value is None else Launch.read(value, "job/launch.json")

    def _look(self, run: Run, digest: str, jobs: Sequence[Job], now: float) -> Look:
        try:
            _, launch = self._launch_of(run, digest)
            if launch is None:
                return Look(run, None)
            evidence, tracks = self._read(run, launch, jobs, now), self._runs.tracks(run)
        except Damaged as error:
            return Look(run, None, damaged=str(error))
        own: dict[str, Job] = {}
        for phase in launch.phases:
            named = [job for job in jobs if job.name == f"{run.name}/{phase}"]
            known = [job for job in named if job.live or job.id == tracks.jobs.get(phase)]
            if known:
                own[phase] = max(known, key=lambda job: (job.live, job.id))
        return Look(run, launch, evidence, tracks, own, refusal=self._refusals.get(run.name))

    def _read(self, run: Run, launch: Launch, jobs: Sequence[Job], now: float) -> Evidence:
        own = [job for job in jobs if job.name.startswith(f"{run.name}/")]
        known = self._evidence.get(run.name)
        if known is None or known[1] != own or not 0 <= now - known[0] < self._pace:
            known = self._evidence[run.name] = now, own, self._runs.evidence(run, launch)
        return known[2]

    def _launch_of(self, run: Run, digest: str) -> tuple[str, Launch | None]:
        """A run's launch and its bundle: the head's if it holds the same job, else the one that it was asked for with.

        Who submits a run brings the launch along, and it runs with whatever the nodes have. Raises Damaged.
        """
        request = self._runs.submitted(run)
        if request is not None:
            return digest, Launch.read(request["launch"], f"jobs/{run.name}/request.json")
        for candidate in (digest, run.bundle):
            try:
                launch = self._declared(candidate)
            except BundleError:
                continue
            if launch is not None and launch.job_id == run.job_id:
                return candidate, launch
        return run.ran_with or run.bundle, self._runs.launched(run)

    def _carry_out(self, decision: Decision, run: Run | None, look: Look | None, seen: Seen, now: float) -> None:
        if run is None:
            self._runs.request(decision.run, seen.digest, now)
            return
        common: dict[str, Any] = {"reason": decision.reason, "phase": decision.phase}
        match decision.action:
            case "note":
                self._runs.write_status(run, **common)
            case "requeue":
                self._take_away(run, seen)
                self._runs.write_status(run, state="queued", reason=decision.reason, stalled=0)
            case "supersede" | "fail" | "cancel" as action:
                self._take_away(run, seen)
                states = {"supersede": "superseded", "fail": "failed", "cancel": "cancelled"}
                self._runs.write_status(run, state=states[action], **common)
            case "finish":
                self._runs.write_status(run, state="finished", **common)
            case "release" if decision.job is not None:
                act = self._slurm.release if decision.job.held_by_slurm else self._slurm.start_now
                act(decision.job.id)
            case "halt" if decision.job is not None:
                self._halt(decision.job)
                self._runs.write_status(run, **common)
            case "start" | "missed" if decision.job is not None and look is not None:
                self._start(run, decision, decision.job, look, seen.digest, now)
            case "submit" if look is not None:
                self._submit(run, look, seen, now)
                self._runs.write_status(run, reason=None, phase=decision.phase)
            case unknown:
                raise ValueError(f"unknown decision {unknown!r}")

    def _halt(self, job: Job) -> None:
        """Once an attempt: the batch script passes each signal on, and one is enough for a checkpoint."""
        if (job.id, job.restarts) not in self._halted:
            self._slurm.ask_to_stop([job.id])
            self._halted.add((job.id, job.restarts))

    def _take_away(self, run: Run, seen: Seen) -> None:
        """End the run's Slurm jobs, and forget them: what ended on our wish says nothing of the run."""
        self._refusals.pop(run.name, None)
        self._slurm.cancel([job.id for job in seen.jobs if job.live and job.name.startswith(f"{run.name}/")])
        try:
            started = self._runs.tracks(run).started
        except Damaged:  # what is being written anew
            started = None
        self._runs.write_tracks(run, Tracks(started=started))

    def _start(self, run: Run, decision: Decision, job: Job, look: Look, digest: str, now: float) -> None:
        if look.launch is None:
            raise ValueError(f"run {run.name} started without a launch")
        tracks = look.tracks
        # The first start of a chain's next job is no new attempt; the same one again, or one of a new chain, is.
        next_phase = tracks.is_next(job.id)
        last = job.restarts - (job.live and job.state != "RUNNING")  # what waits has been counted for its next start
        started = tracks.started or now
        if job.state == "RUNNING":
            nodes, bundle = self._slurm.hostnames(job.nodes), self._launch_of(run, digest)[0]
            self._runs.write_members(run, nodes, look.launch, bundle, started, planned(self._bucket))
        self._runs.write_status(
            run,
            state="running",
            reason=None,
            phase=decision.phase,
            attempt=run.attempt + decision.starts - next_phase,
            attempt_started=now,
            progress=look.evidence.progress,
            stalled=decision.stalled,
        )
        self._runs.write_tracks(run, Tracks(tracks.jobs, (job.id, last), started))

    def _submit(self, run: Run, look: Look, seen: Seen, now: float) -> None:
        """One Slurm job for each phase that is left, each to start when the one before has ended well."""
        launch = look.launch
        if launch is None:
            raise ValueError(f"run {run.name} submitted without a launch")
        self._slurm.cancel([job.id for job in seen.jobs if job.live and job.name.startswith(f"{run.name}/")])
        script = self._prepare(run, launch, seen.digest) / "job" / "run.sh"
        left = launch.deadline_s
        if left and look.tracks.started:
            left -= now - look.tracks.started
        ids: dict[str, int] = {}
        for phase in look.evidence.phases_left:
            before = list(ids.values())[-1:]
            options = batch_options(run.name, phase, launch, self._gpus.get(launch.group, 0), left, before)
            ids[phase] = self._slurm.submit([*options, str(script), run.name, phase])
        self._refusals.pop(run.name, None)
        self._runs.write_tracks(run, Tracks(ids, look.tracks.attempt, look.tracks.started))

    def _prepare(self, run: Run, launch: Launch, digest: str) -> Path:
        """Put what the nodes need into the run's folder; returns the bundle whose batch script runs."""
        folder, request = f"jobs/{run.name}", self._runs.submitted(run)
        if request is not None:
            config = request.get("job")
        else:
            job = self._obtain(self._launch_of(run, digest)[0]) / "job"
            config = read_json(job / "job.json")
            if launch.source and not self._bucket.exists(f"{folder}/{SOURCE}"):
                self._bucket.upload(job / SOURCE, f"{folder}/{SOURCE}")
        if config is not None:
            write_object(self._bucket, f"{folder}/job.json", config)
        value = {**vars(launch), "phases": list(launch.phases), "command": launch.command and list(launch.command)}
        write_object(self._bucket, f"{folder}/launch.json", value)
        return self._obtain(digest)


def batch_options(
    run: str, phase: str, launch: Launch, gpus: int, seconds: float | None, after: Sequence[int]
) -> list[str]:
    """sbatch's options (sbatch(1), 23.11 and 24.11). `seconds` is what is left until the deadline.

    Whole nodes, one launcher each. The script writes its own log, since a node may not have the run's folder yet.
    """
    return [
        f"--job-name={run}/{phase}",
        f"--comment={run}",
        f"--partition={launch.group}",
        f"--nodes={launch.nodes}",
        "--ntasks-per-node=1",
        "--exclusive",
        "--mem=0",
        "--requeue",
        "--open-mode=append",
        "--output=/dev/null",
        "--chdir=/",
        *([f"--gpus-per-node={gpus}"] if gpus else []),
        *([f"--time={max(1, math.ceil(seconds / 60))}"] if seconds is not None else []),
        *(f"--dependency=afterok:{one}" for one in after),
        *(["--kill-on-invalid-dep=yes"] if after else []),
    ]
