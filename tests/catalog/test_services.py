"""Prices of services are dated, each of one source, and an unknown one is unknown."""

import re
from decimal import Decimal

import pytest
from pydantic import ValidationError

from clusterwright.catalog.services import (
    HOURS_PER_MONTH,
    ServicePriceList,
    Unit,
    service_price,
    service_price_lists,
)
from clusterwright.catalog.storage import disks, fsx_deployments


@pytest.mark.parametrize(
    ("provider", "region", "item", "unit", "usd", "date"),
    [
        ("aws", "us-east-1", "nat_gateway", "hour", "0.045", "2024-07-01"),
        ("aws", "us-east-1", "lustre_persistent_2_ssd_250", "GB-month", "0.21", "2026-02-17"),
        ("gcp", "us-central1", "pd-balanced", "GB-month", "0.10", "2024-11-12"),
    ],
)
def test_a_known_price_has_its_day_and_source(
    provider: str, region: str, item: str, unit: Unit, usd: str, date: str
) -> None:
    found = service_price(provider, region, item, unit)
    assert found is not None
    assert (found.usd, found.per, found.date) == (Decimal(usd), unit, date)
    assert found.source.startswith("https://")


def test_an_unknown_price_is_none_and_not_zero() -> None:
    assert service_price("aws", "eu-west-1", "nat_gateway", "hour") is None
    assert service_price("aws", "us-east-1", "nat_gateway", "GB-month") is None
    assert service_price("gcp", "us-central1", "hyperdisk-balanced", "GB-month") is None


def test_what_is_free_is_so_by_a_source() -> None:
    free = {
        (row.provider, item) for row in service_price_lists() for item, usd in row.usd.items() if not any(usd.values())
    }
    assert free == {("aws", "endpoint_gateway"), ("aws", "budget")}


def test_every_list_has_its_day_and_the_page_that_it_is_from() -> None:
    for row in service_price_lists():
        assert re.fullmatch(r"20\d\d-[01]\d-[0-3]\d", row.date), row
        assert row.source.startswith("https://"), row
        assert all(usd >= 0 for units in row.usd.values() for usd in units.values()), row


def test_no_price_is_there_twice() -> None:
    keys = [
        (row.provider, row.region, item, unit)
        for row in service_price_lists()
        for item, units in row.usd.items()
        for unit in units
    ]
    assert len(keys) == len(set(keys))


def test_every_file_system_of_fsx_and_every_disk_of_aws_has_a_price_in_us_east_1() -> None:
    tiers = [
        f"lustre_{name}_{tier.drive}" + (f"_{tier.throughput}" if tier.throughput else "")
        for name, deployment in fsx_deployments().items()
        for tier in deployment.tiers
    ]
    assert len(tiers) > 10
    for item in (*tiers, "gp3", "io2"):
        assert service_price("aws", "us-east-1", item, "GB-month"), item


def test_a_disk_s_price_is_by_the_name_that_a_spec_gives_it() -> None:
    priced = {item for row in service_price_lists() for item in row.usd}
    assert {"gp3", "io2", "pd-balanced", "pd-ssd", "pd-standard"} == priced & set(disks())


def test_a_price_by_the_month_is_one_by_the_hour_and_one_by_use_is_not() -> None:
    key = service_price("aws", "us-east-1", "key", "month")
    assert key is not None
    assert key.usd_per_hour == Decimal("1.00") / HOURS_PER_MONTH
    requests = service_price("aws", "us-east-1", "key", "10,000 requests")
    assert requests is not None
    assert requests.usd_per_hour is None


@pytest.mark.parametrize(
    "wrong", [{"nat_gateway": {"fortnight": "0.045"}}, {"nat_gateway": {"hour": "cheap"}}, {"nat_gateway": "0.045"}]
)
def test_a_price_of_no_known_unit_or_no_number_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        ServicePriceList.model_validate(
            {"provider": "aws", "region": "us-east-1", "date": "2026-01-01", "source": "https://x.org", "usd": wrong}
        )
