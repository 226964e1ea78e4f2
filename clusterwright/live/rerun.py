"""Asks the head to run the current job again."""

from __future__ import annotations

import json
import time
from typing import Any

from clusterwright.bucket import Bucket
from clusterwright.errors import ClusterwrightError
from clusterwright.live.reading import Bundle, Reader, read_bundle
from clusterwright.live.runs import next_run, read_lines
from clusterwright.live.text import command, make


class RunRefused(ClusterwrightError):
    """The cluster is as it should be, and the run can't be had now."""

    exit_code = 1


def request_rerun(bucket: Bucket, name: str, now: float | None = None) -> str:
    """Write the request for the job's next run and return the run's name.

    Raises RunRefused while a run is going that this one would have to wait for, or when another request won the race;
    ClusterwrightError without a job. Slurm runs several jobs beside each other, so there only a run of the same job
    is in the way.
    """
    now = time.time() if now is None else now
    reader = Reader(bucket)
    digest, bundle = deployed(reader, name)
    if bundle.launch is None:
        raise ClusterwrightError(
            f"error: stack {name} has no job\n  hint: give stacks/{name}.yaml a `job`, then {make('up', name)}"
        )
    job_id = bundle.launch.job_id
    refuse_beside(reader, name, job_id if bundle.facts else None, now)
    return ask(bucket, name, next_run(bucket, job_id), {"bundle": digest, "requested": now})


def deployed(reader: Reader, name: str) -> tuple[str, Bundle]:
    """The bundle that the stack's nodes are to be on, under its digest. Raises ClusterwrightError without one."""
    digest = reader.text("control/current")
    bundle = read_bundle(reader, digest) if digest else None
    if digest is None or bundle is None:
        raise ClusterwrightError(
            f"error: stack {name} has no bundle to run\n"
            f"  why: {reader.problems[0] if reader.problems else 'its bucket has no control/current'}\n"
            f"  hint: {make('up', name)}"
        )
    return digest, bundle


def refuse_beside(reader: Reader, name: str, job_id: str | None, now: float) -> None:
    """Raise RunRefused while a run of the job is going, or one of any job when None."""
    for run in read_lines(reader, now):
        if run.going and job_id in (None, run.job_id):
            stop = (
                f"end it: {command(f'cancel {name} {run.name}')}"
                if job_id
                else f"stop it with its cluster: {make('down', name)}"
            )
            raise RunRefused(
                f"error: run {run.name} is {run.state}, so no other {'of the same job ' if job_id else ''}is started\n"
                f"  hint: follow it: {command(f'watch {name}')}; {stop}"
            )


def ask(bucket: Bucket, name: str, run: str, request: dict[str, Any]) -> str:
    """Put a run's request, which makes it one, and return its name. Raises RunRefused when it is there already."""
    text = json.dumps({"run": run, "job_id": run.partition(".")[0], **request})
    if not bucket.create(f"jobs/{run}/request.json", text.encode() + b"\n"):
        raise taken(name, run)
    return run


def taken(name: str, run: str) -> RunRefused:
    """Someone else was faster."""
    return RunRefused(f"error: run {run} was asked for by someone else just now\n  hint: {command(f'watch {name}')}")
