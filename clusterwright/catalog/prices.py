"""Prices of machine types, from prices.json: a dated snapshot. A price that no source gives is None, never 0."""

from collections.abc import Mapping
from functools import cache
from typing import Literal

from clusterwright.catalog.rows import FOLDER, Row

Capacity = Literal["on_demand", "spot", "capacity_block", "flex_start"]


class Price(Row):
    """What a machine costs, in USD per hour; `date` (YYYY-MM-DD) is the day that `source` is of."""

    usd_per_hour: float
    date: str
    source: str


class PlacedPrice(Price):
    """A price with the region and the kind of capacity that it is of."""

    region: str
    capacity: Capacity


class PriceList(Row):
    """The prices of one source for one provider, region and kind of capacity: USD per hour by machine type."""

    provider: Literal["aws", "gcp"]
    region: str
    capacity: Capacity
    date: str
    source: str
    usd_per_hour: Mapping[str, float]


class PriceLists(Row):
    """All of prices.json."""

    rows: tuple[PriceList, ...]


@cache
def price_lists() -> tuple[PriceList, ...]:
    return PriceLists.model_validate_json((FOLDER / "prices.json").read_text(encoding="utf-8")).rows


def prices(provider: str, machine: str) -> tuple[PlacedPrice, ...]:
    """All known prices of a machine type; none where no price of it is known."""
    return tuple(
        PlacedPrice(
            region=row.region,
            capacity=row.capacity,
            usd_per_hour=row.usd_per_hour[machine],
            date=row.date,
            source=row.source,
        )
        for row in price_lists()
        if row.provider == provider and machine in row.usd_per_hour
    )


def price(provider: str, machine: str, region: str, capacity: str) -> Price | None:
    """The price of a machine type there, or None where it is not known."""
    found = (row for row in prices(provider, machine) if (row.region, row.capacity) == (region, capacity))
    return next(found, None)
