"""On-demand prices of EC2 machine types in the public price list: what is asked, and how an answer is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

PRICES_IN = "us-east-1"
"""The price list answers for all regions, from a few: https://docs.aws.amazon.com/general/latest/gr/billing.html"""

APART = ("cn-", "us-gov-", "us-iso")
"""Regions whose credentials the price list does not accept."""


def wanted(region: str, **narrower: str) -> dict[str, Any]:
    """What to ask GetProducts for Linux on demand, on shared hardware and without licences, in a region."""
    terms = {
        **narrower,
        "regionCode": region,
        "operatingSystem": "Linux",
        "preInstalledSw": "NA",
        "tenancy": "Shared",
        "capacitystatus": "Used",
        "licenseModel": "No License required",
        "marketoption": "OnDemand",
    }
    filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in terms.items()]
    return {"ServiceCode": "AmazonEC2", "Filters": filters}


def hourly(product: str) -> Iterator[float]:
    """The prices in an entry of the list, in USD per hour; one of 0 is of hours that something else has paid for."""
    for term in json.loads(product).get("terms", {}).get("OnDemand", {}).values():
        for part in term["priceDimensions"].values():
            if part["unit"] == "Hrs" and (usd := float(part["pricePerUnit"].get("USD", 0))):
                yield usd
