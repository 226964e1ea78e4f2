"""Whole numbers that a cloud allows: some on their own, then ranges that go in steps."""

from collections.abc import Iterator
from typing import ClassVar

from clusterwright.catalog.rows import Row


class Range(Row):
    """`least`, then every `step` more, up to `most`; without an end where no source gives one."""

    least: int
    most: int | None = None
    step: int = 1

    def near(self, value: int, unit: int) -> tuple[int | None, int | None]:
        """The last number of the range at or below `value` and the first at or above it, `unit` times the file's."""
        least, step = self.least * unit, self.step * unit
        last = None if self.most is None else (self.least + (self.most - self.least) // self.step * self.step) * unit
        if value <= least:
            return (least if value == least else None), least
        below = least + (value - least) // step * step
        if last is not None and below >= last:
            return last, (last if value == last else None)
        return below, (below if below == value else below + step)


class Steps(Row):
    """The numbers `first`, and those of `ranges`. The file has them in `unit`s of what is asked."""

    unit: ClassVar[int] = 1

    first: tuple[int, ...] = ()
    ranges: tuple[Range, ...] = ()

    def near(self, value: int) -> tuple[int | None, int | None]:
        """The nearest allowed numbers at or below `value` and at or above it; None where there is none."""
        pairs = list(self._near(value))
        below = [low for low, _ in pairs if low is not None]
        above = [high for _, high in pairs if high is not None]
        return max(below, default=None), min(above, default=None)

    def allows(self, value: int) -> bool:
        return self.near(value)[0] == value

    @property
    def least(self) -> int:
        """The smallest allowed number."""
        return self.unit * min((*self.first, *(numbers.least for numbers in self.ranges)))

    @property
    def most(self) -> int | None:
        """The largest allowed number, or None where no source gives an end."""
        ends = [numbers.most for numbers in self.ranges]
        return None if None in ends else self.near(self.unit * max((*self.first, *(end or 0 for end in ends))))[0]

    def _near(self, value: int) -> Iterator[tuple[int | None, int | None]]:
        for number in self.first:
            number *= self.unit
            yield (number if number <= value else None), (number if number >= value else None)
        for numbers in self.ranges:
            yield numbers.near(value, self.unit)


class Sizes(Steps):
    """Allowed sizes: GiB in the file, bytes in what is asked and answered, as the spec counts."""

    unit: ClassVar[int] = 2**30
