"""Prices are dated, and an unknown one is unknown."""

from clusterwright.catalog import aws
from clusterwright.catalog.prices import Price, price, price_lists


def test_a_known_price_has_its_date_and_source() -> None:
    found = price("aws", "p5.48xlarge", "us-east-1", "on_demand")
    assert found == Price(
        usd_per_hour=55.04, date="2026-07-20", source="Karpenter's generated table of EC2 on-demand prices"
    )


def test_an_unknown_price_is_none_and_not_zero() -> None:
    assert price("aws", "p5e.48xlarge", "us-east-1", "on_demand") is None
    assert price("aws", "p5.48xlarge", "eu-west-1", "on_demand") is None
    assert price("aws", "p5.48xlarge", "us-east-1", "spot") is None
    assert all(usd > 0 for row in price_lists() for usd in row.usd_per_hour.values())


def test_only_machine_types_of_the_catalog_have_prices() -> None:
    assert {name for row in price_lists() if row.provider == "aws" for name in row.usd_per_hour} <= set(aws.names())
