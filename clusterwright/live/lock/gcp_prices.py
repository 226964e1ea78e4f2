"""Prices of GCP machine types, put together from the public price list, which has prices of their parts alone.

A machine is priced only where its family's vCPUs, memory and GPUs have one row each; else its price is unknown. Newer
GPU families come with disks and networks that the list prices apart, so theirs is not put together.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from clusterwright.catalog import gcp

COMPUTE_ENGINE = "services/6F81-5844-456A"
"""The Compute Engine service in the Cloud Billing Catalog."""

_GPUS = {"nvidia-l4": "Nvidia L4 GPU", "nvidia-tesla-a100": "Nvidia Tesla A100 GPU"}
_FAMILIES = {"n2": "N2", "n2d": "N2D AMD", "e2": "E2", "c3": "C3", "c4": "C4", "g2": "G2", "a2": "A2"}
"""How the price list spells GPUs and families: "N2D AMD Instance Core running in Americas"."""

_UNITS = {"Core": "h", "Ram": "GiBy.h", "GPU": "h"}

Rates = Mapping[str, set[float]]
"""Prices in USD by the part's description without its place; more than one is ambiguous."""


def parts(machine: str, kind: str) -> tuple[tuple[str, float], ...] | None:
    """The rows that a machine's price is the sum of, each with how much of it the machine has; None if not known."""
    row, family = gcp.machine(machine), _FAMILIES.get(machine.split("-")[0])
    if row is None or family is None or machine.endswith("-lssd"):
        return None
    prefix = "Spot Preemptible " if kind == "spot" else ""
    found = [
        (f"{prefix}{family} Instance Core", float(row.vcpus)),
        (f"{prefix}{family} Instance Ram", row.memory_mib / 1024),
    ]
    if row.gpus:
        gpu = _GPUS.get(row.accelerator or "")
        if gpu is None:
            return None
        found.append((f"{prefix}{gpu}", float(row.gpus.count)))
    return tuple(found)


def rates(skus: Iterable[Any], region: str) -> Rates:
    """USD per hour of each part in the region; the list's rows that are priced otherwise are left out."""
    found: dict[str, set[float]] = defaultdict(set)
    for sku in skus:
        match = re.fullmatch(r"((?:Spot Preemptible )?.+ (Core|Ram|GPU)) running in .+", sku.description)
        if match is None or region not in sku.service_regions or not sku.pricing_info:
            continue
        expression = sku.pricing_info[-1].pricing_expression
        if expression.usage_unit == _UNITS[match[2]] and len(expression.tiered_rates) == 1:
            price = expression.tiered_rates[0].unit_price
            found[match[1]].add(price.units + price.nanos / 1e9)
    return found


def total(wanted: tuple[tuple[str, float], ...], known: Rates) -> float | None:
    """The sum of the parts in USD per hour; None where the list has not exactly one price of each."""
    sum_ = 0.0
    for part, amount in wanted:
        prices = known.get(part, set())
        if len(prices) != 1:
            return None
        sum_ += amount * next(iter(prices))
    return round(sum_, 6)
