"""Prices of machine types, from prices.json: a dated snapshot. A price that no source gives is None, never 0."""

from collections.abc import Mapping
from functools import cache
from typing import Literal

from clusterwright.catalog.rows import FOLDER, Row


class Price(Row):
    """What a machine costs, in USD per hour; `date` (YYYY-MM-DD) is the day that `source` is of."""

    usd_per_hour: float
    date: str
    source: str


class PriceList(Row):
    """The prices of one source for one provider, region and kind of capacity: USD per hour by machine type."""

    provider: Literal["aws", "gcp"]
    region: str
    capacity: Literal["on_demand", "spot", "capacity_block", "flex_start"]
    date: str
    source: str
    usd_per_hour: Mapping[str, float]


class PriceLists(Row):
    """All of prices.json."""

    rows: tuple[PriceList, ...]


@cache
def price_lists() -> tuple[PriceList, ...]:
    return PriceLists.model_validate_json((FOLDER / "prices.json").read_text(encoding="utf-8")).rows


def price(provider: str, machine: str, region: str, capacity: str) -> Price | None:
    """The price of a machine type there, or None where it is not known."""
    for row in price_lists():
        if (row.provider, row.region, row.capacity) == (provider, region, capacity) and machine in row.usd_per_hour:
            return Price(usd_per_hour=row.usd_per_hour[machine], date=row.date, source=row.source)
    return None
