"""Brings a finished run home: the model, the report, and the numbers for programs."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from clusterwright.bucket import Bucket
from clusterwright.errors import ClusterwrightError
from clusterwright.live.history import History, read_history
from clusterwright.live.reading import Reader
from clusterwright.live.report import write_report
from clusterwright.live.runs import Run, read_run, run_names
from clusterwright.live.state import read_snapshot
from clusterwright.live.text import command, duration, make, number, percent


class NotFinished(ClusterwrightError):
    exit_code = 1


@dataclass(frozen=True)
class Fetched:
    """`folder` holds result.json, report.html and model/."""

    folder: Path
    result: dict[str, Any]
    problems: tuple[str, ...] = ()


def fetch(bucket: Bucket, name: str, target: Path, spec: Path | None = None) -> Fetched:
    """Write result.json, report.html and model/ into `target`, replacing what an earlier fetch left there.

    Raises NotFinished, which says what state the job is in.
    """
    history = read_history(bucket, name, finished_run(bucket, name), spec)
    result = summary(history)
    target.mkdir(parents=True, exist_ok=True)
    _model(bucket, history.run.name, target)
    (target / "result.json").write_text(json.dumps(result, indent=2) + "\n")
    write_report(history, target / "report.html")
    return Fetched(target, result, history.problems)


def finished_run(bucket: Bucket, name: str) -> str:
    """The newest finished run of the current job; of any job when the cluster is down."""
    snapshot = read_snapshot(bucket, now=0.0)
    reader = Reader(bucket)
    job_id = snapshot.job.job_id if snapshot.job else None
    runs = [read_run(reader, run, now=0.0) for run in run_names(bucket, job_id)]
    if job_id is None:
        runs.sort(key=lambda run: run.requested or 0.0)
    finished = [run for run in runs if run.state == "finished"]
    if finished:
        return finished[-1].name
    if job_id is None and not runs:
        raise NotFinished(f"error: stack {name} has no run to show results of\n  hint: {make('up', name)}")
    raise NotFinished(_why_not(runs[-1] if runs else None, name, snapshot.deployed))


def _why_not(run: Run | None, name: str, deployed: bool) -> str:
    if run is None:
        return (
            f"error: the job of stack {name} has no run yet\n"
            f"  why: the head starts it when every node is healthy\n  hint: {command(f'watch {name}')}"
        )
    if run.going:
        where = f" in phase {run.phase}" if run.phase else ""
        if not deployed:
            return f"error: run {run.name} stopped{where} when the cluster was taken down\n  hint: {make('up', name)}"
        return f"error: run {run.name} is {run.state}{where}, not finished\n  hint: {command(f'watch {name}')}"
    reason = f"\n  why: {run.reason}" if run.reason else ""
    return f"error: run {run.name} is {run.state}, not finished{reason}\n  hint: {command(f'rerun {name}')}"


def fetch_run(bucket: Bucket, run: str, target: Path) -> int:
    """Copy what a run has written to `target`, but for its checkpoints, and return how many files that are.

    What is there already stays, or is replaced by a file of the same name.
    """
    folder = f"jobs/{run}"
    keys = [key for key in _keys(bucket, folder) if not key.startswith(f"{folder}/checkpoints/")]
    for key in keys:
        bucket.download(key, target / key.removeprefix(f"{folder}/"))
    return len(keys)


def _model(bucket: Bucket, run: str, target: Path) -> None:
    """Copy the model beside the old one and swap, so that an interrupted copy leaves the old one whole."""
    folder = f"jobs/{run}/model"
    part = target / ".model.part"
    shutil.rmtree(part, ignore_errors=True)
    keys = _keys(bucket, folder)
    for key in keys:
        bucket.download(key, part / key.removeprefix(f"{folder}/"))
    shutil.rmtree(target / "model", ignore_errors=True)
    if keys:
        part.rename(target / "model")


def _keys(bucket: Bucket, folder: str) -> list[str]:
    """The keys below a folder. Raises ClusterwrightError where one would be written outside of where it belongs."""
    keys = [entry.key for entry in bucket.walk(folder)]
    for key in keys:
        if {"", ".", ".."} & set(key.split("/")):
            raise ClusterwrightError(
                f"error: {key!r} can't be fetched\n"
                "  why: as the name of a file it would lead out of the folder that it is fetched into\n"
                "  hint: ask who ran that job; remove the object with the cloud's own tools"
            )
    return keys


def summary(history: History) -> dict[str, Any]:
    """The content of result.json: shares of one, nats, seconds; null where the run doesn't say."""
    evaluation = history.evaluation
    return {
        "schema": 1,
        "stack": history.stack,
        "run": history.run.name,
        "job_id": history.run.name.partition(".")[0],
        "model": history.model_name,
        "parameters": evaluation.parameters,
        "accuracy": evaluation.accuracy,
        "majority_accuracy": evaluation.majority_accuracy,
        "tfidf_accuracy": evaluation.tfidf_accuracy,
        "scratch_accuracy": evaluation.scratch_accuracy,
        "mlm_loss": evaluation.mlm_loss,
        "unigram_entropy": evaluation.unigram_entropy,
        "mlm_accuracy": evaluation.mlm_accuracy,
        "nsp_accuracy": evaluation.nsp_accuracy,
        "seconds": {phase.phase: phase.seconds for phase in history.phases},
        "tokens_per_s": evaluation.tokens_per_s,
        "attempts": {phase.phase: phase.attempts for phase in history.phases},
        "precision": evaluation.precision,
        "world_size": evaluation.world_size,
        "nodes": list(history.run.members),
        "versions": evaluation.versions,
        "plan_digest": history.plan_digest,
        "bundle_digest": history.bundle_digest,
        "started": history.run.started,
        "finished": max((phase.finished for phase in history.phases), default=None),
    }


def show(console: Console, fetched: Fetched) -> None:
    """A short table, then where the files are."""
    result = fetched.result
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_column(style="dim")
    others = [
        ("majority class", result["majority_accuracy"]),
        ("TF-IDF + linear", result["tfidf_accuracy"]),
        ("without pre-training", result["scratch_accuracy"]),
    ]
    beside = ", ".join(f"{name} {percent(value)}" for name, value in others if value is not None)
    if result["accuracy"] is not None:
        table.add_row("accuracy", percent(result["accuracy"]), beside and f"beside {beside}")
    if result["mlm_loss"] is not None:
        entropy = result["unigram_entropy"]
        table.add_row(
            "held-out MLM loss",
            number(result["mlm_loss"], 3),
            "nats" if entropy is None else f"nats; word frequencies alone give {number(entropy, 3)}",
        )
    if result["tokens_per_s"] is not None:
        table.add_row("pre-training", number(result["tokens_per_s"]), "tokens/s")
    seconds = result["seconds"]
    if seconds:
        each = ", ".join(f"{phase} {duration(spent)}" for phase, spent in seconds.items())
        table.add_row("time", duration(sum(seconds.values())), each)
    console.print(f"[bold]{result['stack']}[/]  run {result['run']}  finished", highlight=False)
    console.print(table)
    for label, path in (("report", "report.html"), ("numbers", "result.json"), ("model", "model")):
        if (fetched.folder / path).exists():
            console.print(f"{label:8} {fetched.folder / path}", highlight=False, soft_wrap=True)
    for problem in fetched.problems:
        console.print(f"warning: {problem}", style="yellow", markup=False, highlight=False, soft_wrap=True)
