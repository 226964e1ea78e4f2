"""A machine's network interfaces: the one place that says which there are, and in which networks and subnets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from clusterwright.catalog.gcp import GcpMachine
from clusterwright.spec.compute import Fabric

NODES = "nodes"
"""The network, and its subnet, that every machine's first interface is in."""
RDMA = "rdma"
"""The network with the RoCE profile; an interface each in rdma-1, rdma-2, …"""
DATA_NETWORKS = 8
"""Networks beside the first that a machine type needs at most: eight on A3 Mega."""
RDMA_SUBNETS = 8
"""Interfaces in the RoCE network that a machine type has at most: eight on A3 Ultra and A4."""


@dataclass(frozen=True)
class Interface:
    """An interface: nic0 has `index` 0. `network` and `subnet` are the cluster's names of them."""

    index: int
    nic_type: Literal["GVNIC", "MRDMA"]
    network: str
    subnet: str


def interfaces(machine: GcpMachine | None, fabric: Fabric) -> tuple[Interface, ...]:
    """All interfaces of a machine, nic0 first; without a fabric that is the only one.

    The order is the catalog's: the cluster's own network, then one network for each further gVNIC, then the RoCE
    network with a subnet for each MRDMA interface. Source: the Slurm blueprints in Google's Cluster Toolkit
    (https://github.com/GoogleCloudPlatform/cluster-toolkit, examples/machine-learning) and
    https://docs.cloud.google.com/compute/docs/gpus/gpu-network-bandwidth.
    """
    if machine is None or fabric == "none":
        return (Interface(0, "GVNIC", NODES, NODES),)
    return tuple(Interface(index, *place) for index, place in enumerate(_places(machine)))


def _places(machine: GcpMachine) -> Iterator[tuple[Literal["GVNIC", "MRDMA"], str, str]]:
    ethernet = rdma = 0
    for network in machine.networks:
        for _ in range(network.interfaces):
            if network.type == "MRDMA":
                rdma += 1
                yield "MRDMA", RDMA, f"{RDMA}-{rdma}"
            else:
                name = f"data-{ethernet}" if ethernet else NODES
                ethernet += 1
                yield "GVNIC", name, name
