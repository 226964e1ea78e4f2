"""Figures with a unit, a range, and how they were got. Units never mix, and what is unknown stays unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

Dimension = tuple[tuple[str, int], ...]
"""Powers of what is measured, sorted by name, none of them 0: (("data", 1), ("time", -1)) is a throughput."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of `dimension`; one of it is `size` of the unit that its dimension is counted in."""

    name: str
    dimension: Dimension
    size: float = 1.0


ONE = Unit("", ())
SECOND = Unit("s", (("time", 1),))
HOUR = Unit("h", SECOND.dimension, 3600.0)
PER_SECOND = Unit("1/s", (("time", -1),))
FLOP = Unit("FLOP", (("work", 1),))
FLOP_PER_SECOND = Unit("FLOP/s", (("time", -1), ("work", 1)))
BYTE = Unit("B", (("data", 1),))
BYTE_PER_SECOND = Unit("B/s", (("data", 1), ("time", -1)))
USD = Unit("USD", (("money", 1),))
USD_PER_HOUR = Unit("USD/h", (("money", 1), ("time", -1)), 1 / 3600)
KWH = Unit("kWh", (("energy", 1),))
KW = Unit("kW", (("energy", 1), ("time", -1)), 1 / 3600)
KG = Unit("kgCO2e", (("mass", 1),))
KG_PER_KWH = Unit("kgCO2e/kWh", (("energy", -1), ("mass", 1)))
TOKEN = Unit("token", (("token", 1),))
TOKEN_PER_SECOND = Unit("token/s", (("time", -1), ("token", 1)))

_NAMED = {
    unit.dimension: unit
    for unit in (
        ONE, SECOND, PER_SECOND, FLOP, FLOP_PER_SECOND, BYTE, BYTE_PER_SECOND, USD, USD_PER_HOUR, KWH, KW, KG,
        KG_PER_KWH, TOKEN, TOKEN_PER_SECOND,
    )
}  # fmt: skip
"""The unit that a product or a quotient is given in, by its dimension. What has none makes no sense here."""


@cache
def _combined(one: Unit, other: Unit, sign: int) -> Unit:
    """The unit of one times other, or with `sign` -1 of one over other. Raises TypeError where none has a name."""
    powers = dict(one.dimension)
    for name, power in other.dimension:
        powers[name] = powers.get(name, 0) + sign * power
    dimension = tuple(sorted((name, power) for name, power in powers.items() if power))
    if dimension not in _NAMED:
        raise TypeError(f"{one.name or 'a number'} {'*' if sign > 0 else '/'} {other.name or 'a number'} has no unit")
    return _NAMED[dimension]


class Span(NamedTuple):
    """The likely value, and the ends of the range that it is in: four times of five or more where it is calibrated."""

    low: float
    likely: float
    high: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity of at least 0 in `unit`; `basis` says in a few words how it was got.

    A `span` of None is unknown, and `basis` says why. What is computed from something unknown is unknown for the same
    reason. Adding takes the same kind of unit on both sides, else it raises TypeError; so does a product or a quotient
    that no unit is named for. Ranges are those of the worst and the best case together, so they are rather too wide.
    """

    unit: Unit
    span: Span | None
    basis: str

    def __post_init__(self) -> None:
        if self.span is not None and not 0 <= self.span.low <= self.span.likely <= self.span.high:
            raise ValueError(f"{self.span} is no range of a quantity")

    @property
    def known(self) -> bool:
        return self.span is not None

    def because(self, basis: str) -> Figure:
        """The same with another basis. What is unknown keeps the reason why it is."""
        return Figure(self.unit, self.span, basis) if self.span else self

    def to(self, unit: Unit) -> Figure:
        """The same in another unit of its kind. Raises TypeError for one of another kind."""
        if unit is self.unit:
            return self
        if unit.dimension != self.unit.dimension:
            raise TypeError(f"{self.unit.name or 'a number'} is no {unit.name or 'number'}")
        return self._map(unit, lambda value: value * self.unit.size / unit.size)

    def __add__(self, other: Figure) -> Figure:
        if not isinstance(other, Figure):
            return NotImplemented
        added = other.to(self.unit)
        if self.span is None or added.span is None:
            return self if self.span is None else added
        return Figure(self.unit, Span(*(a + b for a, b in zip(self.span, added.span, strict=True))), self.basis)

    def __mul__(self, other: Figure | float) -> Figure:
        if not isinstance(other, Figure):
            return self._map(self.unit, lambda value: value * other)
        unit = _combined(self.unit, other.unit, 1)
        if self.span is None or other.span is None:
            return Figure(unit, None, (self if self.span is None else other).basis)
        size = self.unit.size * other.unit.size / unit.size
        return Figure(unit, Span(*(a * b * size for a, b in zip(self.span, other.span, strict=True))), self.basis)

    __rmul__ = __mul__

    def __truediv__(self, other: Figure | float) -> Figure:
        if not isinstance(other, Figure):
            return self._map(self.unit, lambda value: value / other)
        unit = _combined(self.unit, other.unit, -1)
        if self.span is None or other.span is None:
            return Figure(unit, None, (self if self.span is None else other).basis)
        size = self.unit.size / other.unit.size / unit.size
        (low, likely, high), (least, usual, most) = self.span, other.span
        return Figure(unit, Span(low / most * size, likely / usual * size, high / least * size), self.basis)

    def _map(self, unit: Unit, change: Callable[[float], float]) -> Figure:
        return Figure(unit, Span(*map(change, self.span)) if self.span else None, self.basis)


def exactly(value: float, unit: Unit, basis: str) -> Figure:
    """A figure without a range: what follows from the plan alone."""
    return Figure(unit, Span(value, value, value), basis)


def between(ends: tuple[float, float, float], unit: Unit, basis: str, times: float = 1.0) -> Figure:
    """A figure from low, likely and high, each of them `times` a number: with shares of it, what is had of a peak."""
    return Figure(unit, Span(*(times * end for end in ends)), basis)


def unknown(unit: Unit, why: str) -> Figure:
    return Figure(unit, None, why)


def total(figures: Iterable[Figure], unit: Unit, basis: str) -> Figure:
    """The sum; of none it is 0."""
    result = exactly(0.0, unit, basis)
    for figure in figures:
        result = result + figure
    return result.because(basis)


def largest(one: Figure, other: Figure, basis: str) -> Figure:
    """The larger of two at each end of the range and between."""
    compared = other.to(one.unit)
    if one.span is None or compared.span is None:
        return one if one.span is None else compared
    return Figure(one.unit, Span(*map(max, one.span, compared.span)), basis)


def plain(value: Any) -> Any:
    """Figures, and what holds them, as data for JSON; an unknown figure has null for numbers, and `why`."""
    if isinstance(value, Figure):
        low, likely, high = value.span or (None, None, None)
        told = {"basis": value.basis} if value.known else {"why": value.basis}
        return {"unit": value.unit.name, "low": low, "likely": likely, "high": high, **told}
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value
