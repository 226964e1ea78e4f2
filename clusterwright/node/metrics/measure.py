"""What the numbers are: functions of what the head has seen. What is not known is left out.

Reports and a run's lines may be written by jobs, so a value of another form than it should have is none.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median
from typing import Any

from clusterwright.node.drain import FIRST_CHECK, HEALTH_CHECK
from clusterwright.node.report import is_lost
from clusterwright.node.runs import NAME
from clusterwright.node.slurm.commands import Job, Node

Reports = Mapping[str, Mapping[str, Any]]

FAILED = "failed"
STATES = (FAILED, "drained", "busy", "idle", "starting")
RECENT = 300.0  # seconds: a run that has told nothing for longer evaluates, writes, or hangs
WINDOW = 3600.0  # seconds of a run that its newest speed is compared with
KIND = ("phase", "variant", "world_size")
MOST = 1e18  # of anything: CloudWatch would refuse all numbers for one that is too large
FEWEST = 5  # speeds: of fewer the median is mostly the start


def of_nodes(nodes: Sequence[Node], reports: Reports, now: float) -> dict[str, float]:
    """How many nodes are failed, and of the others with machines how many are in which state.

    Failed are those that failed their gate, that a check has drained, and whose slurmd answers no more.
    """
    found: Counter[str] = Counter(dict.fromkeys(STATES, 0))
    for node in nodes:
        if _has_failed(node, _fresh(reports.get(node.name), now)):
            found[FAILED] += 1
        elif not node.released:
            found[_state(node)] += 1
    failed = found.pop(FAILED)
    return {"failed_nodes": failed, **{f"nodes_{state}": count for state, count in found.items()}}


def of_load(nodes: Sequence[Node], reports: Reports, now: float) -> dict[str, float]:
    """The mean over nodes of what their GPUs do, and the sum of what nodes with jobs move over the fabric.

    Nodes that wait for a job count with their GPUs as 0 %: they are paid for. Those without GPUs tell of none.
    """
    loads = {node: _fresh(reports.get(node.name), now).get("load") for node in nodes if node.busy or node.idle}
    told = {node: load for node, load in loads.items() if isinstance(load, dict)}
    shares = {node: _number(load.get("gpu_utilisation")) for node, load in told.items()}
    used = [share if node.busy else 0.0 for node, share in shares.items() if share is not None and share <= 100]
    known = [load for node, load in told.items() if node.busy]
    values = {"gpu_utilisation": fmean(used)} if used else {}
    for name in ("fabric_received", "fabric_sent"):
        moved = [count for load in known if (count := _number(load.get(name))) is not None]
        values |= {name: sum(moved)} if moved else {}
    return values


def of_queue(jobs: Iterable[Job]) -> dict[str, float]:
    """How many runs wait and how many run. The phases of a run are Slurm jobs, and one run; any other job is one."""
    runs: dict[str, bool] = {}
    for job in jobs:
        if job.live:
            name = run_of(job) or str(job.id)
            runs[name] = runs.get(name, False) or job.state in ("RUNNING", "COMPLETING")
    running = sum(runs.values())
    return {"runs_queued": len(runs) - running, "runs_running": running}


def of_spend(told: Mapping[str, Any] | None) -> dict[str, float]:
    """What the report tells of money."""
    values = {"spend_usd": (told or {}).get("usd"), "spend_usd_per_hour": (told or {}).get("usd_per_hour")}
    return {name: value for name, value in values.items() if value is not None}


def of_training(metrics: Iterable[bytes], now: float) -> dict[str, float]:
    """The newest speed of a run in percent of its own median, the lowest of several runs.

    Each of `metrics` is the end of a run's metrics.jsonl.
    """
    shares = [share for data in metrics if (share := _of_median(data, now)) is not None]
    return {"throughput_of_median": min(shares)} if shares else {}


def run_of(job: Job) -> str | None:
    """The run that a Slurm job is a phase of; None for any other job."""
    name = job.name.partition("/")[0]
    return name if NAME.fullmatch(name) else None


def _of_median(data: bytes, now: float) -> float | None:
    """Speeds are of one kind by phase, variant and number of ranks."""
    lines = [line for line in map(_line, data.splitlines()) if line is not None]
    if not lines or not abs(now - lines[-1][1]) <= RECENT:
        return None
    kind, latest, speed = lines[-1]
    alike = [own for one, time, own in lines if one == kind and latest - WINDOW <= time <= latest]
    return _number(100 * speed / median(alike)) if len(alike) >= FEWEST else None


def _line(text: bytes) -> tuple[list[Any], float, float] | None:
    """The kind, time and speed of a line; None of a line without a speed, and of one that is cut."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    time, speed = _number(value.get("time")), _number(value.get("tokens_per_s"))
    return None if time is None or not speed else ([value.get(key) for key in KIND], time, speed)


def _state(node: Node) -> str:
    if node.drained:
        return "drained"
    if node.busy and "POWERING_UP" not in node.flags:
        return "busy"
    return "idle" if node.idle else "starting"


def _has_failed(node: Node, report: Mapping[str, Any]) -> bool:
    if report.get("state") == FAILED:
        return True
    if node.released:
        return False
    return node.state == "DOWN" or (node.drained and (node.reason or "").startswith((HEALTH_CHECK, FIRST_CHECK)))


def _fresh(report: Mapping[str, Any] | None, now: float) -> Mapping[str, Any]:
    """The report of a machine that lives; nothing of one that is gone, and of none."""
    known = report is not None and _number(report.get("heartbeat")) and _number(report.get("period")) is not None
    return report if report is not None and known and not is_lost(report, now) else {}


def _number(value: object) -> float | None:
    """A number of something: neither less than none nor more than MOST."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= MOST else None
