"""Figures as people read them, the same in every format: a range, one unit for both sides, and a difference only where
it is to be believed."""

from __future__ import annotations

from dataclasses import dataclass

from clusterwright.estimate.quantity import BYTE, ONE, SECOND, Figure, Span
from clusterwright.estimate.table import number, scale
from clusterwright.review.measures import likely
from clusterwright.review.model import Measure

MINUS = "−"
"""A sign as wide as a plus; a hyphen is read as a dash."""
_BASES = {unit.dimension: unit for unit in (SECOND, BYTE)}
"""What has units of several sizes is told in the one that suits it."""


@dataclass(frozen=True)
class Row:
    """A measure in words."""

    name: str
    before: str
    after: str
    difference: str


def row(measure: Measure) -> Row:
    """Both sides in the unit that suits the larger one, and what lies between them."""
    before, after = _comparable(measure.before), _comparable(measure.after)
    known = [side for side in (before, after) if isinstance(side, Figure)]
    size, name = _scale(max(known, key=likely, default=None))
    return Row(
        measure.name,
        _side(before, size, name),
        _side(after, size, name),
        f"can't be compared: {measure.doubt}" if measure.doubt else _between(before, after, size, name),
    )


def bases(measure: Measure) -> list[str]:
    """How the figures of a measure were got, without repetition."""
    sides = [side for side in (measure.before, measure.after) if isinstance(side, Figure) and side.span]
    return list(dict.fromkeys(side.basis for side in sides))


def _comparable(side: Figure | str | None) -> Figure | str | None:
    return side.to(_BASES.get(side.unit.dimension, side.unit)) if isinstance(side, Figure) else side


def _side(side: Figure | str | None, size: float, name: str) -> str:
    if side is None:
        return "none"
    if isinstance(side, str):
        return side
    if side.span is None:
        return f"unknown ({side.basis})"
    low, usual, high = (end / size for end in side.span)
    ends = "" if low == high else f" ({amount(low)} to {amount(high)})"
    return f"{amount(usual, low == high)} {name}".rstrip() + ends


def _between(before: Figure | str | None, after: Figure | str | None, size: float, name: str) -> str:
    if before is None or after is None:
        return "" if before is after else "new" if before is None else "gone"
    if not isinstance(before, Figure) or not isinstance(after, Figure):
        return "same" if before == after else "changed"
    if before.span is None or after.span is None:
        return "unknown"
    return _difference(before.span, after.span, size, name)


def _difference(before: Span, after: Span, size: float, name: str) -> str:
    """What the likely values differ by, also as a share of the first; "about" where either is a range."""
    exact = before.low == before.high and after.low == after.high
    change = after.likely - before.likely
    if change == 0:
        return "same" if exact else "about the same"
    sign = "+" if change > 0 else MINUS
    words = f"{sign}{amount(abs(change) / size, exact)} {name}".rstrip()
    if before.likely:
        words += f" ({sign}{_percent(abs(change) / before.likely)})"
    if exact:
        return words
    overlap = before.low <= after.high and after.low <= before.high
    return f"about {words}{', but the ranges overlap' if overlap else ''}"


def _percent(share: float) -> str:
    percent = 100 * share
    return "less than 0.1 %" if percent < 0.1 else f"{percent:,.1f} %" if percent < 10 else f"{percent:,.0f} %"


def amount(value: float, exact: bool = False) -> str:
    """A number of at least 0: what is exact to the hundredth, else three digits that count. What is not 0 is never
    written as 0."""
    if exact and value == round(value):
        return f"{value:,.0f}"
    text = f"{value:,.2f}" if exact and value >= 0.01 else number(value)
    return text if value == 0 or float(text.replace(",", "")) else "less than 0.001"


def _scale(figure: Figure | None) -> tuple[float, str]:
    """The size and the name of the unit to write in. What has no unit is a count, or a share where it is a range
    within 1."""
    if figure is None or figure.span is None:
        return 1.0, ""
    low, usual, high = figure.span
    return (1.0, "") if figure.unit == ONE and (low == high or high > 1) else scale(figure.unit, usual, high)
