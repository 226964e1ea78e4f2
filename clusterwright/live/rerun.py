"""Asks the head to run the current job again."""

from __future__ import annotations

import json
import time

from clusterwright.errors import ClusterwrightError
from clusterwright.live.reading import Reader, read_bundle
from clusterwright.live.state import read_run, run_names
from clusterwright.live.storage import Storage
from clusterwright.live.text import command, make


class RerunRefused(ClusterwrightError):
    """The cluster is as it should be, and the job can't be run again now."""

    exit_code = 1


def request_rerun(storage: Storage, name: str, now: float | None = None) -> str:
    """Write the request for the job's next run and return the run's name.

    Raises RerunRefused while any run is going or another request won the race, ClusterwrightError without a job.
    """
    now = time.time() if now is None else now
    reader = Reader(storage)
    digest = reader.text("control/current")
    bundle = read_bundle(reader, digest) if digest else None
    if bundle is None:
        raise ClusterwrightError(
            f"error: stack {name} has no bundle to run\n"
            f"  why: {reader.problems[0] if reader.problems else 'its bucket has no control/current'}\n"
            f"  hint: {make('up', name)}"
        )
    if bundle.launch is None:
        raise ClusterwrightError(
            f"error: stack {name} has no job\n  hint: give stacks/{name}.yaml a `job`, then {make('up', name)}"
        )
    job_id = bundle.launch.job_id
    runs = run_names(storage)
    for run in (read_run(reader, run, now) for run in runs):
        if run.going:
            raise RerunRefused(
                f"error: run {run.name} is {run.state}, so no other is started\n"
                f"  hint: follow it: {command(f'watch {name}')}; stop it with its cluster: {make('down', name)}"
            )
    own = [run for run in runs if run.startswith(f"{job_id}.")]
    following = int(own[-1].rpartition(".")[2]) + 1 if own else 1
    run_name = f"{job_id}.{following}"
    request = {"run": run_name, "job_id": job_id, "bundle": digest, "requested": now}
    try:
        storage.write_new(f"jobs/{run_name}/request.json", json.dumps(request).encode() + b"\n")
    except FileExistsError:
        raise RerunRefused(
            f"error: run {run_name} was asked for by someone else just now\n  hint: {command(f'watch {name}')}"
        ) from None
    return run_name
