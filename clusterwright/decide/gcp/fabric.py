"""The fabric of a group, and how near to each other its machines stand."""

from dataclasses import dataclass
from typing import Literal

from clusterwright.catalog.gcp import GcpMachine, machine
from clusterwright.decide.capacity import bought
from clusterwright.decide.choice import GIVEN, Choice
from clusterwright.decide.machines import machine_name
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import Fabric, GroupSpec

Distance = Literal["SUBBLOCK", "BLOCK", "CLUSTER"]
LARGEST_MTU = 8896
"""Bytes (https://docs.cloud.google.com/vpc/docs/mtu)."""
DISTANCES: dict[int, Distance] = {1: "SUBBLOCK", 2: "BLOCK", 3: "CLUSTER"}
"""A workload policy's word for each `max_distance` of a compact placement policy."""


@dataclass(frozen=True)
class Placement:
    """A policy that says how near machines stand. Without a distance it asks for as near as there is room.

    A compact policy is named by the instance template, a workload policy by the managed instance group: groups of A3
    with eight GPUs, A4 and A4X take the latter alone
    (https://docs.cloud.google.com/compute/docs/instance-groups/about-workload-policies). `max_distance` is a compact
    policy's, `topology_distance` and `accelerator_topology` are a workload policy's, and exclude one another.
    """

    policy: Literal["none", "compact", "workload"]
    max_distance: int | None = None
    topology_distance: Distance | None = None
    accelerator_topology: str | None = None


def machine_of_group(spec: ClusterSpec, group: GroupSpec) -> GcpMachine | None:
    """The group's machine type as the catalog has it; None where the catalog does not know it."""
    return machine(machine_name(spec, group))


def fabric(spec: ClusterSpec, group: GroupSpec) -> Choice[Fabric]:
    """The network between nodes' GPUs: what their machine type is built with, Ethernet elsewhere.

    One node has it too: were it for several alone, a second one would make the first anew.
    """
    if group.fabric is not None:
        return Choice(group.fabric, GIVEN)
    name, row = machine_name(spec, group), machine_of_group(spec, group)
    if row is None or row.fabric is None:
        return Choice("none", f"{name} has no fabric of its own")
    return Choice(row.fabric, f"what {name} is built with")


def mtu(spec: ClusterSpec) -> Choice[int]:
    """The largest packet of the nodes' network, in bytes: the smallest that a group's machine type asks for."""
    if spec.network.mtu is not None:
        return Choice(spec.network.mtu, GIVEN)
    rows = [(row, machine_name(spec, group)) for group in spec.groups if (row := machine_of_group(spec, group))]
    wanted = [(row.networks[0].mtu, name) for row, name in rows if row.networks[0].mtu]
    if not wanted:
        return Choice(LARGEST_MTU, "the largest: fewer packets for the same data")
    least, name = min(wanted)
    return Choice(least, f"what {name} is made for")


def placement(spec: ClusterSpec, group: GroupSpec) -> Choice[Placement]:
    """How near to each other the group's machines stand.

    Left open, nodes with GPUs that are bought as they come stand as near as there is room. What is reserved is placed
    already, and flex-start takes a policy for machines with RDMA alone
    (https://docs.cloud.google.com/compute/docs/instances/about-flex-start-vms). Machines that share an NVLink domain
    are made in groups with a policy only.
    """
    name, row = machine_name(spec, group), machine_of_group(spec, group)
    if group.placement is not None:
        asked = group.placement.kind == "cluster" and row is not None
        return Choice(_policy(row, group.placement.max_distance) if asked and row else Placement("none"), GIVEN)
    if row is None or row.placement is None:
        return Choice(Placement("none"), f"{name} takes no placement policy")
    if row.nvlink_domain:
        return Choice(_policy(row, None), f"groups of {name} need it, for their NVLink domain")
    kind = bought(group)
    if kind == "reservation":
        return Choice(Placement("none"), "a reservation says itself where its machines stand")
    if kind == "flex_start" and row.fabric != "rdma":
        return Choice(Placement("none"), f"flex-start takes no placement policy for {name}")
    if row.gpu_count == 0:
        return Choice(Placement("none"), "nodes without GPUs exchange little")
    return Choice(_policy(row, None), "nodes that train together are fastest on short ways")


def _policy(row: GcpMachine, distance: int | None) -> Placement:
    if row.nvlink_domain:
        return Placement("workload", accelerator_topology=f"1x{row.nvlink_domain * row.gpu_count}")
    match row.placement:
        case "workload":
            return Placement("workload", topology_distance=DISTANCES.get(distance or 0))
        case "compact":
            return Placement("compact", max_distance=distance)
        case None:
            return Placement("none")
