"""The network between a group's nodes, and how near to each other they stand: two decisions, not one."""

from typing import Literal

from clusterwright.catalog.aws import AwsMachine, machine
from clusterwright.decide.capacity import bought
from clusterwright.decide.choice import GIVEN, Choice
from clusterwright.decide.machines import machine_name
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import Fabric, GroupSpec
from clusterwright.words import counted

Placement = Literal["none", "cluster"]


def machine_of_group(spec: ClusterSpec, group: GroupSpec) -> AwsMachine | None:
    """The group's machine type as EC2 describes it; None where the catalog does not know it."""
    return machine(machine_name(spec, group))


def fabric(spec: ClusterSpec, group: GroupSpec) -> Choice[Fabric]:
    """EFA between nodes with GPUs, Ethernet elsewhere. EFA costs nothing, but a group can't mix it.

    One node has it too: were it for several alone, a second one would make the first anew.
    """
    if group.fabric is not None:
        return Choice(group.fabric, GIVEN)
    row = machine_of_group(spec, group)
    if row is None or not row.efa_interfaces:
        return Choice("none", f"{machine_name(spec, group)} has no EFA")
    if row.gpus is None:
        return Choice("none", "nodes without GPUs exchange little")
    return Choice(
        "efa", f"{_interfaces(row.efa_interfaces)} at {row.network_gbps:g} Gbit/s between the GPUs of the nodes"
    )


def placement(spec: ClusterSpec, group: GroupSpec) -> Choice[Placement]:
    """A cluster placement group for nodes with EFA that are bought as they come; what is reserved is placed already.

    Instances of a reservation that was not made in a placement group don't start in one, and a capacity block takes
    none (EC2 user guide, "Capacity Reservations in cluster placement groups" and "Capacity Blocks for ML").
    """
    if group.placement is not None:
        return Choice(group.placement.kind, GIVEN)
    kind = bought(group)
    if kind == "capacity_block":
        return Choice("none", "a capacity block's machines stand close already")
    if kind == "reservation":
        return Choice("none", "a reservation says itself where its machines stand")
    if fabric(spec, group).value != "efa":
        return Choice("none", "no fabric that gains from nearness")
    row = machine_of_group(spec, group)
    if row is not None and "cluster" not in row.placement:
        return Choice("none", f"{machine_name(spec, group)} can't be in a cluster placement group")
    return Choice("cluster", "EFA is fastest between machines that stand close")


def _interfaces(count: int) -> str:
    return counted(count, "EFA interface")
