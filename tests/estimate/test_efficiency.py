"""The calibration: its ranges cover what others predict of each row, and what is not calibrated says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterwright.catalog.gpus import gpus
from clusterwright.estimate.calibration import CORE, Software, Training, trainings
from clusterwright.estimate.efficiency import Asked, Held, calibrated, leave_one_out, predict

KNOWN = {row.device for row in trainings()}


@pytest.fixture(scope="module")
def held() -> list[Held]:
    return leave_one_out(trainings())


def row(name: str) -> Training:
    return next(row for row in trainings() if row.name == name)


def test_ranges_cover_four_of_five_rows_that_they_have_not_seen(held: list[Held]) -> None:
    assert len(held) >= 30
    assert sum(one.covered for one in held) / len(held) >= 0.8


def test_ranges_say_something(held: list[Held]) -> None:
    """Any range wide enough covers: half of them are no wider than a factor of 3 from end to end."""
    widths = sorted(one.width for one in held if one.width)
    assert len(widths) == len(held)
    assert widths[len(widths) // 2] < 3
    assert widths[-1] < 8


def test_rows_of_sources_that_were_never_seen_are_covered_as_often() -> None:
    predicted = [one for one in leave_one_out(trainings(), whole_source=True) if one.predicted.share.known]
    assert sum(one.covered for one in predicted) / len(predicted) >= 0.8


@pytest.mark.parametrize(
    ("name", "tflops"),
    [
        ("BERT-base of Hugging Face on 8 A100", 74),
        ("BERT-large on 256 A100", 147),
        ("GPT-3 175B on 512 H100", 726),
        ("MPT 7B on 8 H100", 460),
    ],
)
def test_rows_achieved_what_their_sources_say_of_them(name: str, tflops: float) -> None:
    assert row(name).achieved / 1e12 == pytest.approx(tflops, rel=0.01)


def test_every_row_names_its_source_and_stays_below_its_peak() -> None:
    for one in trainings():
        assert one.source
        assert one.peak is None or 0.1 < one.efficiency < 0.9, one.name
        assert (one.peak is None) == (one.device == CORE), one.name
        assert (one.rate is None) != (one.mfu is None), one.name


@pytest.mark.parametrize("device", sorted({*gpus(), CORE}))
def test_only_devices_with_a_row_are_called_calibrated(device: str) -> None:
    assert calibrated(Asked(device, "bf16", "fused", 8.5)).calibrated == (device in KNOWN)


def test_the_range_is_wider_where_no_device_of_the_kind_was_timed() -> None:
    seen, unseen = (calibrated(Asked(device, "bf16", "fused", 8.5)).share.span for device in ("A100 80GB", "B200"))
    assert seen is not None
    assert unseen is not None
    assert unseen.high / unseen.low > seen.high / seen.low


def test_without_rows_nothing_is_predicted() -> None:
    got = predict(Asked("A100 80GB", "bf16", None, 8.5), [])
    assert (got.share.known, got.calibrated) == (False, False)


@given(
    st.sampled_from(sorted({*gpus(), CORE})),
    st.sampled_from(["bf16", "fp16", "fp32"]),
    st.sampled_from(["fused", "eager", None]),
    st.floats(5.5, 11),
    st.floats(0.01, 1),
)
def test_a_larger_model_s_work_grows_faster_than_its_efficiency(
    device: str, precision: str, software: Software | None, magnitude: float, more: float
) -> None:
    """Else a larger model would be predicted to take less time."""
    small, large = (
        predict(Asked(device, precision, software, size), trainings()).share.span
        for size in (magnitude, magnitude + more)
    )
    assert small is not None
    assert large is not None
    for end in range(3):
        assert large[end] / small[end] <= 10**more
