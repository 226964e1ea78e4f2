"""EFA goes where machines with GPUs have it; a placement group goes where nothing is placed already."""

import pytest

from clusterwright.catalog.aws import names
from clusterwright.decide.aws.fabric import Placement, fabric, placement
from clusterwright.decide.choice import Choice
from clusterwright.spec.compute import Fabric
from clusterwright.spec.load import parse_spec

BLOCK = "{kind: capacity_block, id: cr-1, start: 2026-12-01T11:30Z, end: 2026-12-05T11:30Z}"


def decided(group: str) -> tuple[Choice[Fabric], Choice[Placement]]:
    spec = parse_spec(f"name: a\nprovider: aws\ngroups: [{{name: train, {group}}}]\n").spec
    (only,) = spec.groups
    return fabric(spec, only), placement(spec, only)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("machine: p5.48xlarge, nodes: 2", ("efa", "cluster")),
        ("machine: g6.48xlarge, nodes: {min: 0, max: 4}, capacity: {kind: spot}", ("efa", "cluster")),
        ("machine: p5.48xlarge, nodes: 1", ("efa", "cluster")),
        ("machine: m7i.48xlarge, nodes: 8", ("none", "none")),
        ("machine: g6.2xlarge, nodes: 8", ("none", "none")),
        ("nodes: 8", ("none", "none")),
        (f"machine: p5.48xlarge, nodes: 8, capacity: {BLOCK}", ("efa", "none")),
        ("machine: p5.48xlarge, nodes: 8, capacity: {kind: reservation, id: cr-1}", ("efa", "none")),
        ("machine: p5.48xlarge, nodes: 2, fabric: none", ("none", "none")),
        ("machine: m7i.48xlarge, nodes: 2, fabric: efa", ("efa", "cluster")),
        ("machine: m7i.large, nodes: 2, placement: {kind: cluster}", ("none", "cluster")),
        ("machine: p9.48xlarge, nodes: 2", ("none", "none")),
    ],
)
def test_fabric_and_placement_follow_from_machine_size_and_capacity(group: str, expected: tuple[str, str]) -> None:
    network, place = decided(group)
    assert (network.value, place.value) == expected
    assert network.reason
    assert place.reason


@pytest.mark.parametrize("capacity", ["{kind: on_demand}", "{kind: reservation, id: cr-1}", BLOCK])
def test_a_second_node_makes_no_first_one_anew(capacity: str) -> None:
    """Fabric and placement are part of a machine from its start, so they don't follow from the number of nodes."""
    for name in names():
        one, more = (decided(f"machine: {name}, capacity: {capacity}, nodes: {nodes}") for nodes in (1, 8))
        assert one == more


def test_the_reason_says_what_the_fabric_is() -> None:
    assert decided("machine: p5.48xlarge")[0].reason == "32 EFA interfaces at 3200 Gbit/s between the GPUs of the nodes"
    assert decided("machine: g6.8xlarge")[0].reason == "1 EFA interface at 25 Gbit/s between the GPUs of the nodes"
    assert decided("machine: c7i.large")[0].reason == "c7i.large has no EFA"
