"""`clusterwright recommend`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isinf
from pathlib import Path
from typing import Any

import click

from clusterwright.errors import ClusterwrightError
from clusterwright.estimate.quantity import plain
from clusterwright.plan import plan_cluster
from clusterwright.recommend import written
from clusterwright.recommend.option import Option
from clusterwright.recommend.quantities import Tokens, read
from clusterwright.recommend.recommend import Best, Recommendation, Unpriced, in_budget, in_time, recommend
from clusterwright.recommend.search import Limits, limits
from clusterwright.recommend.start import Start, halves, new, of_stack, with_tokens
from clusterwright.recommend.words import hours, tokens, usd
from clusterwright.rules.base import CLOUDS
from clusterwright.spec.base import Provider
from clusterwright.spec.load import load_spec, parse_spec
from clusterwright.spec.units import Duration, Money

STAND_INS = {
    "aws": "The region and zone are stand-ins: write your own.",
    "gcp": "Project, region and zone are stand-ins: write your own, and who may open sessions (`security.users`).",
}
PREFERRED: dict[str, Best] = {"cheapest": "cheapest", "fastest": "fastest", "energy": "least energy"}


@dataclass(frozen=True)
class Asked:
    """What the command line asks for. `deadline` is in s, `budget` in cents; `stack` is the file of a spec."""

    model: str | None
    stack: Path | None
    tokens: int | None
    batch: int | None
    deadline: int | None
    budget: int | None
    providers: tuple[Provider, ...]
    calibrated: bool
    as_json: bool
    plot: Path | None
    write: Path | None
    prefer: str
    force: bool


def asked(
    stack: Path | None,
    *,
    model: str | None,
    provider: str,
    tokens: str | None,
    deadline: str | None,
    budget: str | None,
    **rest: Any,
) -> Asked:
    """What the command line's words ask for. Raises click.UsageError for what is no quantity, or contradicts itself."""
    if (stack is None) == (model is None):
        raise click.UsageError("Name what is to be trained: either --model bert-large, or --stack NAME.")
    if stack is not None and provider != "any":
        raise click.UsageError("--stack NAME stays with its provider, so it goes without --provider.")
    return Asked(
        model=model,
        stack=stack,
        tokens=read(Tokens, tokens, "--tokens"),
        deadline=read(Duration, deadline, "--deadline"),
        budget=read(Money, budget, "--budget"),
        providers=tuple(one for one in CLOUDS if provider in ("any", one)),
        **rest,
    )


def run(asked: Asked) -> int:
    """Prints the recommendation, and writes what is asked for. Returns 0, or 1 where nothing of known price fits.

    Raises ClusterwrightError for what can't be searched for, and for a file that is there already.
    """
    for file in (asked.write, asked.plot):
        _free(file, asked.force)
    starts = [with_tokens(start, asked.tokens, asked.batch) for start in _starts(asked)]
    held = _limits(asked, starts[0])
    told = recommend(starts, held, asked.calibrated)
    if asked.as_json:
        click.echo(json.dumps(as_data(told, starts), indent=2, allow_nan=False))
    else:
        from clusterwright.recommend.table import show

        show(told, summary(starts[0], held))
    if asked.plot:
        from clusterwright.recommend.plot import drawn

        asked.plot.write_text(drawn(told), encoding="utf-8")
    if asked.write:
        _write(asked, told, starts)
    return 0 if told.front else 1


def _starts(asked: Asked) -> list[Start]:
    if asked.stack:
        return [of_stack(load_spec(asked.stack))]
    return [new(provider, asked.model or "") for provider in asked.providers]


def _limits(asked: Asked, start: Start) -> Limits:
    """What the command line says, else what the stack does."""
    budget = start.spec.budget
    return limits(asked.deadline or budget.deadline, asked.budget or budget.limit)


def _free(file: Path | None, force: bool) -> None:
    if file and file.exists() and not force:
        raise ClusterwrightError(
            f"error: {file} is there already\n"
            "  why: what is in it would be lost\n"
            "  hint: name another file, or say --force to write it anew"
        )


def summary(start: Start, held: Limits) -> str:
    """What is to be trained, and within which limits."""
    job = start.job
    settings = job.pretrain
    count = settings["steps"] * settings["batch"] * settings["sequence"] * halves(job)
    text = f"{job.model}, {tokens(count)} tokens in batches of {settings['batch']:,} sequences"
    text += f", within {hours(held.deadline)}" if held.deadline else ""
    return text + (f", for at most {usd(held.budget)}" if held.budget else "")


def _write(asked: Asked, told: Recommendation, starts: list[Start]) -> None:
    """Writes the preferred option's spec, after the rules have passed it under its new name."""
    if asked.write is None:
        return
    one = told.best(PREFERRED[asked.prefer])
    if one is None:
        raise ClusterwrightError(
            f"error: nothing was written to {asked.write}\n"
            "  why: nothing whose price is known fits\n"
            "  hint: allow more time or money, or leave the limits out to see what it takes"
        )
    start = next(start for start in starts if start.provider == one.plan.provider)
    spec = written.data(start, one.candidate, told.held, asked.write.stem)
    editors = (asked.write.parent / written.SCHEMA.partition("=")[2]).exists()
    text = written.text(spec, comments(one, start, told), schema=editors)
    plan_cluster(parse_spec(text, str(asked.write)))
    asked.write.parent.mkdir(parents=True, exist_ok=True)
    asked.write.write_text(text, encoding="utf-8")
    click.echo(f"\nwritten: {asked.write}, {one.what}; next: clusterwright validate {asked.write}", err=asked.as_json)


def comments(one: Option, start: Start, told: Recommendation) -> tuple[str, ...]:
    """What stands at the top of a spec that was written."""
    lines = [
        f"{summary(start, told.held)}: {one.why}.",
        f"Likely {hours(one.time)} and {usd(one.usd)}; `clusterwright estimate` has the ranges.",
    ]
    if start.anew:
        lines.append(STAND_INS[start.provider])
    return tuple(lines)


def as_data(told: Recommendation, starts: list[Start]) -> dict[str, Any]:
    """All of it for programs; null is unknown, and no limit."""
    return {
        "schema": 1,
        "job": summary(starts[0], Limits()),
        "deadline": plain(told.held.deadline),
        "budget": plain(told.held.budget),
        "front": [_option(one, told.held) for one in told.front],
        "timed": [_option(one, told.held) for one in told.timed],
        "unpriced": [_unpriced(row) for row in told.unpriced],
        "ruled_out": [
            {
                "reason": row.reason,
                "why": row.why,
                "machines": sorted(row.machines),
                "ways": row.ways,
                "details": row.details,
                "nearest": row.nearest[1] if row.nearest and not isinf(row.nearest[0]) else None,
            }
            for row in told.ruled_out
        ],
    }


def _unpriced(row: Unpriced) -> dict[str, Any]:
    way = row.fastest
    return {
        "provider": row.provider,
        "capacity": row.kind,
        "ways": row.ways,
        "machines": row.machines,
        "fastest": {"machine": way.machine, "nodes": way.nodes, "time": plain(way.time)},
    }


def _option(one: Option, held: Limits) -> dict[str, Any]:
    made, way = one.estimate, one.candidate
    return {
        "better": one.better.split(", ") if one.better else [],
        "why": one.why,
        "provider": one.plan.provider,
        "region": one.plan.region,
        "machine": way.machine,
        "nodes": way.nodes,
        "ranks": made.ranks,
        "capacity": dict(way.capacity),
        "sharding": way.sharing.sharding,
        "recompute": way.sharing.recompute,
        "calibrated": made.calibrated,
        "time": plain(made.time),
        "usd": plain(one.usd),
        "usd_in_all": plain(one.total),
        "usd_per_hour": plain(one.dollars_per_hour),
        "energy": plain(made.energy.energy),
        "emissions": plain(made.energy.emissions),
        "deadline": in_time(one, held),
        "budget": in_budget(one, held),
        "spec": one.spec,
    }
