"""A size is a number and a unit, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from clusterwright.spec.units import Duration, Moment, Money, Size, Throughput, ThroughputPerSize


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("200 GiB", 200 * 2**30),
        ("200GiB", 200 * 2**30),
        ("1.5 TiB", 3 * 2**39),
        ("500 MB", 500 * 10**6),
        ("4800 GB", 4800 * 10**9),
        ("999999999.123457 TB", 999999999123457 * 10**6),
    ],
)
def test_a_size_is_read_in_bytes(text: str, size: int) -> None:
    assert Size.parse(text) == size


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (200, "has no unit: 200"),
        (1.5, "has no unit: 1.5"),
        ("200", "is not a size: `200`"),
        ("200 GiB extra", "is not a size: `200 GiB extra`"),
        ("200 GHz", "has a unit that is not one of a size: `200 GHz`"),
        ("200 gib", "has a unit that is not one of a size: `200 gib`"),
        ("0 GiB", "is not a positive whole number of bytes: `0 GiB`"),
        ("-1 GiB", "is not a positive whole number of bytes: `-1 GiB`"),
        ("1.0000001 MB", "is not a size: `1.0000001 MB`"),
        ("0.3 B", "is not a positive whole number of bytes: `0.3 B`"),
        (True, "is not a size: `True`"),
        (None, "is not a size: `None`"),
    ],
)
def test_anything_else_is_refused_with_a_good_value(value: object, what: str) -> None:
    with pytest.raises(PydanticCustomError) as error:
        Size.parse(value)
    assert error.value.context is not None
    assert error.value.context["what"] == what
    assert "200 GiB" in error.value.context["hint"]


@given(st.integers(1, 10**15))
def test_a_size_reads_back_what_it_prints(size: int) -> None:
    assert Size.parse(str(Size(size))) == size


@pytest.mark.parametrize(
    ("quantity", "text", "amount", "shown"),
    [
        (Throughput, "2 GB/s", 2000, "2 GB/s"),
        (ThroughputPerSize, "250 MB/s/TiB", 250, "250 MB/s/TiB"),
        (Duration, "90 min", 5400, "90 min"),
        (Duration, "48 h", 172_800, "2 d"),
        (Money, "5000 USD", 500_000, "5000 USD"),
        (Money, "0.25 USD", 25, "0.25 USD"),
    ],
)
def test_a_quantity_is_counted_in_its_base_unit_and_shown_in_the_largest(
    quantity: type[Size], text: str, amount: int, shown: str
) -> None:
    parsed = quantity.parse(text)
    assert (int(parsed), str(parsed)) == (amount, shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-12-01T11:30Z", "2026-12-01T11:30Z"),
        ("2026-12-01T12:30+01:00", "2026-12-01T11:30Z"),
        ("2026-12-01T11:30:15Z", "2026-12-01T11:30:15Z"),
    ],
)
def test_a_moment_is_shown_in_utc(text: str, shown: str) -> None:
    assert str(Moment.parse(text)) == shown


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("2026-12-01", "is not a moment: `2026-12-01`"),
        ("2026-12-01T11:30", "has no time zone: `2026-12-01T11:30`"),
        ("9999-12-31T23:59-12:00", "is not a moment: `9999-12-31T23:59-12:00`"),
        ("1999-12-31T23:59Z", "is not a moment: `1999-12-31T23:59Z`"),
        ("0001-01-01T00:30Z", "is not a moment: `0001-01-01T00:30Z`"),
        ("now", "is not a moment: `now`"),
        (5, "is not a moment: `5`"),
    ],
)
def test_what_is_no_moment_is_refused(value: object, what: str) -> None:
    with pytest.raises(PydanticCustomError) as error:
        Moment.parse(value)
    assert error.value.context is not None
    assert error.value.context["what"] == what
