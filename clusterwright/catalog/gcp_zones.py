"""GCP's regions and zones, and the zones that offer a machine type, from gcp-offerings.json.

A snapshot: Google adds zones and machines to them, so what is not in it may be offered today. Its AI zones are left
out.
"""

from collections.abc import Mapping
from functools import cache

from clusterwright.catalog.base import Provenance
from clusterwright.catalog.rows import FOLDER, Row

Zones = Mapping[str, str]
"""The letters of zones by region: `{"us-central1": "ab"}` is us-central1-a and us-central1-b."""


class Offer(Row):
    """Machine types that the same zones offer."""

    machines: tuple[str, ...]
    zones: Zones


class Offerings(Row):
    """All of gcp-offerings.json. Machine types of the families in `everywhere` are offered in all zones."""

    source: str
    date: str
    zones: Zones
    offers: tuple[Offer, ...]
    everywhere: tuple[str, ...]


@cache
def offerings() -> Offerings:
    """The whole snapshot."""
    return Offerings.model_validate_json((FOLDER / "gcp-offerings.json").read_text(encoding="utf-8"))


def provenance() -> Provenance:
    return Provenance(source=offerings().source, date=offerings().date)


def regions() -> tuple[str, ...]:
    """All regions that the snapshot knows, sorted."""
    return tuple(sorted(offerings().zones))


@cache
def known_zones() -> tuple[str, ...]:
    """All zones that the snapshot knows, sorted."""
    return _names(offerings().zones)


@cache
def zones(machine: str) -> tuple[str, ...] | None:
    """The zones that offer a machine type, sorted, or None where that is not known."""
    if machine.partition("-")[0] in offerings().everywhere:
        return known_zones()
    return next((_names(offer.zones) for offer in offerings().offers if machine in offer.machines), None)


def _names(letters: Zones) -> tuple[str, ...]:
    return tuple(sorted(f"{region}-{letter}" for region, of_region in letters.items() for letter in of_region))
