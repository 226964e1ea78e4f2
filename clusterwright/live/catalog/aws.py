"""Reads EC2's machine types in a region, and their on-demand prices, with boto3."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from clusterwright.catalog import ec2
from clusterwright.live.lock import aws_prices

Clients = Callable[[str], Any]
"""Gives boto3's client of a service in the region that is read; that of `pricing` is in the one region that has it."""

MACHINES = "EC2 DescribeInstanceTypes in {region}"
PRICES = "AWS Price List API"


def machines(clients: Clients) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Rows of the machine types that the catalog wants, and what was left out and why."""
    rows, left_out = {}, []
    for answer in _pages(clients("ec2"), "describe_instance_types", "InstanceTypes"):
        name = answer["InstanceType"]
        if not ec2.wanted(name, answer):
            continue
        try:
            rows[name] = ec2.row(answer)
        except (KeyError, ValueError) as error:  # a type unlike all before it: the others must not wait for it
            left_out.append(f"{name}: its answer is not understood: {' '.join(str(error).split())}")
    return dict(sorted(rows.items())), left_out


def prices(clients: Clients, region: str) -> tuple[dict[str, float], list[str]]:
    """USD per hour on demand by machine type, with Linux on shared hardware; and what was left out and why."""
    if region.startswith(aws_prices.APART):
        return {}, [f"prices of {region}: the price list does not accept credentials of such a region"]
    found: defaultdict[str, set[float]] = defaultdict(set)
    for product in _pages(clients("pricing"), "get_products", "PriceList", **aws_prices.wanted(region)):
        found[json.loads(product)["product"]["attributes"].get("instanceType", "")].update(aws_prices.hourly(product))
    left_out = [
        f"{name}: the price list has {len(usd)} prices of it: {', '.join(map(str, sorted(usd)))}"
        for name, usd in sorted(found.items())
        if len(usd) > 1
    ]
    return {name: min(usd) for name, usd in sorted(found.items()) if name and len(usd) == 1}, left_out


def _pages(client: Any, operation: str, key: str, **wanted: Any) -> Iterator[Any]:
    for page in client.get_paginator(operation).paginate(**wanted):
        yield from page[key]
