"""The runs of a Slurm cluster as their folders in the bucket have them: jobs/<job id>.<n>/.

The head alone writes `status.json`, `members.json`, `launch.json`, `job.json` and `slurm.json`, so it reads those of
each run once; what a job writes (phases/, checkpoints/, failure.json) and what people ask for (cancel.json) is read
again and again, of the runs that have not ended. Jobs may write all of it: what has another form is that run's failure,
and never the head's.
"""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clusterwright.bucket import Bucket, NotAnObject
from clusterwright.node.files import Damaged
from clusterwright.node.objects import create_object, read_object, write_object
from clusterwright.node.runs import NAME, UNFINISHED, Run

_STATUS = ("state", "reason", "phase", "attempt", "attempt_started", "progress", "stalled")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")  # a name in Slurm's options and in the lines that it answers
_DIGEST = re.compile(r"[0-9a-f]{64}|")
LONGEST = 256  # bytes of a checkpoint's name
_LATEST = 1e11  # unix seconds, in some thousand years
MOST = 2**31 - 1  # of whatever is counted, ids too: what Slurm itself can hold


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
        # Of a text, tuple() makes its letters.
        lists = {name: isinstance(value.get(name) or [], list) for name in ("phases", "command")}
        for name, holds in (*lists.items(), *launch._checks().items()):
            if not holds:
                raise Damaged(f"{where} is no launch as this release knows it: {name} is {_shown(value.get(name))}")
        return launch

    def _checks(self) -> dict[str, bool]:
        """By field, whether it holds what it may: all of it goes to Slurm, and anyone may ask for a run."""
        return {
            "job_id": isinstance(self.job_id, str),
            "group": _is_word(self.group),
            "nodes": _is_count(self.nodes, 1),
            "processes_per_node": _is_count(self.processes_per_node, 1),
            "threads_per_process": _is_count(self.threads_per_process, 1),
            "phases": bool(self.phases) and all(map(_is_word, self.phases)),
            "command": all(isinstance(word, str) and "\0" not in word for word in self.command or ()),
            "source": isinstance(self.source, bool),
            "deadline_s": self.deadline_s is None or _is_time(self.deadline_s),
        }


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

    def is_next(self, job: int) -> bool:
        """Whether that Slurm job is of a later phase in the chain that the attempt's job is of."""
        return self.attempt is not None and self.attempt[0] != job and self.attempt[0] in self.jobs.values()


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
        return Evidence(
            phases_left=[phase for phase in launch.phases if phase not in finished],
            failure=read_object(self._bucket, f"{folder}/failure.json") if "failure.json" in there else None,
            progress=" ".join([*finished, *(self._latest(folder) if "checkpoints" in there else ())]),
            cancel="cancel.json" in there,
            suspects=self._suspects(folder) if "suspects.json" in there else (),
        )

    def _suspects(self, folder: str) -> list[dict[str, str]]:
        where = f"{folder}/suspects.json"
        named = (read_object(self._bucket, where) or {}).get("suspects", [])
        if not isinstance(named, list) or not all(_is_suspect(one) for one in named):
            raise Damaged(f"{where} names no suspects as this release knows them")
        return named

    def tracks(self, run: Run) -> Tracks:
        """Raises Damaged."""
        if run.name not in self._tracks:
            where = f"jobs/{run.name}/slurm.json"
            value = read_object(self._bucket, where) or {}
            jobs, attempt, started = value.get("jobs", {}), value.get("attempt"), value.get("started")
            if not (
                isinstance(jobs, dict)
                and all(map(_is_count, jobs.values()))
                and (
                    attempt is None
                    or (isinstance(attempt, list) and len(attempt) == 2 and all(map(_is_count, attempt)))
                )
                and (started is None or _is_time(started))
            ):
                raise Damaged(f"{where} holds no Slurm jobs as this release knows them")
            self._tracks[run.name] = Tracks(jobs, (attempt[0], attempt[1]) if attempt else None, started)
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
        self, run: Run, nodes: Sequence[str], launch: Launch, bundle: str, started: float, plan: str | None
    ) -> None:
        """Say where and with what the run runs; `started` is when it first did, `plan` is a digest, for the report."""
        ranks = {"processes_per_node": launch.processes_per_node, "threads_per_process": launch.threads_per_process}
        members = {"nodes": list(nodes), "bundle": bundle, "plan": plan, **ranks, "started": started}
        write_object(self._bucket, f"jobs/{run.name}/members.json", members)
        current = self._runs.get(run.name, run)
        self._runs[run.name] = dataclasses.replace(current, members=tuple(nodes), ran_with=bundle, **ranks)

    def forget_suspects(self, run: Run) -> None:
        self._bucket.delete(f"jobs/{run.name}/suspects.json")

    def _latest(self, folder: str) -> list[str]:
        """The newest checkpoint of each kind, as the file beside them says. Raises Damaged."""
        found = []
        for kind in self._bucket.names(f"{folder}/checkpoints"):
            where = f"{folder}/checkpoints/{kind}/latest"
            try:
                found.append(f"{kind}/{self._bucket.read(where, LONGEST).decode(errors='replace').strip()}")
            except FileNotFoundError:
                continue  # a checkpoint is being written, and none was before it
            except NotAnObject as error:
                raise Damaged(f"{where} {error.strerror}") from error
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
            wrong = [key for key, value in known.items() if not _CHECKS[key](value)]
            if wrong:
                raise Damaged(f"{folder}/status.json: {wrong[0]} is {_shown(known[wrong[0]])}")
            nodes, ran_with = members.get("nodes", []), members.get("bundle")
            if not isinstance(nodes, list) or not all(map(_is_word, nodes)) or not _is_digest(ran_with or ""):
                raise Damaged(f"{folder}/members.json names no nodes or no bundle as this release knows them")
            if not _is_digest(request["bundle"]) or not isinstance(request.get("launch") or {}, dict):
                raise Damaged(f"{folder}/request.json names no bundle or no launch as this release knows them")
            run = Run(
                **identity,
                bundle=str(request["bundle"]),
                requested=float(request["requested"]),
                members=tuple(nodes),
                ran_with=ran_with,
                **known,
            )
        except Damaged as error:
            reason = str(error)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            reason = f"{folder} is not a run as this release knows it: {error}"
        else:
            return run
        return Run(**identity, bundle="", requested=0.0, state="failed", reason=reason)


def unfinished(runs: Sequence[Run]) -> list[Run]:
    return [run for run in runs if run.state in UNFINISHED]


def _is_word(value: object) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _is_count(value: object, least: int = 0) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= MOST


def _is_time(value: object) -> bool:
    """Whether it is a number of seconds that one can count on with."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LATEST


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_suspect(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(key, ""), str) for key in ("node", "reason"))


def _shown(value: object) -> str:
    return repr(value)[:80]


_CHECKS = {
    "state": lambda value: isinstance(value, str),
    "reason": _is_text,
    "phase": _is_text,
    "attempt": _is_count,
    "attempt_started": _is_time,
    "progress": lambda value: isinstance(value, str),
    "stalled": _is_count,
    "updated": _is_time,
}
