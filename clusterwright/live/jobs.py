"""The table of runs, and the wish to end one."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clusterwright.bucket import Bucket
from clusterwright.errors import ClusterwrightError
from clusterwright.live.reading import Reader
from clusterwright.live.rerun import RunRefused, deployed
from clusterwright.live.runs import ENDED, RunLine, read_lines
from clusterwright.live.screen import STYLES
from clusterwright.live.shortages import Shortage
from clusterwright.live.text import clock, command, duration, make, some


def show(console: Console, lines: Sequence[RunLine]) -> None:
    """A row a run, the newest last; no column that would be empty. Every state is a word beside its colour."""
    columns = {
        "run": [Text(line.name) for line in lines],
        "name": [Text(line.label or "") for line in lines],
        "state": [Text(state(line), style=STYLES[line.state]) for line in lines],
        "phase": [Text(line.phase or "") for line in lines],
        "nodes": [Text("" if line.nodes is None else f"{line.nodes:,}") for line in lines],
        "started": [Text("" if line.started is None else clock(line.started)) for line in lines],
        "took": [Text("" if line.seconds is None else duration(line.seconds)) for line in lines],
        "reason": [Text(line.reason or "") for line in lines],
    }
    filled = {name: cells for name, cells in columns.items() if any(cells)}
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in filled:
        table.add_column(name, no_wrap=name in ("run", "nodes", "started"), min_width=20 if name == "reason" else None)
    for row in zip(*filled.values(), strict=True):
        table.add_row(*row)
    console.print(table)


def waits(lines: Sequence[RunLine], short: Mapping[str, Shortage], name: str) -> list[str]:
    """What queued runs wait for, where their groups lack machines, each with what to do about it."""
    told = []
    for group, one in short.items():
        if queued := [line.name for line in lines if line.state == "queued" and line.group == group]:
            told += [f"{some(queued)}: waits for machines of {group}: {one.words}", *filter(None, [one.advice(name)])]
    return told


def state(line: RunLine) -> str:
    """The run's state in words: how often it was started again, and whether somebody wants it ended."""
    again = f", attempt {line.attempt}" if line.state == "running" and line.attempt > 1 else ""
    return line.state + again + (", being cancelled" if line.cancelling and line.going else "")


def as_json(lines: Sequence[RunLine]) -> str:
    """The same for programs: times in unix seconds, null for what is not known."""
    rows = ({"run": line.name, "job_id": line.job_id, **asdict(line)} for line in lines)
    return json.dumps([{key: value for key, value in row.items() if key != "name"} for row in rows], indent=2)


def request_cancel(bucket: Bucket, name: str, run: str, now: float | None = None) -> str:
    """Ask for the end of a run and return what happens now, in a sentence.

    Raises ClusterwrightError for a run that is none, RunRefused for one that has ended and on a cluster whose head
    ends none.
    """
    now = time.time() if now is None else now
    reader = Reader(bucket)
    line = find_run(read_lines(reader, now), name, run)
    if line.state in ENDED or line.state == "superseded":
        raise RunRefused(
            f"error: run {line.name} is {line.state}, so there is nothing to cancel\n"
            f"  hint: see all: {command(f'jobs {name}')}"
        )
    _, bundle = deployed(reader, name)
    if bundle.facts is None:
        raise RunRefused(
            f"error: run {line.name} can't be cancelled alone\n"
            f"  why: {name} has no scheduler; its head runs the spec's job until that has ended\n"
            f"  hint: stop it with its cluster: {make('down', name)}; another job in the spec takes its place"
        )
    text = json.dumps({"run": line.name, "requested": now})
    if not bucket.create(f"jobs/{line.name}/cancel.json", text.encode() + b"\n"):
        return f"run {line.name} is being cancelled already; the head ends its processes"
    if line.state == "queued":
        return f"run {line.name} leaves the queue as soon as the head reads this, within seconds"
    return f"run {line.name} is ended by the head within seconds; what it has written stays in jobs/{line.name}/"


def find_run(lines: Sequence[RunLine], name: str, wanted: str) -> RunLine:
    """The run of that name; the going one that its owner gave it, if only one has it."""
    found = [line for line in lines if line.name == wanted]
    found = found or [line for line in lines if line.label == wanted and line.going]
    if len(found) == 1:
        return found[0]
    going = [line.name for line in lines if line.going]
    why = f"runs that are going: {some(going)}" if going else "no run is going"
    if found:
        why = f"several runs are called so: {some([line.name for line in found])}"
    raise ClusterwrightError(
        f"error: {name} has no run {wanted}\n  why: {why}\n  hint: see all: {command(f'jobs {name}')}"
    )
