"""Missing, wrong and stale prices are never a saving, and never 0."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterwright.estimate.quantity import Figure
from clusterwright.review.model import Measure, Review, StackReview
from clusterwright.review.prices import aged, doubt
from clusterwright.review.write import FORMATS
from tests.review.sides import Change

MONEY = "money"
MACHINES = ("p4d.24xlarge", "p5.48xlarge")


def money(review: StackReview) -> list[Measure]:
    return [row for row in review.measures if any(_is_money(side) for side in (row.before, row.after))]


def _is_money(side: object) -> bool:
    return isinstance(side, Figure) and MONEY in dict(side.unit.dimension)


def priced(change: Change, side: int, usd: float, date: str = "2026-11-24") -> Change:
    row = f"{MACHINES[side]}: {{on_demand: {{usd_per_hour: {usd}, date: {date}, source: a test}}}}"
    change.locks[side] = f"{change.locks[side]}prices:\n  {row}\n"
    return change


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("usd", [0, 1e-9, 0.5, 250_000])
def test_a_price_that_cannot_be_right_is_unknown(change: Change, side: int, usd: float) -> None:
    review = priced(change, side, usd).review()
    rows = {row.name: row for row in money(review)}
    row = rows["machines an hour, groups full"]
    shown = (row.before, row.after)[side]
    assert isinstance(shown, Figure)
    assert not shown.known
    assert f"the price of {MACHINES[side]} is not known" in shown.basis
    assert row.difference is None
    assert rows["job cost, machines"].difference is None


@pytest.mark.parametrize("side", [0, 1])
def test_a_stale_price_leaves_both_figures_and_takes_their_difference(change: Change, side: int) -> None:
    rows = {row.name: row for row in money(priced(change, side, 30, "2025-01-01").review())}
    row = rows["machines an hour, groups full"]
    assert row.difference is None
    assert f"the price of {MACHINES[side]} is of 2025-01-01" in (row.doubt or "")
    assert all(isinstance(shown, Figure) and shown.known for shown in (row.before, row.after))


def test_a_price_of_a_day_that_is_yet_to_come_is_in_doubt(change: Change) -> None:
    rows = {row.name: row for row in money(priced(change, 1, 30, "2026-12-24").review())}
    assert "yet to come" in (rows["machines an hour, groups full"].doubt or "")


def test_a_small_stale_price_does_not_hide_a_large_difference(change: Change) -> None:
    """The price of a disk is years old, and is two of a thousand parts of what machines cost."""
    readings = change.readings()
    old = aged(readings[1].trusted, change.date) if readings[1] and readings[1].trusted else {}
    assert old
    rows = {row.name: row for row in money(change.review())}
    assert rows["everything an hour, groups full"].difference


def test_a_difference_that_stale_prices_make_alone_is_in_doubt(change: Change) -> None:
    change.same().replaced("size: 4800 GiB", "size: 9600 GiB")
    change.date = "2028-11-25"
    rows = {row.name: row for row in money(change.review())}
    assert rows["everything an hour, groups full"].doubt


def test_an_alternative_does_not_rest_on_prices_in_doubt(change: Change) -> None:
    assert change.review().alternative
    change.date = "2028-11-25"
    assert change.review().alternative is None


@given(
    before=st.dictionaries(st.sampled_from("abc"), st.floats(0, 1e4)),
    after=st.dictionaries(st.sampled_from("abc"), st.floats(0, 1e4)),
    rest=st.tuples(st.floats(0, 1e5), st.floats(0, 1e5)),
)
def test_what_is_believed_is_mostly_of_prices_that_are_not_in_doubt(
    before: dict[str, float], after: dict[str, float], rest: tuple[float, float]
) -> None:
    was, now = sum(before.values()), sum(after.values())
    usd = was + rest[0], now + rest[1]
    if doubt(before, after, usd) is None and before != after:
        assert usd[0] == usd[1] or abs(now - was) <= 0.1 * abs(usd[1] - usd[0]) + 1e-6
        assert was <= 0.1 * usd[0] + 1e-6
        assert now <= 0.1 * usd[1] + 1e-6


WRONG, RIGHT = st.sampled_from([0.0, 0.01, 1e5]), st.sampled_from([10.0, 30.0, 55.04])
LONG_AGO, RECENT = st.sampled_from(["2020-01-01", "2025-11-24", "2027-05-01"]), st.just("2026-11-24")
BAD = st.tuples(WRONG, LONG_AGO | RECENT) | st.tuples(RIGHT, LONG_AGO)
GOOD = st.none() | st.tuples(RIGHT, RECENT)
Price = tuple[float, str] | None
SUMS = (
    "machines an hour, groups full",
    "everything an hour, groups full",
    "job cost, machines",
    "job cost, everything",
)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(sides=st.tuples(BAD, BAD) | st.tuples(BAD, GOOD) | st.tuples(GOOD, BAD))
def test_no_saving_rests_on_prices_that_are_unknown_wrong_or_stale(sides: tuple[Price, Price]) -> None:
    """With the price of the machines of either side hidden or aged no sum has a difference, and no format a saving."""
    with TemporaryDirectory() as folder:
        change = Change(Path(folder))
        for side, price in enumerate(sides):
            if price is not None:
                priced(change, side, *price)
        review = change.review()
    rows = {row.name: row for row in money(review)}
    for name in SUMS:
        assert rows[name].difference is None
        for shown in (rows[name].before, rows[name].after):
            assert isinstance(shown, Figure)
            assert shown.span is None or shown.span.likely > 0
    assert not any("USD" in reason and "→" in reason for reason in review.verdict.reasons)


@pytest.mark.parametrize("usd", [None, 0.0, 30.0])
@pytest.mark.parametrize("form", FORMATS)
def test_no_format_calls_it_cheaper(change: Change, form: str, usd: float | None) -> None:
    """The head's price is gone, can't be right, or is years old; the base's is good."""
    if usd is None:
        change.replaced("    nodes: 16", "    nodes: 16\n    capacity: {kind: spot}")
    else:
        priced(change, 1, usd, "2020-01-01")
    review = change.review()
    text = FORMATS[form](Review("base", "head", change.date, review.verdict, (review,)))
    assert "cheaper" not in text
    assert not re.search("[−-] ?[0-9.,]+ USD", text)


@pytest.mark.parametrize(("usd", "better"), [(2.0, False), (20.0, True)])
def test_no_alternative_rests_on_a_price_that_cannot_be_right(change: Change, usd: float, better: bool) -> None:
    """A p5.48xlarge for 2 USD an hour is listed for 55: no discount is so large. One for 20 may be."""
    row = f"p5.48xlarge: {{on_demand: {{usd_per_hour: {usd}, date: 2026-11-24, source: a test}}}}"
    change.same().replaced("nodes: 8", "nodes: 9")
    change.locks[1] = f"{change.locks[1]}prices:\n  {row}\n"
    assert (change.review().alternative is not None) == better


def test_what_is_old_on_both_sides_alike_makes_no_difference() -> None:
    assert doubt({"a disk": 5.0}, {"a disk": 5.0}, (6.0, 7.0)) is None
    assert doubt({"a disk": 5.0}, {"a disk": 5.0}, (6.0, 7.0), (1.0, 2.0)) == "a disk"


def test_a_small_part_that_moves_as_much_as_the_sum_is_in_doubt() -> None:
    assert doubt({"a disk": 1.0}, {"a disk": 2.0}, (100.0, 101.5)) == "a disk"
    assert doubt({"a disk": 1.0}, {"a disk": 2.0}, (100.0, 200.0)) is None
