"""Fabric and placement follow from the machine type and from how it is bought, and the spec has the last word."""

import pytest

from clusterwright.catalog.gcp import names
from clusterwright.decide.gcp.fabric import Placement, fabric, placement
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.load import parse_spec


def spec_of(group: str) -> ClusterSpec:
    place = "name: a\nprovider: gcp\nproject: my-project\nregion: us-central1\nzone: us-central1-a\n"
    return parse_spec(f"{place}groups: [{{name: train, {group}}}]\n").spec


def fabric_of(group: str) -> str:
    spec = spec_of(group)
    return fabric(spec, spec.groups[0]).value


def placement_of(group: str) -> Placement:
    spec = spec_of(group)
    return placement(spec, spec.groups[0]).value


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("machine: g2-standard-8, nodes: 4", "none"),
        ("machine: a2-ultragpu-8g, nodes: 4", "none"),
        ("machine: a3-highgpu-8g, nodes: 4", "tcpx"),
        ("machine: a3-megagpu-8g, nodes: 4", "tcpxo"),
        ("machine: a3-ultragpu-8g, nodes: 4", "rdma"),
        ("machine: a4-highgpu-8g, nodes: 4", "rdma"),
        ("machine: a4x-highgpu-4g, nodes: 18", "rdma"),
        ("machine: a3-megagpu-8g, nodes: 1", "tcpxo"),
        ("machine: a3-megagpu-8g, nodes: 4, fabric: none", "none"),
        ("machine: no-such-machine, nodes: 4", "none"),
    ],
)
def test_the_fabric_is_what_the_machine_type_is_built_with(group: str, expected: str) -> None:
    assert fabric_of(group) == expected


WORKLOAD = Placement("workload")
NONE = Placement("none")


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("machine: g2-standard-8, nodes: 4", Placement("compact")),
        ("machine: a2-highgpu-8g, nodes: 4", Placement("compact")),
        ("machine: a3-highgpu-8g, nodes: 4", WORKLOAD),
        ("machine: a3-megagpu-8g, nodes: 4", WORKLOAD),
        ("machine: a3-ultragpu-8g, nodes: 4", WORKLOAD),
        ("machine: a4-highgpu-8g, nodes: 4", WORKLOAD),
        ("machine: a3-megagpu-8g, nodes: 1", WORKLOAD),
        ("machine: n2-standard-8, nodes: 4", NONE),
        ("machine: no-such-machine, nodes: 4", NONE),
        ("machine: a3-megagpu-8g, nodes: 4, capacity: {kind: spot}", WORKLOAD),
        ("machine: a3-megagpu-8g, nodes: 4, capacity: {kind: reservation, id: r}", NONE),
        ("machine: a3-megagpu-8g, nodes: 4, capacity: {kind: flex_start, duration: 24 h}", NONE),
        ("machine: a4-highgpu-8g, nodes: 4, capacity: {kind: flex_start, duration: 24 h}", WORKLOAD),
    ],
)
def test_placement_that_is_left_open(group: str, expected: Placement) -> None:
    assert placement_of(group) == expected


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("machine: a3-megagpu-8g, placement: {kind: none}", NONE),
        ("machine: a3-megagpu-8g, placement: {kind: cluster, max_distance: 2}", Placement("workload", None, "BLOCK")),
        (
            "machine: a4-highgpu-8g, placement: {kind: cluster, max_distance: 1}",
            Placement("workload", None, "SUBBLOCK"),
        ),
        ("machine: a2-highgpu-8g, placement: {kind: cluster, max_distance: 3}", Placement("compact", 3)),
        ("machine: n2-standard-8, placement: {kind: cluster}", Placement("compact")),
        (
            "machine: a3-megagpu-8g, capacity: {kind: reservation, id: r}, placement: {kind: cluster}",
            WORKLOAD,
        ),
    ],
)
def test_placement_that_the_spec_asks_for(group: str, expected: Placement) -> None:
    assert placement_of(group) == expected


@pytest.mark.parametrize("capacity", ["{kind: reservation, id: r}", "{kind: on_demand}"])
def test_machines_of_one_nvlink_domain_are_always_placed_in_it(capacity: str) -> None:
    expected = Placement("workload", accelerator_topology="1x72")
    assert placement_of(f"machine: a4x-highgpu-4g, nodes: 18, capacity: {capacity}") == expected


@pytest.mark.parametrize(
    "capacity", ["{kind: spot}", "{kind: reservation, id: r}", "{kind: flex_start, duration: 1 h}"]
)
def test_a_second_node_makes_no_first_one_anew(capacity: str) -> None:
    """Fabric and placement are part of a machine from its start, so they don't follow from the number of nodes."""
    for name in names():
        one, more = (f"machine: {name}, capacity: {capacity}, nodes: {nodes}" for nodes in (1, 8))
        assert fabric_of(one) == fabric_of(more)
        assert placement_of(one) == placement_of(more)


def test_a_given_value_is_no_decision_of_ours() -> None:
    spec = spec_of("machine: a3-megagpu-8g, fabric: none, placement: {kind: none}")
    reasons = {fabric(spec, spec.groups[0]).reason, placement(spec, spec.groups[0]).reason}
    assert reasons == {"the spec says so"}
