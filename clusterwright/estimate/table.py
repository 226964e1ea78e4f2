"""The estimate as a table for people: what is likely, the range, and how it was got."""

from __future__ import annotations

from math import log10

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clusterwright.estimate.estimate import Estimate
from clusterwright.estimate.measured import Measured
from clusterwright.estimate.memory import Way
from clusterwright.estimate.phases import Phase
from clusterwright.estimate.quantity import (
    BYTE,
    BYTE_PER_SECOND,
    FLOP,
    FLOP_PER_SECOND,
    ONE,
    SECOND,
    USD,
    Figure,
    Unit,
)
from clusterwright.words import counted

PREFIXES = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")
TIMES = ((86400.0 * 2, 86400.0, "d"), (7200.0, 3600.0, "h"), (120.0, 60.0, "min"), (1.0, 1.0, "s"), (0.0, 1e-3, "ms"))
"""From how many seconds on a time is told in which unit, and how long that is."""


def show(estimate: Estimate, measured: Measured | None = None, console: Console | None = None) -> None:
    """Prints the whole estimate; with `measured` what a run's first steps say of the rest of it."""
    console = console or Console()
    state = "" if estimate.calibrated else "; uncalibrated: no training on such a device was timed"
    ranks = f"{counted(estimate.ranks, 'rank')} on {estimate.nodes} x {estimate.machine}"
    what = f"{estimate.model} with {estimate.parameters:,} parameters in {estimate.precision}"
    console.print(f"{what}, {ranks}{state}\n", highlight=False, soft_wrap=True)
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    for column in ("what", "likely", "range", "how"):
        table.add_column(column, overflow="fold", no_wrap=column != "how")
    if measured is not None:
        _rows(table, measured.lines)
        table.add_section()
    _rows(table, _times(estimate))
    table.add_section()
    for phase in estimate.phases:
        _rows(table, _phase(phase))
    table.add_section()
    for way in estimate.memory.ways:
        if way.chosen:
            _rows(table, [("memory of a rank", way.needed), ("  of a GPU", estimate.memory.usable)])
    _rows(table, _failures(estimate))
    table.add_section()
    _rows(table, _money(estimate))
    console.print(table)
    if others := _others(estimate):
        console.print(f"\nother ways that fit: {'; '.join(others)}", highlight=False, soft_wrap=True)
    for name, why in estimate.left_out:
        console.print(f"not in the time: {name} ({why})", markup=False, highlight=False, soft_wrap=True)


def _rows(table: Table, lines: list[tuple[str, Figure]]) -> None:
    for name, figure in lines:
        likely, ends = written(figure)
        table.add_row(name, Text(likely), Text(ends), Text(figure.basis, style="dim"))


def _times(estimate: Estimate) -> list[tuple[str, Figure]]:
    return [("job", estimate.time), ("  start", estimate.start), ("tokens a second", estimate.rate)]


def _phase(phase: Phase) -> list[tuple[str, Figure]]:
    lines = [(phase.name, phase.time)]
    step = phase.step
    if step is None:
        return lines
    share = step.efficiency.share
    achieved = "share of the peak" if share.unit == ONE else "speed of a core"
    lines += [("  work", phase.work), (f"  {achieved}", share), ("  a step", step.time)]
    parts = [("computing", step.computing), ("moving data", step.moving), ("starting kernels", step.launching)]
    parts += [("messages", step.communication), ("  not hidden", step.exposed), ("waiting for text", step.loading)]
    return lines + [(f"    {name}", figure) for name, figure in parts if figure.span is None or figure.span.high > 0]


def _failures(estimate: Estimate) -> list[tuple[str, Figure]]:
    found = estimate.failures
    return [
        ("between failures", found.mtbf),
        ("writing a checkpoint", found.checkpoint),
        ("  one each", found.interval),
        ("  best would be each", found.best_interval),
        ("share that is training", found.goodput),
    ]


def _money(estimate: Estimate) -> list[tuple[str, Figure]]:
    lines = [("machines", estimate.money.machines)]
    lines += [(f"  {cost.name}", cost.usd) for cost in estimate.money.costs]
    lines += [("all costs", estimate.money.total)]
    return [*lines, ("energy", estimate.energy.energy), ("emissions", estimate.energy.emissions)]


def _others(estimate: Estimate) -> list[str]:
    ways = (way for way in estimate.memory.ways if way.fits and not way.chosen)
    return [f"{described(way)} in {written(way.needed)[0]}" for way in ways]


def described(way: Way) -> str:
    """A way of sharing in the spec's words."""
    return f"sharding {way.sharing.sharding}" + (" with recompute" if way.sharing.recompute else "")


def written(figure: Figure) -> tuple[str, str]:
    """The likely value and the range, both in the unit that suits the likely one."""
    if figure.span is None:
        return "unknown", ""
    low, likely, high = figure.span
    size, name = scale(figure.unit, likely, high)
    least, most = number(low / size), number(high / size)
    return f"{number(likely / size)} {name}".rstrip(), "" if least == most else f"{least} to {most}"


def number(value: float) -> str:
    """Three digits that count."""
    if value == 0:
        return "0"
    if value >= 1000:
        return f"{round(value, 2 - int(log10(value))):,.0f}"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{digits}f}"


def scale(unit: Unit, likely: float, high: float) -> tuple[float, str]:
    """How large the unit is to write a figure in, and its name."""
    if unit == SECOND:
        size = likely or high
        return next((size, name) for least, size, name in TIMES if (likely or high) >= least) if size else (1.0, "s")
    if unit == ONE:
        return (0.01, "%") if likely <= 1 else (1.0, "")
    if unit == BYTE:
        power = next((power for power in (4, 3, 2) if likely >= 1024**power), 1)
        return 1024.0**power, ("KiB", "MiB", "GiB", "TiB")[power - 1]
    if unit in (FLOP, FLOP_PER_SECOND, BYTE_PER_SECOND):
        power = next(power for power in range(len(PREFIXES) - 1, -1, -1) if likely >= 1000**power or power == 0)
        return 1000.0**power, PREFIXES[power] + unit.name
    if unit == USD:
        return 1.0, "USD"
    return 1.0, unit.name
