"""GCP machine types: their networks and disks are what Compute Engine asks for."""

import pytest

from clusterwright.catalog import gcp
from clusterwright.catalog.gpus import gpu


@pytest.mark.parametrize(
    ("name", "networks", "interfaces", "mtus"),
    [
        ("g2-standard-4", 1, 1, {None}),
        ("a2-highgpu-8g", 1, 1, {None}),
        ("a3-highgpu-8g", 5, 5, {8244, 8896}),
        ("a3-megagpu-8g", 9, 9, {8244, 8896}),
        ("a3-ultragpu-8g", 3, 10, {8896}),
        ("a4-highgpu-8g", 3, 10, {8896}),
        ("a4x-highgpu-4g", 3, 6, {8896}),
    ],
)
def test_networks_and_interfaces(name: str, networks: int, interfaces: int, mtus: set[int | None]) -> None:
    machine = gcp.row(name)
    assert (len(machine.networks), machine.interfaces) == (networks, interfaces)
    assert {network.mtu for network in machine.networks} == mtus


@pytest.mark.parametrize("name", gcp.names())
def test_every_row_is_well_formed(name: str) -> None:
    machine = gcp.row(name)
    assert (machine.gpus is None) == (machine.accelerator is None)
    if machine.gpus:
        kind = gpu(machine.gpus.kind)
        assert kind is not None
        assert machine.accelerator in kind.gcp
        assert machine.gpus.count > 0
    assert min(machine.vcpus, machine.memory_mib) > 0


@pytest.mark.parametrize("name", gcp.names())
def test_machines_with_roce_boot_from_hyperdisk_alone(name: str) -> None:
    machine = gcp.row(name)
    if any(network.type == "MRDMA" for network in machine.networks):
        assert machine.boot_disks == ("hyperdisk-balanced",)
        assert machine.architecture == ("arm64" if name.startswith("a4x") else "x86_64")


def test_a_disk_that_must_be_asked_for_is_marked() -> None:
    optional, bundled = gcp.row("g2-standard-4").local_disks, gcp.row("a2-ultragpu-8g").local_disks
    assert optional is not None
    assert bundled is not None
    assert (optional.count, optional.optional) == (1, True)
    assert (bundled.count, bundled.size_gb, bundled.optional) == (8, 375, False)


def test_what_the_source_does_not_give_is_none() -> None:
    assert gcp.row("a4x-highgpu-4g").local_disks is None
    assert gcp.machine("a3-highgpu-9g") is None
