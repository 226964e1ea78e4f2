"""A machine has the interfaces that its type is built for, in the cluster's networks by name."""

import pytest

from clusterwright.catalog import gcp
from clusterwright.decide.gcp.interfaces import DATA_NETWORKS, RDMA_SUBNETS, Interface, interfaces
from clusterwright.spec.compute import Fabric

NODES = Interface(0, "GVNIC", "nodes", "nodes")
DATA_1 = Interface(1, "GVNIC", "data-1", "data-1")


def data(count: int) -> list[Interface]:
    return [Interface(n, "GVNIC", f"data-{n}", f"data-{n}") for n in range(1, count + 1)]


def rdma(count: int) -> list[Interface]:
    return [Interface(n + 1, "MRDMA", "rdma", f"rdma-{n}") for n in range(1, count + 1)]


LAYOUTS: list[tuple[str, Fabric, list[Interface]]] = [
    ("g2-standard-48", "none", [NODES]),
    ("a2-ultragpu-8g", "none", [NODES]),
    ("a3-highgpu-8g", "tcpx", [NODES, *data(4)]),
    ("a3-megagpu-8g", "tcpxo", [NODES, *data(8)]),
    ("a3-ultragpu-8g", "rdma", [NODES, DATA_1, *rdma(8)]),
    ("a4-highgpu-8g", "rdma", [NODES, DATA_1, *rdma(8)]),
    ("a4x-highgpu-4g", "rdma", [NODES, DATA_1, *rdma(4)]),
]


@pytest.mark.parametrize(("name", "fabric", "layout"), LAYOUTS, ids=lambda value: value if value in gcp.names() else "")
def test_the_interfaces_of_each_family(name: str, fabric: Fabric, layout: list[Interface]) -> None:
    assert list(interfaces(gcp.machine(name), fabric)) == layout


@pytest.mark.parametrize("name", gcp.names())
def test_a_machine_with_its_fabric_has_as_many_interfaces_as_the_catalog_says(name: str) -> None:
    machine = gcp.machine(name)
    assert machine is not None
    planned = interfaces(machine, machine.fabric or "none")
    assert len(planned) == machine.interfaces
    assert [interface.index for interface in planned] == list(range(len(planned)))
    assert len({interface.subnet for interface in planned}) == len(planned)
    kinds = [network.type for network in machine.networks for _ in range(network.interfaces)]
    assert [interface.nic_type for interface in planned] == kinds


@pytest.mark.parametrize("name", gcp.names())
def test_no_machine_needs_a_network_that_the_layout_of_addresses_has_no_place_for(name: str) -> None:
    machine = gcp.machine(name)
    assert machine is not None
    assert sum(network.type == "GVNIC" for network in machine.networks) <= 1 + DATA_NETWORKS
    assert sum(network.interfaces for network in machine.networks if network.type == "MRDMA") <= RDMA_SUBNETS


def test_without_a_fabric_or_a_known_machine_there_is_one_interface() -> None:
    assert interfaces(gcp.machine("a3-megagpu-8g"), "none") == interfaces(None, "rdma") == (NODES,)
