"""Where machine types are offered, and what they start from."""

import pytest

from tests.rules.gcp import found, said

ZONE = "region: us-central1\nzone: us-central1-b\ngroups: [{name: t, machine: a3-megagpu-8g}]\n"


def test_what_the_lock_says_of_a_zone_comes_before_the_catalog() -> None:
    assert said("CW-CMP-211", ZONE, "offerings: {a3-megagpu-8g: [us-central1-b]}\n") == []
    assert said("CW-CMP-211", ZONE, "offerings: {a3-megagpu-8g: []}\n") == [
        "zone us-central1-b has no a3-megagpu-8g, says the lock of 2026-11-24"
    ]


def test_a_machine_type_is_reported_once_however_many_groups_have_it() -> None:
    two = ZONE.replace("[{", "[{name: u, machine: a3-megagpu-8g}, {")
    assert (
        len(said("CW-CMP-211", two, "offerings: {a3-megagpu-8g: [us-central1-a], n2-standard-2: [us-central1-b]}")) == 1
    )


def test_a_zone_of_the_region_is_offered_before_one_of_another() -> None:
    offered = "offerings: {a3-megagpu-8g: [europe-west4-b, us-central1-c], n2-standard-2: [us-central1-b]}\n"
    (finding,) = found("CW-CMP-211", ZONE, offered)
    assert finding.hint.startswith("write `zone: us-central1-")


def test_a_plain_size_is_a_disk_of_any_kind() -> None:
    assert said("CW-CMP-212", "groups: [{name: t, machine: a3-ultragpu-8g, disk: 200 GiB}]\n") == []


def test_the_heads_disk_is_looked_at_too() -> None:
    (finding,) = found("CW-CMP-212", "head: {machine: a3-ultragpu-8g, disk: {size: 200 GiB, kind: pd-ssd}}\n")
    assert finding.path == ("head", "disk", "kind")


@pytest.mark.parametrize("code", ["CW-CMP-014", "CW-CMP-013"])
def test_an_image_that_the_lock_does_not_know_is_not_guessed(code: str) -> None:
    spec = "groups: [{name: t, machine: g2-standard-8, image: projects/p/global/images/ours, disk: 10 GiB}]\n"
    assert said(code, spec, "images: {}\n") == []


def test_a_zone_that_nobody_knows_is_another_rules_matter() -> None:
    nowhere = ZONE.replace("us-central1-b", "us-central1-z")
    assert said("CW-CMP-211", nowhere) == []
    (finding,) = found("CW-PRV-201", nowhere)
    assert finding.hint.startswith("write `zone: us-central1-")


def test_a_zone_that_the_lock_knows_is_there() -> None:
    assert said("CW-PRV-201", ZONE.replace("us-central1-b", "us-central1-z"), "zones: {us-central1-z: '7'}\n") == []
