"""Placement: what each machine type takes, and how many machines fit."""

import pytest

from tests.rules.gcp import found, said


def group(machine: str, nodes: int, placement: str, capacity: str = "") -> str:
    bought = f", capacity: {capacity}" if capacity else ""
    return f"groups: [{{name: t, machine: {machine}, nodes: {nodes}, placement: {placement}{bought}}}]\n"


@pytest.mark.parametrize(
    ("machine", "distance", "most"),
    [
        ("a2-highgpu-8g", 1, 22),
        ("a2-highgpu-8g", 2, 150),
        ("a2-highgpu-8g", 3, 1500),
        ("a3-megagpu-8g", 2, 256),
        ("a3-ultragpu-8g", 3, 1500),
        ("a4-highgpu-8g", 1, 22),
    ],
)
def test_a_placement_holds_that_many_machines_and_no_more(machine: str, distance: int, most: int) -> None:
    placement = f"{{kind: cluster, max_distance: {distance}}}"
    assert said("CW-CMP-202", group(machine, most, placement)) == []
    assert len(said("CW-CMP-202", group(machine, most + 1, placement))) == 1


def test_without_a_distance_a_placement_holds_what_the_widest_does() -> None:
    assert said("CW-CMP-202", group("a2-highgpu-8g", 1500, "{kind: cluster}")) == []
    (finding,) = found("CW-CMP-202", group("a2-highgpu-8g", 1501, "{kind: cluster}"))
    assert finding.hint == "write `nodes: 1500` and make another group, or write `placement: {kind: none}`"


def test_a_placement_that_is_decided_has_the_limit_too() -> None:
    decided = "groups: [{name: t, machine: a2-highgpu-8g, nodes: 1600}]\n"
    assert said("CW-CMP-202", decided) == ["group `t` has up to 1600 nodes, a placement holds 1500"]
    assert said("CW-CMP-202", decided.replace("}]", ", capacity: {kind: reservation, id: r}}]")) == []


def test_without_placement_there_is_no_limit() -> None:
    assert said("CW-CMP-202", group("a2-highgpu-8g", 5000, "{kind: none}")) == []


def test_a_distance_without_a_placement_is_of_nothing() -> None:
    assert said("CW-CMP-203", group("a2-highgpu-8g", 2, "{kind: none, max_distance: 2}")) == [
        "group `t` has a distance of 2, and no placement"
    ]


def test_machines_of_an_nvlink_domain_have_no_distance() -> None:
    (finding,) = found("CW-CMP-203", group("a4x-highgpu-4g", 18, "{kind: cluster, max_distance: 2}"))
    assert finding.hint == "remove `max_distance`"
    assert said("CW-CMP-202", group("a4x-highgpu-4g", 25, "{kind: cluster, max_distance: 1}")) == []


@pytest.mark.parametrize("machine", ["a3-ultragpu-8g", "a4-highgpu-8g", "a2-highgpu-8g"])
def test_flex_start_machines_that_can_be_placed(machine: str) -> None:
    flex = "{kind: flex_start, duration: 1 d}"
    assert said("CW-CMP-206", group(machine, 2, "{kind: cluster}", flex)) == []
    assert said("CW-CMP-206", group("a3-highgpu-8g", 2, "{kind: none}", flex)) == []
    assert len(said("CW-CMP-206", group("a3-highgpu-8g", 2, "{kind: cluster}", flex))) == 1


@pytest.mark.parametrize("code", [f"CW-CMP-20{number}" for number in range(1, 7)])
def test_an_unknown_machine_type_is_another_rules_matter(code: str) -> None:
    placement = "{kind: cluster, max_distance: 1}"
    assert said(code, group("a9-bestgpu-8g", 5000, placement, "{kind: flex_start, duration: 1 d}")) == []
