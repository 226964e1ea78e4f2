"""Prices are dated, and an unknown one is unknown."""

import pytest

from clusterwright.catalog import aws, gcp
from clusterwright.catalog.prices import price, price_lists


@pytest.mark.parametrize(
    ("provider", "machine", "region", "usd", "date"),
    [
        ("aws", "p5.48xlarge", "us-east-1", 55.04, "2026-07-20"),
        ("aws", "m7i.large", "us-east-1", 0.1008, "2026-07-20"),
        ("gcp", "a2-ultragpu-8g", "us-central1", 40.5504, "2026-06-23"),
    ],
)
def test_a_known_price_has_its_date_and_source(provider: str, machine: str, region: str, usd: float, date: str) -> None:
    found = price(provider, machine, region, "on_demand")
    assert found is not None
    assert (found.usd_per_hour, found.date) == (usd, date)
    assert found.source.startswith("https://")


def test_an_unknown_price_is_none_and_not_zero() -> None:
    assert price("aws", "p5e.48xlarge", "us-east-1", "on_demand") is None
    assert price("aws", "p5.48xlarge", "eu-west-1", "on_demand") is None
    assert price("aws", "p5.48xlarge", "us-east-1", "spot") is None
    assert price("gcp", "a3-highgpu-8g", "us-central1", "on_demand") is None
    assert all(usd > 0 for row in price_lists() for usd in row.usd_per_hour.values())


def test_of_aws_types_one_alone_has_no_price_in_us_east_1() -> None:
    unpriced = [name for name in aws.names() if price("aws", name, "us-east-1", "on_demand") is None]
    assert unpriced == ["p5e.48xlarge"]


def test_a_list_is_of_one_provider_region_and_kind_of_capacity() -> None:
    keys = [(row.provider, row.region, row.capacity, name) for row in price_lists() for name in row.usd_per_hour]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("provider", "known"), [("aws", aws.names()), ("gcp", gcp.names())])
def test_only_machine_types_of_the_catalog_have_prices(provider: str, known: tuple[str, ...]) -> None:
    priced = {name for row in price_lists() if row.provider == provider for name in row.usd_per_hour}
    assert priced <= set(known)
