"""Prices of what is no machine, from services.json: storage, networks, keys, logs. A dated snapshot of list prices.

A price that no source gives is None, never 0; what is free has a price of 0, with its source as well. Of a price that
falls with the amount it is the first tier's, so that a sum is never too low; free tiers of an account are left out.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Literal

from clusterwright.catalog.rows import FOLDER, Row

Unit = Literal[
    "hour",
    "month",
    "GB",
    "MB",
    "GB-hour",
    "GB-month",
    "IOPS-month",
    "MB/s-month",
    "1,000 requests",
    "10,000 requests",
    "100,000 events",
]
"""What a bill counts. A GB of a bill is 2^30 bytes, as Google says (https://cloud.google.com/compute/disks-image-pricing)
and as AWS's own sample bills a size of FSx, which is in GiB
(https://github.com/aws-samples/sample-fsx-viewer/blob/52d277e/fsx_viewer/aws_client.py)."""

HOURS_PER_MONTH = 730
"""The hours of a month in list prices, on average: 365 days of 24 hours, by twelve."""


class ServicePrice(Row):
    """The price of a unit of something; `date` (YYYY-MM-DD) is the day that `source` is of, or was read."""

    usd: Decimal
    per: Unit
    date: str
    source: str

    @property
    def usd_per_hour(self) -> Decimal | None:
        """The price of having one for an hour; None of what is counted by use, and not by time."""
        match self.per:
            case "hour" | "GB-hour":
                return self.usd
            case "month" | "GB-month" | "IOPS-month" | "MB/s-month":
                return self.usd / HOURS_PER_MONTH
            case _:
                return None


class ServicePriceList(Row):
    """The prices that one source has for one provider and region: USD by item and unit, as decimal text."""

    provider: Literal["aws", "gcp"]
    region: str
    date: str
    source: str
    note: str | None = None
    usd: Mapping[str, Mapping[Unit, Decimal]]


class ServicePriceLists(Row):
    """All of services.json."""

    rows: tuple[ServicePriceList, ...]


@cache
def service_price_lists() -> tuple[ServicePriceList, ...]:
    return ServicePriceLists.model_validate_json((FOLDER / "services.json").read_text(encoding="utf-8")).rows


@cache
def service_price(provider: str, region: str, item: str, unit: Unit) -> ServicePrice | None:
    """The price of a unit of an item there, or None where it is not known."""
    for row in service_price_lists():
        if (row.provider, row.region) == (provider, region) and unit in row.usd.get(item, {}):
            return ServicePrice(usd=row.usd[item][unit], per=unit, date=row.date, source=row.source)
    return None
