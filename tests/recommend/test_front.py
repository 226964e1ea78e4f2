"""The Pareto front: nobody on it is beaten, nobody off it is missed."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from clusterwright.estimate.quantity import KWH, SECOND, USD, Figure, Unit, exactly, unknown
from clusterwright.recommend.front import dominates, front, likely, measures


@dataclass(frozen=True)
class Way:
    """A way to run a job, by its three measures alone."""

    usd: Figure
    time: Figure
    kwh: Figure


def figures(unit: Unit) -> st.SearchStrategy[Figure]:
    known = st.sampled_from([0.5, 1.0, 1.001, 2.0, 50.0]) | st.floats(0.01, 1000)
    return st.just(unknown(unit, "nobody says")) | known.map(lambda value: exactly(value, unit, "made up"))


WAYS = st.lists(st.builds(Way, usd=figures(USD), time=figures(SECOND), kwh=figures(KWH)), max_size=12)


def itself(way: Way) -> Way:
    return way


@given(ways=WAYS)
def test_no_option_of_the_front_is_dominated(ways: list[Way]) -> None:
    kept = front(ways, itself)
    assert not any(dominates(measures(one), measures(other)) for one in ways for other in kept)


@given(ways=WAYS)
def test_what_is_left_out_is_no_better_than_something_on_the_front(ways: list[Way]) -> None:
    kept = [measures(one) for one in front(ways, itself)]
    for way in ways:
        assert any(one == measures(way) or dominates(one, measures(way)) for one in kept)


def test_what_is_not_known_counts_as_the_worst() -> None:
    assert likely(unknown(USD, "nobody says"), USD) == inf


def test_a_hundredth_is_no_difference_and_the_cheaper_of_two_equals_stays() -> None:
    time, kwh = exactly(100, SECOND, ""), exactly(1, KWH, "")
    dear, cheap = (Way(exactly(usd, USD, ""), time, kwh) for usd in (100.2, 100.1))
    assert front([dear, cheap], itself) == [cheap]


def test_figures_are_compared_in_one_unit_whatever_theirs_is() -> None:
    assert likely(exactly(2, Unit("min", SECOND.dimension, 60.0), ""), SECOND) == 120
