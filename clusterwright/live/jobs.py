"""The table of runs, and the wish to end one."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.measure import Measurement
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

NO_LIMIT = 100_000
"""Columns of what is no terminal: a file or a program takes lines of any length."""


def show(console: Console, lines: Sequence[RunLine]) -> None:
    """A row a run, the newest last; no column that would be empty. Every state is a word beside its colour.

    Where a terminal is too narrow for that, states take several lines and reasons stand below the table: these two
    are never cut. What is no terminal has no width.
    """
    if not console.is_terminal:
        console.width = NO_LIMIT
    whole = _table(lines, narrow=False)
    unbounded = console.options.update_width(NO_LIMIT)
    if Measurement.get(console, unbounded, whole).maximum <= console.width:
        console.print(whole)
        return
    console.print(_table(lines, narrow=True))
    for line in lines:
        if line.reason:
            console.print(f"{line.name}: {line.reason}", markup=False, highlight=False, soft_wrap=True)


def _table(lines: Sequence[RunLine], narrow: bool) -> Table:
    words = [state(line) for line in lines]
    columns = {
        "run": [Text(line.name) for line in lines],
        "name": [Text(line.label or "") for line in lines],
        "state": [
            Text(word.replace(", ", ",\n") if narrow else word, style=STYLES[line.state])
            for word, line in zip(words, lines, strict=True)
        ],
        "phase": [Text(line.phase or "") for line in lines],
        "nodes": [Text("" if line.nodes is None else f"{line.nodes:,}") for line in lines],
        "started": [Text("" if line.started is None else clock(line.started)) for line in lines],
        "took": [Text("" if line.seconds is None else duration(line.seconds)) for line in lines],
        "reason": [Text("" if narrow else line.reason or "") for line in lines],
    }
    filled = {name: cells for name, cells in columns.items() if any(cells)}
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for name in filled:
        table.add_column(name, no_wrap=name not in ("name", "took", "reason"), overflow="fold")
    for row in zip(*filled.values(), strict=True):
        table.add_row(*row)
    return table


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
            f"error: run {line.name} is {line.state} already, so there is nothing to cancel\n"
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
    """The run of that name, or that its owner called so: the one that is going, else the last that was asked for.

    Raises ClusterwrightError where there is none, or several of that name are going.
    """
    called = [line for line in lines if line.label == wanted]
    found = [line for line in lines if line.name == wanted] or [line for line in called if line.going] or called[-1:]
    if len(found) == 1:
        return found[0]
    going = [line.name for line in lines if line.going]
    why = f"runs that are going: {some(going)}" if going else "no run is going"
    if found:
        why = f"several runs are called so: {some([line.name for line in found])}"
    raise ClusterwrightError(
        f"error: {name} has no run {wanted}\n  why: {why}\n  hint: see all: {command(f'jobs {name}')}"
    )
