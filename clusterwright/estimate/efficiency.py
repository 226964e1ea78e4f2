"""The share of a device's peak that a training achieves, predicted from trainings that were timed.

Its logarithm is a mean over the calibration's rows, each weighted by how like it is to what is asked for: the kind of
device, the precision, the software, the size of the model (a Nadaraya-Watson estimate with a Gaussian kernel,
https://en.wikipedia.org/wiki/Kernel_regression). Where few rows are like it, what is usual for the software counts for
more, and so does the spread of all rows: that makes ranges wide where little is known. The range is the mean and 1.645
deviations to either side, 90 % of a normal distribution; leave-one-out has to cover four rows of five
(docs/estimate.md).

What rows achieved includes their communication, on machines that are connected well. So a step adds only what can't be
hidden behind computing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log, sqrt

from clusterwright.catalog.gpus import gpu
from clusterwright.estimate.calibration import CORES, Software, Training, trainings
from clusterwright.estimate.quantity import FLOP_PER_SECOND, ONE, Figure, Span, Unit, unknown

OTHER_KIND, OTHER_GENERATION = 0.7, 2.4
OTHER_PRECISION = 0.7
OTHER_SOFTWARE, UNTOLD_SOFTWARE = 3.0, 1.0
A_DECADE = 1.2
"""How far apart two trainings are that differ in one of these; a decade is ten times the work a token. At a distance of
1 a row counts for 0.61 of one that is the same in everything. They were chosen for narrow ranges among those that cover
the rows, so the rows themselves have had a say in it."""

PRIOR = 1.0
"""As how many rows the usual efficiency of that software counts, and the spread of all rows."""
UNSEEN = 0.3
"""The deviation that is added for a kind of device without a row: what the rows' kinds differ by from one another."""
DEVIATIONS = 1.645
FLOOR = 0.12
"""The least deviation of the logarithm: two runs of the same training on the same machines differ by as much."""


@dataclass(frozen=True)
class Asked:
    """What efficiency is asked for; `software` of None is not known, `magnitude` is calibration.magnitude."""

    device: str
    precision: str
    software: Software | None
    magnitude: float


@dataclass(frozen=True)
class Efficiency:
    """The share of the peak (without a peak: FLOP/s of one device), and whether a row is of that kind of device."""

    share: Figure
    calibrated: bool


def predict(asked: Asked, rows: Iterable[Training]) -> Efficiency:
    """The efficiency of what is asked for; unknown where no row is comparable at all."""
    without_peak = asked.device in CORES
    unit: Unit = FLOP_PER_SECOND if without_peak else ONE
    comparable = [row for row in rows if (row.device in CORES) == without_peak]
    if not comparable:
        return Efficiency(unknown(unit, f"no training on a {asked.device} was timed"), False)
    same = sum(row.device == asked.device for row in comparable)
    logs = [log(row.efficiency) for row in comparable]
    weights = [exp(-(_distance(asked, row) ** 2) / 2) for row in comparable]
    alike = [row.software == asked.software for row in comparable]
    mean, deviation = _weighted(logs, weights, alike)
    spread = DEVIATIONS * (deviation if same else sqrt(deviation**2 + UNSEEN**2))
    top = float("inf") if without_peak else 1.0
    span = Span(*(min(top, exp(mean + step)) for step in (-spread, 0.0, spread)))
    basis = f"{len(comparable)} timed trainings, {same or 'none'} of them on a {asked.device}"
    return Efficiency(Figure(unit, span, basis), same > 0)


@cache
def calibrated(asked: Asked) -> Efficiency:
    """The efficiency of what is asked for, from all rows."""
    return predict(asked, trainings())


def _distance(asked: Asked, row: Training) -> float:
    apart = [A_DECADE * (asked.magnitude - row.magnitude)]
    if asked.device != row.device:
        apart.append(OTHER_KIND if _generation(asked.device) == _generation(row.device) else OTHER_GENERATION)
    if asked.precision != row.precision:
        apart.append(OTHER_PRECISION)
    if asked.software != row.software:
        apart.append(UNTOLD_SOFTWARE if asked.software is None else OTHER_SOFTWARE)
    return sqrt(sum(one * one for one in apart))


def _generation(device: str) -> float | str:
    """What devices of one design share: the compute capability's whole number, or a name."""
    row = gpu(device)
    return int(row.compute_capability) if row and row.compute_capability else device


def _weighted(values: Sequence[float], weights: Sequence[float], alike: Sequence[bool]) -> tuple[float, float]:
    """The mean and the deviation of one more. As PRIOR rows count the mean of those that are `alike` (of all where none
    is), and the spread of all."""
    usual = _mean([value for value, one in zip(values, alike, strict=True) if one] or values)
    overall = _mean(values)
    everywhere = _mean([(value - overall) ** 2 for value in values])
    near = sum(weights)
    mean = (sum(w * value for w, value in zip(weights, values, strict=True)) + PRIOR * usual) / (near + PRIOR)
    around = sum(w * (value - mean) ** 2 for w, value in zip(weights, values, strict=True))
    variance = (around + PRIOR * (everywhere + (usual - mean) ** 2)) / (near + PRIOR)
    return mean, max(FLOOR, sqrt(variance * (1 + 1 / (near + PRIOR))))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


@dataclass(frozen=True)
class Held:
    """A row, and what the others predict of it."""

    row: Training
    predicted: Efficiency

    @property
    def covered(self) -> bool:
        span = self.predicted.share.span
        return span is not None and span.low <= self.row.efficiency <= span.high

    @property
    def width(self) -> float | None:
        """The high end over the low end."""
        span = self.predicted.share.span
        return span.high / span.low if span else None


def leave_one_out(rows: Sequence[Training], whole_source: bool = False) -> list[Held]:
    """Each row with what the others predict of it; with `whole_source` without all that are from its source."""
    held = []
    for row in rows:
        asked = Asked(row.device, row.precision, row.software, row.magnitude)
        held.append(Held(row, predict(asked, _others(row, rows, whole_source))))
    return held


def _others(row: Training, rows: Sequence[Training], whole_source: bool) -> list[Training]:
    return [one for one in rows if one is not row and not (whole_source and one.source == row.source)]
