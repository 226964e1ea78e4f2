"""Failures, checkpoints and goodput."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterwright.estimate.failures import daly, failures, goodput
from clusterwright.estimate.quantity import ONE, SECOND, Figure, exactly, unknown

HOUR = 3600.0


def seconds(value: float) -> Figure:
    return exactly(value, SECOND, "")


def test_daly_s_interval_is_young_s_where_checkpoints_are_short() -> None:
    assert daly(1.0, 1e8) == pytest.approx(sqrt(2 * 1.0 * 1e8), rel=1e-3)


@given(st.floats(1, 600), st.floats(HOUR, 1000 * HOUR))
def test_no_other_interval_has_a_better_goodput_than_daly_s_by_more_than_a_percent(c: float, m: float) -> None:
    best = goodput(c, daly(c, m), m, 0.0)
    assert all(goodput(c, daly(c, m) * factor, m, 0.0) <= best * 1.01 for factor in (0.25, 0.5, 2, 4))


@pytest.mark.parametrize(("nodes", "hours", "end"), [(128, 7.9, 0), (2048, 1.8, 1)])
def test_jobs_fail_as_often_as_meta_says(nodes: int, hours: float, end: int) -> None:
    mtbf = failures(nodes, seconds(60), seconds(600), shared=True).mtbf
    assert mtbf.span is not None
    assert mtbf.span[end] == pytest.approx(hours * HOUR, rel=0.01)


def test_the_range_holds_llama_3_s_failures() -> None:
    mtbf = failures(2048, seconds(60), seconds(600), shared=True).mtbf
    assert mtbf.span is not None
    assert mtbf.span.low < 54 * 24 * HOUR / 419 < mtbf.span.high


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_more_nodes_fail_more_often_and_have_less_goodput(nodes: int, more: int) -> None:
    few, many = (failures(n, seconds(60), seconds(HOUR), shared=True) for n in (nodes, nodes + more))
    assert few.mtbf.span is not None
    assert many.mtbf.span is not None
    assert few.goodput.span is not None
    assert many.goodput.span is not None
    assert many.mtbf.span < few.mtbf.span
    assert many.goodput.span < few.goodput.span


def test_goodput_is_a_share() -> None:
    got = failures(10_000, seconds(1e5), seconds(1e6), shared=True).goodput
    assert got.unit == ONE
    assert got.span is not None
    assert 0 < got.span.low <= got.span.high < 1


def test_goodput_is_unknown_where_a_step_s_time_is() -> None:
    got = failures(8, seconds(60), unknown(SECOND, "no peak"), shared=True).goodput
    assert (got.known, got.basis) == (False, "no peak")


def test_of_this_machine_no_failures_are_known() -> None:
    got = failures(2, seconds(1), seconds(10), shared=False)
    assert (got.mtbf.known, got.best_interval.known) == (False, False)
    assert got.goodput.span == (1, 1, 1)
