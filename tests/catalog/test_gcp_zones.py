"""GCP's zones, and the machines that they offer: what the snapshot does not say is unknown, not absent."""

import re
from datetime import date

import pytest

from clusterwright.catalog import gcp, gcp_zones


def test_zones_are_of_known_regions() -> None:
    assert {zone.rpartition("-")[0] for zone in gcp_zones.known_zones()} == set(gcp_zones.regions())
    assert all(re.fullmatch(r"[a-z]+-[a-z]+\d+-[a-z]", zone) for zone in gcp_zones.known_zones())


def test_machines_are_offered_in_known_zones() -> None:
    for name in gcp.names():
        zones = gcp_zones.zones(name)
        assert zones is None or (zones and set(zones) <= set(gcp_zones.known_zones())), name


def test_every_machine_that_is_offered_is_in_the_catalog_and_once() -> None:
    offered = [machine for offer in gcp_zones.offerings().offers for machine in offer.machines]
    assert len(set(offered)) == len(offered)
    assert set(offered) <= set(gcp.names())


def test_zones_that_offer_a_machine() -> None:
    assert gcp_zones.zones("a2-ultragpu-8g") == (
        "asia-southeast1-c", "europe-west4-a",
        "us-central1-a", "us-central1-c", "us-east4-c", "us-east5-a", "us-east5-b",
    )  # fmt: skip


def test_e2_is_everywhere() -> None:
    assert gcp_zones.zones("e2-standard-4") == gcp_zones.known_zones()


@pytest.mark.parametrize("machine", ["a4x-highgpu-4g", "c3-standard-8", "a3-highgpu-9g"])
def test_what_the_snapshot_does_not_say_is_unknown(machine: str) -> None:
    assert gcp_zones.zones(machine) is None


def test_the_snapshot_has_a_source_and_a_day() -> None:
    provenance = gcp_zones.provenance()
    assert "github.com/skypilot-org/skypilot-catalog" in provenance.source
    assert date.fromisoformat(provenance.date).year >= 2026
