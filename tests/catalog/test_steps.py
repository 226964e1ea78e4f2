"""Numbers in steps: the nearest allowed ones are allowed, and stand around what was asked."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clusterwright.catalog.steps import Range, Sizes, Steps

GIB = 2**30

ranges = st.builds(
    lambda least, steps, step: Range(least=least, most=None if steps is None else least + steps * step, step=step),
    st.integers(1, 500),
    st.none() | st.integers(0, 20),
    st.integers(1, 100),
)
any_steps = st.builds(
    lambda first, then: Steps(first=tuple(first), ranges=tuple(then)),
    st.lists(st.integers(1, 500), max_size=3),
    st.lists(ranges, max_size=3),
).filter(lambda steps: steps.first or steps.ranges)


def test_the_nearest_sizes_of_a_file_system() -> None:
    sizes = Sizes(first=(1200,), ranges=(Range(least=2400, step=2400),))
    asked = {gib: sizes.near(gib * GIB) for gib in (1, 1200, 1201, 2400, 7199)}
    assert asked == {
        1: (None, 1200 * GIB),
        1200: (1200 * GIB, 1200 * GIB),
        1201: (1200 * GIB, 2400 * GIB),
        2400: (2400 * GIB, 2400 * GIB),
        7199: (4800 * GIB, 7200 * GIB),
    }


def test_a_size_between_two_whole_ones_is_not_allowed() -> None:
    sizes = Sizes(ranges=(Range(least=1, most=64),))
    assert not sizes.allows(GIB + 1)
    assert sizes.near(GIB + 1) == (GIB, 2 * GIB)


def test_past_the_end_there_is_none_above() -> None:
    steps = Steps(ranges=(Range(least=10, most=35, step=10),))
    assert (steps.near(31), steps.near(30), steps.most) == ((30, None), (30, 30), 30)


@pytest.mark.parametrize(
    ("steps", "least", "most"),
    [
        (Steps(first=(3, 9), ranges=(Range(least=20, most=40, step=20),)), 3, 40),
        (Steps(first=(50,), ranges=(Range(least=20, most=40, step=20),)), 20, 50),
        (Steps(ranges=(Range(least=20),)), 20, None),
    ],
)
def test_the_ends(steps: Steps, least: int, most: int | None) -> None:
    assert (steps.least, steps.most) == (least, most)


@given(any_steps, st.integers(0, 3000))
def test_the_nearest_are_allowed_and_around_what_was_asked(steps: Steps, value: int) -> None:
    below, above = steps.near(value)
    assert below is None or (below <= value and steps.allows(below))
    assert above is None or (above >= value and steps.allows(above))
    assert (below is None) == (value < steps.least)
    assert (above is None) == (steps.most is not None and value > steps.most)


@given(any_steps, st.integers(0, 3000))
def test_nothing_between_the_nearest_is_allowed(steps: Steps, value: int) -> None:
    below, above = steps.near(value)
    assume(below != value)
    assert not any(steps.allows(other) for other in range((below or 0) + 1, above or value + 1))


@given(any_steps, st.integers(0, 3000))
def test_allowed_is_what_the_data_spells(steps: Steps, value: int) -> None:
    spelt = value in steps.first or any(
        value >= numbers.least
        and (numbers.most is None or value <= numbers.most)
        and (value - numbers.least) % numbers.step == 0
        for numbers in steps.ranges
    )
    assert steps.allows(value) == spelt
