"""Which regions and zones offer a machine type, from aws-offerings.json and gcp-offerings.json.

A snapshot of its day: clouds add offerings every week, and an account may see other zones. What a stack's lock says
goes before it. Zones of AWS go by their ids, for an account's zone names are its own.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from clusterwright.catalog import gcp_zones
from clusterwright.catalog.base import Provenance
from clusterwright.catalog.rows import FOLDER


@cache
def _aws() -> Mapping[str, Any]:
    return json.loads((FOLDER / "aws-offerings.json").read_text(encoding="utf-8"))


def provenance() -> Provenance:
    """Where the offerings of AWS are from."""
    return Provenance(source=_aws()["source"], date=_aws()["date"])


def aws_regions() -> tuple[str, ...]:
    """The regions of AWS that the snapshot knows, sorted; without those of China and of the US government."""
    return tuple(_aws()["regions"])


def aws_zone_ids(region: str) -> tuple[str, ...] | None:
    """The ids of all zones of a region, sorted; None for a region that the snapshot does not know."""
    zones = _aws()["regions"].get(region)
    return None if zones is None else tuple(zones)


def regions(provider: str, machine: str) -> tuple[str, ...] | None:
    """The regions that offer a machine type, sorted; None where that is not known."""
    if provider == "aws":
        offered = _aws()["machines"].get(machine)
        return None if offered is None else tuple(offered)
    zones = gcp_zones.zones(machine) if provider == "gcp" else None
    return None if zones is None else tuple(sorted({zone.rpartition("-")[0] for zone in zones}))


def zone_ids(provider: str, machine: str, region: str) -> tuple[str, ...] | None:
    """The ids of the zones in `region` that offer a machine type, none where the region does not offer it.

    None where that is not known: of AWS types the snapshot has the zones of those with GPUs. GCP's ids are the names.
    """
    if provider == "aws":
        offered = _aws()["machines"].get(machine)
        if offered is None or region not in _aws()["regions"]:
            return None
        if region not in offered:
            return ()
        return tuple(offered[region]) if isinstance(offered, dict) else None
    zones = gcp_zones.zones(machine) if provider == "gcp" else None
    if zones is None or region not in gcp_zones.regions():
        return None
    return tuple(zone for zone in zones if zone.rpartition("-")[0] == region)
