"""docs/estimate.md: how estimates are made, and every row of the calibration beside what the others predict of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from clusterwright.estimate.calibration import trainings
from clusterwright.estimate.efficiency import Held, leave_one_out
from tests.estimate.runs import RUNS, Prediction, held

TEXT = Path(__file__).with_suffix(".md")
"""The page, with the names of what is computed in braces."""


def page() -> str:
    """The whole page."""
    rows = trainings()
    return TEXT.read_text(encoding="utf-8").format(
        rows=len(rows),
        summary="\n".join(_summary()),
        table="\n".join(_table(leave_one_out(rows))),
        runs="\n".join(f"| {name} | {_held(held(name, 'cpu'))} |" for name in RUNS),
        wall=f"{max(100 * abs(held(name, 'time').off) for name in RUNS):.0f}",
        sources="\n".join(f"- {source}" for source in dict.fromkeys(row.source for row in rows)),
    )


def _held(one: Prediction) -> str:
    low, likely, high = one.predicted
    return f"{one.actual:.0f} | {likely:.0f} ({low:.0f} to {high:.0f}) | {100 * one.off:+.1f} %"


def _summary() -> Iterator[str]:
    one = leave_one_out(trainings())
    whole = [held for held in leave_one_out(trainings(), whole_source=True) if held.predicted.share.known]
    yield "| predicted from | rows | covered | range, high end over low end: half of them up to | the widest |"
    yield "|---|---|---|---|---|"
    yield _line("all other rows", one)
    yield _line("all rows of other sources", whole)


def _line(name: str, held: Sequence[Held]) -> str:
    widths = sorted(one.width for one in held if one.width)
    covered = sum(one.covered for one in held)
    share = f"{covered} ({100 * covered / len(held):.0f} %)"
    return f"| {name} | {len(held)} | {share} | {widths[len(widths) // 2]:.1f} | {widths[-1]:.1f} |"


def _table(held: Sequence[Held]) -> Iterator[str]:
    yield "| training | device | precision | software | achieved | predicted | range | width | covered |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for one in held:
        row, span = one.row, one.predicted.share.span
        scale = (row.peak or 1.0) / (1e12 if row.peak else 1e9)
        low, likely, high = (f"{end * scale:.3g}" for end in span) if span else ("unknown",) * 3
        width = f"{one.width:.1f}" if one.width else ""
        achieved = f"{row.efficiency * scale:.3g}"
        cells = [row.name, row.device, row.precision, row.software, achieved, likely, f"{low} to {high}", width]
        yield f"| {' | '.join(cells)} | {'yes' if one.covered else '**no**'} |"
