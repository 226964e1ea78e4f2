"""The runs of a Slurm cluster as their folders in the bucket have them: jobs/<job id>.<n>/.

The head alone writes `status.json`, `members.json`, `launch.json`, `job.json` and `slurm.json`, so it reads those of
each run once; what a job writes (phases/, checkpoints/, failure.json) and what people ask for (cancel.json) is read at
every look, of the runs that have not ended. Jobs may write all of it: what has another form is that run's failure, and
never the head's.
"""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clusterwright.bucket import Bucket
from clusterwright.node.files import Damaged
from clusterwright.node.objects import create_object, read_object, write_object
from clusterwright.node.runs import NAME, UNFINISHED, Run

_STATUS = ("state", "reason", "phase", "attempt", "attempt_started", "progress", "stalled")
_NUMBERS = ("attempt", "attempt_started", "stalled", "updated")
_LONGEST_NAME = 255  # bytes of a checkpoint's name, as of any file's


@dataclass(frozen=True)
class Launch:
    """What is to run and on what: job/launch.json of a bundle, or `launch` of a request.

    `command` is the user's own program, one word each; without it the training package runs. `source` says that files
    come along. `deadline_s` is in seconds from the first start of the run.
    """

    job_id: str
    group: str
    nodes: int
    processes_per_node: int
    threads_per_process: int
    phases: tuple[str, ...]
    command: tuple[str, ...] | None = None
    source: bool = False
    deadline_s: float | None = None

    @classmethod
    def read(cls, value: Mapping[str, Any], where: str) -> Launch:
        """Keys that are not known are ignored. Raises Damaged for what is missing or has another form."""
        try:
            known = {field.name: value[field.name] for field in dataclasses.fields(cls) if field.name in value}
            command = known.get("command")
            launch = cls(**{**known, "phases": tuple(known["phases"]), "command": tuple(command) if command else None})
        except (KeyError, TypeError) as error:
            raise Damaged(f"{where} is no launch as this release knows it: {error}") from error
        if not launch.phases or not isinstance(launch.nodes, int) or launch.nodes < 1:
            raise Damaged(f"{where} is no launch as this release knows it: it has no phases or no nodes")
        words = (launch.job_id, launch.group, *launch.phases, *(launch.command or ()))
        numbers = (launch.processes_per_node, launch.threads_per_process, launch.deadline_s or 0)
        if not all(isinstance(word, str) for word in words) or not all(isinstance(one, int | float) for one in numbers):
            raise Damaged(f"{where} is no launch as this release knows it: it has words for numbers, or the reverse")
        return launch


@dataclass(frozen=True)
class Evidence:
    """What a run has written. `cancel` and `suspects` are asked of the head in its folder."""

    phases_left: Sequence[str] = ()
    failure: Mapping[str, Any] | None = None
    progress: str = ""
    cancel: bool = False
    suspects: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class Tracks:
    """slurm.json: the ids of a run's Slurm jobs by phase; which start of which job (id, restarts) is its attempt.

    `started` is when the run first had nodes, in unix seconds.
    """

    jobs: Mapping[str, int] = dataclasses.field(default_factory=dict)
    attempt: tuple[int, int] | None = None
    started: float | None = None


class Runs:
    """The bucket's jobs/. Every method raises OSError when the bucket cannot be asked."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._runs: dict[str, Run] = {}
        self._requests: dict[str, dict[str, Any]] = {}
        self._tracks: dict[str, Tracks] = {}

    def all(self) -> list[Run]:
        """All runs, oldest request first. One whose files do not hold what they should has failed."""
        there = {name for name in self._bucket.names("jobs") if NAME.fullmatch(name)}
        for name in self._runs.keys() - there:
            del self._runs[name]
        for name in there - self._runs.keys():
            run = self._read(name)
            if run is not None:
                self._runs[name] = run
        return sorted(self._runs.values(), key=lambda run: (run.requested, run.job_id, run.number))

    def request(self, name: str, bundle: str, now: float) -> None:
        """Ask for the run `name`; one that has been asked for already stays as it is."""
        value = {"run": name, "job_id": name.partition(".")[0], "bundle": bundle, "requested": now}
        create_object(self._bucket, f"jobs/{name}/request.json", value)

    def submitted(self, run: Run) -> dict[str, Any] | None:
        """The request of a run that brings its own `launch`; None for the job of a bundle."""
        request = self._requests.get(run.name, {})
        return request if request.get("launch") else None

    def launched(self, run: Run) -> Launch | None:
        """What the run was once handed to Slurm with. Raises Damaged."""
        where = f"jobs/{run.name}/launch.json"
        value = read_object(self._bucket, where)
        return None if value is None else Launch.read(value, where)

    def evidence(self, run: Run, launch: Launch) -> Evidence:
        """Raises Damaged for a file that does not hold what it should."""
        folder = f"jobs/{run.name}"
        there = self._bucket.names(folder)
        done = self._bucket.names(f"{folder}/phases") if "phases" in there else ()
        finished = sorted(name.removesuffix(".json") for name in done if name.endswith(".json"))
        suspects = read_object(self._bucket, f"{folder}/suspects.json") if "suspects.json" in there else None
        return Evidence(
            phases_left=[phase for phase in launch.phases if phase not in finished],
            failure=read_object(self._bucket, f"{folder}/failure.json") if "failure.json" in there else None,
            progress=" ".join([*finished, *(self._latest(folder) if "checkpoints" in there else ())]),
            cancel="cancel.json" in there,
            suspects=_suspects(suspects, folder),
        )

    def tracks(self, run: Run) -> Tracks:
        if run.name not in self._tracks:
            where = f"jobs/{run.name}/slurm.json"
            try:
                self._tracks[run.name] = _tracks(read_object(self._bucket, where) or {})
            except (Damaged, AttributeError, TypeError, ValueError) as error:
                # Slurm's jobs are found by their names too, so a run goes on without its tracks.
                print(f"head: {where} does not hold what it should: {error}", file=sys.stderr, flush=True)
                self._tracks[run.name] = Tracks()
        return self._tracks[run.name]

    def write_tracks(self, run: Run, tracks: Tracks) -> None:
        write_object(self._bucket, f"jobs/{run.name}/slurm.json", dataclasses.asdict(tracks))
        self._tracks[run.name] = tracks

    def write_status(self, run: Run, **changes: Any) -> None:
        """Fields that are not named keep their value; nothing is written when nothing changes."""
        current = self._runs.get(run.name, run)
        status = {name: getattr(current, name) for name in _STATUS}
        changed = {**status, **changes}
        if changed == status and current.updated:
            return
        changed["updated"] = time.time()
        write_object(self._bucket, f"jobs/{run.name}/status.json", changed)
        self._runs[run.name] = dataclasses.replace(current, **changed)

    def write_members(
        self, run: Run, nodes: Sequence[str], launch: Launch, bundle: str, now: float, plan: str | None
    ) -> None:
        """Say where and with what the run runs; `plan` is a digest, for the report."""
        ranks = {"processes_per_node": launch.processes_per_node, "threads_per_process": launch.threads_per_process}
        members = {"nodes": list(nodes), "bundle": bundle, "plan": plan, **ranks, "started": now}
        write_object(self._bucket, f"jobs/{run.name}/members.json", members)
        current = self._runs.get(run.name, run)
        self._runs[run.name] = dataclasses.replace(current, members=tuple(nodes), ran_with=bundle, **ranks)

    def forget_suspects(self, run: Run) -> None:
        self._bucket.delete(f"jobs/{run.name}/suspects.json")

    def _latest(self, folder: str) -> list[str]:
        """The newest checkpoint of each kind, as the file beside them says."""
        found = []
        for kind in self._bucket.names(f"{folder}/checkpoints"):
            try:
                name = self._bucket.read(f"{folder}/checkpoints/{kind}/latest", last=_LONGEST_NAME)
                found.append(f"{kind}/{name.decode(errors='replace').strip()}")
            except (FileNotFoundError, NotADirectoryError):
                continue  # a checkpoint is being written, and none was before it
        return found

    def _read(self, name: str) -> Run | None:
        """None while the request is not yet there."""
        job_id, number = name.split(".")
        identity = {"name": name, "job_id": job_id, "number": int(number)}
        folder = f"jobs/{name}"
        try:
            request = read_object(self._bucket, f"{folder}/request.json")
            if request is None:
                return None
            self._requests[name] = request
            status = read_object(self._bucket, f"{folder}/status.json") or {}
            members = read_object(self._bucket, f"{folder}/members.json") or {}
            known = {key: status[key] for key in (*_STATUS, "updated") if key in status}
            if any(not isinstance(known.get(key, 0), int | float) or known.get(key, 0) < 0 for key in _NUMBERS):
                raise TypeError(f"status.json has no number in one of {', '.join(_NUMBERS)}")
            run = Run(
                **identity,
                bundle=str(request["bundle"]),
                requested=float(request["requested"]),
                members=tuple(members.get("nodes", ())),
                ran_with=members.get("bundle"),
                **known,
            )
        except Damaged as error:
            reason = str(error)
        except (KeyError, TypeError, ValueError) as error:
            reason = f"{folder} is not a run as this release knows it: {error}"
        else:
            return run
        return Run(**identity, bundle="", requested=0.0, state="failed", reason=reason)


def _suspects(value: Mapping[str, Any] | None, folder: str) -> Sequence[Mapping[str, str]]:
    found = (value or {}).get("suspects", ())
    if not isinstance(found, list | tuple) or not all(isinstance(one, dict) for one in found):
        raise Damaged(f"{folder}/suspects.json does not list suspects")
    return [{name: str(words) for name, words in one.items()} for one in found]


def _tracks(value: Mapping[str, Any]) -> Tracks:
    attempt, started = value.get("attempt"), value.get("started")
    jobs = {str(phase): int(number) for phase, number in value.get("jobs", {}).items()}
    if attempt is None:
        return Tracks(jobs, None, None if started is None else float(started))
    number, restarts = attempt
    return Tracks(jobs, (int(number), int(restarts)), None if started is None else float(started))


def unfinished(runs: Sequence[Run]) -> list[Run]:
    return [run for run in runs if run.state in UNFINISHED]
