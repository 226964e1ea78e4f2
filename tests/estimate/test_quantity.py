"""Figures: units never mix, ranges hold the worst and the best case, and what is unknown stays so."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterwright.estimate.quantity import (
    BYTE,
    BYTE_PER_SECOND,
    FLOP,
    HOUR,
    KG,
    KG_PER_KWH,
    KW,
    KWH,
    ONE,
    SECOND,
    TOKEN,
    USD,
    USD_PER_HOUR,
    Figure,
    Span,
    Unit,
    between,
    exactly,
    largest,
    plain,
    total,
    unknown,
)

UNITS = (ONE, SECOND, HOUR, FLOP, BYTE, BYTE_PER_SECOND, USD, USD_PER_HOUR, KWH, KW, KG, KG_PER_KWH, TOKEN)
ENDS = st.tuples(*[st.floats(0, 1e12) for _ in range(3)]).map(lambda ends: tuple(sorted(ends)))
units = st.sampled_from(UNITS)


def figure(value: float, unit: Unit) -> Figure:
    return exactly(value, unit, "a test")


def likely(one: Figure) -> float:
    assert one.span is not None
    return one.span.likely


@given(units, units)
def test_only_units_of_one_kind_add_up(one: Unit, other: Unit) -> None:
    if one.dimension == other.dimension:
        assert (figure(1, one) + figure(1, other)).unit == one
    else:
        with pytest.raises(TypeError):
            _ = figure(1, one) + figure(1, other)


def test_hours_and_dollars_do_not_add_up() -> None:
    with pytest.raises(TypeError, match="USD is no h"):
        _ = figure(2, HOUR) + figure(3, USD)


def test_a_number_is_no_quantity() -> None:
    with pytest.raises(TypeError):
        _ = figure(2, HOUR) + 3  # pyright: ignore[reportOperatorIssue]


def test_an_hour_and_a_second_add_up_to_hours() -> None:
    assert likely(figure(1, HOUR) + figure(1800, SECOND)) == 1.5


@pytest.mark.parametrize(
    ("got", "value", "unit"),
    [
        (figure(2, USD_PER_HOUR) * figure(1800, SECOND), 1.0, USD),
        (figure(3, KW) * figure(2, HOUR), 6.0, KWH),
        (figure(3, KWH) * figure(0.5, KG_PER_KWH), 1.5, KG),
        (figure(10, BYTE) / figure(5, BYTE_PER_SECOND), 2.0, SECOND),
        (figure(10, BYTE) / figure(4, BYTE), 2.5, ONE),
        (figure(10, USD) / figure(5, HOUR), 2.0, USD_PER_HOUR),
    ],
)
def test_products_and_quotients_have_the_unit_that_follows(got: Figure, value: float, unit: Unit) -> None:
    assert got.unit == unit
    assert likely(got) == pytest.approx(value)


def test_what_has_no_unit_makes_no_sense() -> None:
    with pytest.raises(TypeError, match=r"USD \* h has no unit"):
        _ = figure(1, USD) * figure(1, HOUR)


@given(ENDS, ENDS, st.sampled_from(["add", "times"]))
def test_the_range_of_a_result_holds_every_result_of_the_ends(
    one: tuple[float, float, float], other: tuple[float, float, float], how: str
) -> None:
    a, b = between(one, ONE, ""), between(other, ONE, "")
    got = (a + b if how == "add" else a * b).span
    assert got is not None
    for x in one:
        for y in other:
            assert got.low <= (x + y if how == "add" else x * y) <= got.high


def test_a_quotient_is_least_where_it_is_divided_by_most() -> None:
    got = between((10, 20, 30), BYTE, "") / between((1, 2, 5), BYTE_PER_SECOND, "")
    assert got.span == Span(2, 10, 30)


@pytest.mark.parametrize("ends", [(-1, 0, 1), (2, 1, 3), (1, 3, 2)])
def test_a_range_has_its_ends_in_order_and_is_of_nothing_negative(ends: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="no range of a quantity"):
        between(ends, SECOND, "")


def test_what_is_computed_from_something_unknown_is_unknown_for_the_same_reason() -> None:
    price = unknown(USD_PER_HOUR, "nobody sells it")
    for got in (price * figure(1, HOUR), total((figure(1, USD), price * figure(1, HOUR)), USD, "all"), price * 3):
        assert not got.known
        assert got.basis == "nobody sells it"
        assert got.because("a sum").basis == "nobody sells it"
    assert not largest(figure(1, USD_PER_HOUR), price, "").known


def test_data_has_null_for_what_is_unknown_and_never_0() -> None:
    assert plain([unknown(USD, "no price"), figure(1, HOUR)]) == [
        {"unit": "USD", "low": None, "likely": None, "high": None, "why": "no price"},
        {"unit": "h", "low": 1, "likely": 1, "high": 1, "basis": "a test"},
    ]
    json.dumps(plain(figure(1, HOUR)), allow_nan=False)
