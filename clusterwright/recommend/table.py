"""A recommendation as tables for people: what fits, what has no known price, what was ruled out."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clusterwright.decide.memory import Sharing
from clusterwright.estimate.quantity import HOUR, KWH, USD, Figure, Unit
from clusterwright.estimate.table import number
from clusterwright.recommend.candidate import group_of
from clusterwright.recommend.option import Option
from clusterwright.recommend.recommend import Recommendation, Unpriced, in_budget, in_time
from clusterwright.recommend.ruled import RuledOut
from clusterwright.recommend.words import hours

PIPE_WIDTH = 200
WIDE = 150  # columns that a line of the front takes; in fewer it is a few lines of text
MOST_NAMED = 3
HELD = (
    "likely: a limit holds at the likely value; surely: at the high end of the range too, and ranges hold for four "
    "trainings of five. Waiting for machines and interruptions of spot ones are not counted: of those nothing is sure."
)


def show(told: Recommendation, job: str, console: Console | None = None) -> None:
    """Prints all of it; `job` says in a line what is to be trained."""
    console = console or (Console() if sys.stdout.isatty() else Console(width=PIPE_WIDTH))

    def say(text: str) -> None:
        console.print(text, highlight=False, soft_wrap=True, markup=False)

    say(f"{job}\n")

    def options(these: Sequence[Option]) -> None:
        if console.width >= WIDE:
            console.print(_options(told, these))
        else:
            say("\n".join(line for one in these for line in _lines(told, one)))

    if told.front:
        options(told.front)
    else:
        say("nothing whose price is known fits")
    if told.timed:
        say("\nof GPUs that trainings were timed on, which --calibrated has alone:")
        options(told.timed)
    if told.front and (told.held.deadline or told.held.budget):
        say(f"\n{HELD}")
    for text in notes(told):
        say(text)
    if told.unpriced:
        say("\nwhat also fits, at a price that is not known, so not compared:")
        console.print(_unpriced(told.unpriced))
    if told.ruled_out:
        say("\nruled out:")
        console.print(_ruled_out(told.ruled_out, examples=console.width >= WIDE))


def notes(told: Recommendation) -> list[str]:
    """What holds of all options: what is not in their time, and how old the prices are."""
    options = (*told.front, *told.timed)
    left = dict.fromkeys(f"not in the time: {name} ({why})" for one in options for name, why in one.estimate.left_out)
    dates = sorted({(one.plan.provider, price.date) for one in options if (price := group_of(one.plan).price)})
    prices = ", ".join(f"{provider} of {date}" for provider, date in dates)
    rest = dict.fromkeys(f"{one.plan.provider}: {one.total.basis}" for one in options if not one.total.known)
    usd = ["USD: what the machines cost; a budget is held against all that stands by the hour besides"]
    return [*left, *(usd if options else []), *rest, *([f"prices: {prices}"] if prices else [])]


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column not in ("why", "reason", "machine types"))
    return table


def _options(told: Recommendation, options: Sequence[Option]) -> Table:
    limits = [name for name, limit in (("deadline", told.held.deadline), ("budget", told.held.budget)) if limit]
    table = _table("machines", "region", "hours", "range", "USD", "range", "kWh", *limits, "speed", "why")
    for one in options:
        deadline, budget = in_time(one, told.held), in_budget(one, told.held)
        table.add_row(
            described(one),
            one.plan.region,
            *_numbers(one.time, HOUR),
            *_numbers(one.usd, USD),
            _numbers(one.kwh, KWH)[0],
            *[held for held in (deadline, budget) if held],
            "timed" if one.estimate.calibrated else "uncalibrated",
            Text(one.why, style="bold" if one.better else ""),
        )
    return table


def _lines(told: Recommendation, one: Option) -> list[str]:
    """An option without a table: what it is, what it takes, how sure that is."""
    figures = ((one.time, HOUR), (one.usd, USD), (one.kwh, KWH))
    likely = [f"{_numbers(figure, unit)[0]} {unit.name}" for figure, unit in figures]
    ranges = [f"{_numbers(figure, unit)[1]} {unit.name}" for figure, unit in figures if figure.known]
    limits = (("deadline", in_time(one, told.held)), ("budget", in_budget(one, told.held)))
    held = [f"{name} {word}" for name, word in limits if word]
    speed = [] if one.estimate.calibrated else ["uncalibrated"]
    return [
        f"{described(one)}, {one.plan.region}: {', '.join(likely)}",
        f"    {one.why}",
        f"    {'; '.join([*ranges, *held, *speed])}",
    ]


def described(one: Option) -> str:
    """The machines, and how ranks share the model out where they do."""
    shared = one.candidate.sharing
    if shared == Sharing():
        return one.what
    return f"{one.what}, sharding {shared.sharding}" + (" with recompute" if shared.recompute else "")


def _numbers(figure: Figure, unit: Unit) -> tuple[str, str]:
    span = figure.to(unit).span
    if span is None:
        return "unknown", ""
    return number(span.likely), f"{number(span.low)} to {number(span.high)}"


def _unpriced(rows: Sequence[Unpriced]) -> Table:
    table = _table("provider", "bought", "ways", "likely fastest", "machine types")
    for row in rows:
        fastest = f"{row.fastest.nodes} x {row.fastest.machine}, {hours(row.fastest.time)}"
        table.add_row(row.provider, row.kind.replace("_", " "), str(row.ways), fastest, named(row.machines))
    return table


def _ruled_out(rows: Sequence[RuledOut], examples: bool) -> Table:
    table = _table("reason", "types", "ways", *(["such as"] if examples else []))
    for row in rows:
        example = f"nearest: {row.nearest[1]}" if row.nearest else "; ".join(row.details[:1])
        cells = [row.why, str(len(row.machines)), str(row.ways) if row.ways else ""]
        table.add_row(*cells, *([Text(example or named(sorted(row.machines)))] if examples else []))
    return table


def named(names: Sequence[str]) -> str:
    """The first of them, and how many there are besides."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
