"""The queue: jobs/<job id>.<n>/, one folder a run. Anyone who may write there asks for a run; the head alone decides.

`request.json` is made once, atomically, by whoever asks. `members.json` and `status.json` are the head's.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clusterwright.node.files import Damaged, create_json, read_json, write_json

NAME = re.compile(r"([0-9a-f]{12})\.([1-9][0-9]*)")
UNFINISHED = ("queued", "running")
ATTEMPTS = 5  # in a row without progress: then a run has failed
# Seconds from the start of an attempt to the earliest next one, by attempts without progress so far: a lost node
# costs nothing, a rank that dies at once does not spin.
PAUSES = (0.0, 0.0, 15.0, 30.0, 60.0)


@dataclass(frozen=True)
class Launch:
    """What a bundle wants run: its `job/launch.json`."""

    job_id: str
    group: str
    nodes: int
    node_names: tuple[str, ...]
    processes_per_node: int
    threads_per_process: int


@dataclass(frozen=True)
class Run:
    """One run of a job. `attempt` counts the starts of its ranks, over interruptions too; times are unix seconds.

    `progress` is what the run had reached when the attempt began, `stalled` how many attempts ended without going
    beyond it.
    """

    name: str
    job_id: str
    number: int
    bundle: str
    requested: float
    state: str = "queued"
    reason: str | None = None
    phase: str | None = None
    attempt: int = 0
    attempt_started: float = 0.0
    progress: str = ""
    stalled: int = 0
    updated: float = 0.0
    members: tuple[str, ...] = ()
    ran_with: str | None = None
    processes_per_node: int = 1
    threads_per_process: int = 1


def read_launch(bundle: Path) -> Launch | None:
    """What the bundle wants run; None when its spec has no job."""
    value = read_json(bundle / "job" / "launch.json")
    return None if value is None else Launch(**{**value, "node_names": tuple(value["node_names"])})


def read_run(folder: Path) -> Run | None:
    """The run in `folder`; None while it is no run (another name, or its request is not yet there).

    One whose files do not hold what they should has failed: nobody can go on with it, and the others go on without it.
    """
    match = NAME.fullmatch(folder.name)
    if match is None:
        return None
    identity = {"name": folder.name, "job_id": match[1], "number": int(match[2])}
    try:
        request = read_json(folder / "request.json")
        if request is None:
            return None
        status = read_json(folder / "status.json") or {}
        members = read_json(folder / "members.json") or {}
        return Run(
            **identity,
            bundle=request["bundle"],
            requested=request["requested"],
            members=tuple(members.get("nodes", ())),
            ran_with=members.get("bundle"),
            processes_per_node=members.get("processes_per_node", 1),
            threads_per_process=members.get("threads_per_process", 1),
            **status,
        )
    except Damaged as error:
        reason = str(error)
    except (KeyError, TypeError) as error:
        reason = f"{folder} is not a run as this release knows it: {error}"
    return Run(**identity, bundle="", requested=0.0, state="failed", reason=reason)


def read_runs(jobs: Path) -> list[Run]:
    """All runs, oldest request first."""
    found = [run for folder in jobs.glob("*.*") if (run := read_run(folder)) is not None]
    return sorted(found, key=lambda run: (run.requested, run.job_id, run.number))


def request(jobs: Path, name: str, bundle: str, now: float) -> bool:
    """Ask for the run `name` (`<job id>.<n>`); False when it has been asked for already."""
    match = NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} is not the name of a run: <12 hexadecimal digits>.<number>")
    value = {"run": name, "job_id": match[1], "bundle": bundle, "requested": now}
    return create_json(jobs / name / "request.json", value)


def write_status(jobs: Path, run: Run, **changes: Any) -> None:
    """Write the run's status with `changes`; fields that are not named keep their value."""
    names = ("state", "reason", "phase", "attempt", "attempt_started", "progress", "stalled")
    status = {name: getattr(run, name) for name in names}
    write_json(jobs / run.name / "status.json", {**status, **changes, "updated": time.time()})


def write_members(
    jobs: Path, run: Run, launch: Launch, bundle: str, job: dict[str, Any], now: float, plan: str | None
) -> None:
    """Fix where and with what the run runs until it ends or is queued again; `plan` is a digest, for the report."""
    write_json(jobs / run.name / "job.json", job)
    write_json(
        jobs / run.name / "members.json",
        {
            "nodes": list(launch.node_names),
            "bundle": bundle,
            "plan": plan,
            "processes_per_node": launch.processes_per_node,
            "threads_per_process": launch.threads_per_process,
            "started": now,
        },
    )


def phases_left(folder: Path) -> list[str]:
    """The phases of the run's job that have no result yet, in order. Raises Damaged when its job.json is gone."""
    job = read_json(folder / "job.json")
    if job is None:
        raise Damaged(f"{folder / 'job.json'} is missing")
    return [phase for phase in job["phases"] if not (folder / "phases" / f"{phase}.json").is_file()]


def progress(folder: Path) -> str:
    """How far a run has come, as text that changes when it comes further: phases done and newest checkpoints."""
    done = sorted(path.stem for path in (folder / "phases").glob("*.json"))
    latest = sorted((folder / "checkpoints").glob("*/latest"))
    return " ".join([*done, *(f"{path.parent.name}/{path.read_text().strip()}" for path in latest)])


def running_on(runs: Sequence[Run], node: str) -> Run | None:
    """The run that `node` should work on now."""
    return next((run for run in runs if run.state == "running" and node in run.members), None)
