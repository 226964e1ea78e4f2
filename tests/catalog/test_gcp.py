"""GCP machine types: their networks, disks and ways to buy are what Compute Engine asks for."""

import json
from io import StringIO

import pytest
from rich.console import Console

from clusterwright.catalog import gcp, storage
from clusterwright.catalog.gpus import gpu
from clusterwright.catalog.rows import FOLDER
from clusterwright.catalog.table import show_all
from tools import catalog_gcp

ROWS = {name: gcp.row(name) for name in gcp.names()}


def test_the_file_is_what_the_tool_writes() -> None:
    assert (FOLDER / "gcp.json").read_text(encoding="utf-8") == catalog_gcp.text()


def test_every_family_has_a_source_and_no_other() -> None:
    sources = json.loads((FOLDER / "gcp.json").read_text(encoding="utf-8"))["sources"]
    assert {name.partition("-")[0] for name in gcp.names()} == set(sources)
    assert all("https://docs.cloud.google.com/" in source for source in sources.values())


@pytest.mark.parametrize(
    ("name", "networks", "interfaces", "mtus"),
    [
        ("n2-standard-16", 1, 1, {None}),
        ("g2-standard-4", 1, 1, {None}),
        ("a2-highgpu-8g", 1, 1, {None}),
        ("a3-highgpu-4g", 1, 1, {None}),
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


@pytest.mark.parametrize(
    ("name", "vcpus", "gib", "gbps", "local"),
    [
        ("a2-highgpu-1g", 12, 85, 24, (8, 375, True)),
        ("a2-ultragpu-8g", 96, 1360, 100, (8, 375, False)),
        ("a3-highgpu-1g", 26, 234, 25, (2, 375, False)),
        ("a3-megagpu-8g", 208, 1872, 1800, (16, 375, False)),
        ("a3-ultragpu-8g", 224, 2952, 3600, (32, 375, False)),
        ("a4x-highgpu-4g", 140, 884, 2000, (4, 3000, False)),
        ("g2-standard-24", 24, 96, 32, (2, 375, True)),
        ("c3-highcpu-22", 22, 44, 23, None),
        ("c3-standard-176-lssd", 176, 704, 100, (32, 375, False)),
        ("c4-standard-2", 2, 7, 10, None),
        ("c4-highmem-32-lssd", 32, 248, 23, (5, 375, False)),
        ("n2-highmem-128", 128, 864, 32, (24, 375, True)),
        ("n2d-highcpu-224", 224, 224, 32, (24, 375, True)),
        ("e2-standard-8", 8, 32, 16, None),
    ],
)
def test_sizes(name: str, vcpus: int, gib: int, gbps: int, local: tuple[int, int, bool] | None) -> None:
    machine = gcp.row(name)
    disks = machine.local_disks
    assert (machine.vcpus, machine.memory_mib, machine.network_gbps) == (vcpus, gib * 1024, gbps)
    assert (disks and (disks.count, disks.size_gb, disks.optional)) == local


def test_google_s_name_of_a_gpu_is_one_of_its_kind_s() -> None:
    for name, machine in ROWS.items():
        kind = machine.gpus and gpu(machine.gpus.kind)
        assert (kind is None) == (machine.accelerator is None), name
        assert kind is None or machine.accelerator in kind.gcp, name


def test_every_machine_has_a_disk_to_start_from() -> None:
    bootable = {name for name, disk in storage.disks().items() if disk.boot}
    for name, machine in ROWS.items():
        assert machine.boot_disks, name
        assert set(machine.boot_disks) <= set(machine.disks or ()) & bootable, name
        assert set(machine.disks or ()) <= set(storage.disks()), name


def test_machines_with_rdma_boot_from_hyperdisk_alone() -> None:
    rdma = {name: machine for name, machine in ROWS.items() if machine.fabric == "rdma"}
    roce = {name for name, machine in ROWS.items() if any(network.type == "MRDMA" for network in machine.networks)}
    assert set(rdma) == roce
    assert {machine.boot_disks for machine in rdma.values()} == {("hyperdisk-balanced",)}


def test_grace_alone_is_arm() -> None:
    assert {name for name, machine in ROWS.items() if machine.architecture == "arm64"} == {"a4x-highgpu-4g"}


def test_the_fabric_of_each_machine_that_has_one() -> None:
    assert {name: machine.fabric for name, machine in ROWS.items() if machine.fabric} == {
        "a3-highgpu-8g": "tcpx",
        "a3-megagpu-8g": "tcpxo",
        "a3-ultragpu-8g": "rdma",
        "a4-highgpu-8g": "rdma",
        "a4x-highgpu-4g": "rdma",
    }


def test_the_guest_s_names_of_interfaces_are_given_for_tcp_fabrics() -> None:
    for name, machine in ROWS.items():
        devices = {network.device for network in machine.networks if network.device}
        assert len(devices) == (machine.interfaces if machine.fabric in ("tcpx", "tcpxo") else 0), name


def test_machines_with_a_fabric_are_placed_by_a_workload_policy_and_e2_by_none() -> None:
    for name, machine in ROWS.items():
        expected = "workload" if machine.fabric else None if name.startswith("e2-") else "compact"
        assert machine.placement == expected, name


@pytest.mark.parametrize(
    ("name", "capacity"),
    [
        ("a4x-highgpu-4g", {"reservation"}),
        ("a4-highgpu-8g", {"spot", "reservation", "flex_start"}),
        ("a3-ultragpu-8g", {"spot", "reservation", "flex_start"}),
        ("a3-megagpu-8g", {"on_demand", "spot", "reservation", "flex_start"}),
        ("a3-highgpu-2g", {"spot", "flex_start"}),
        ("g2-standard-4", {"on_demand", "spot", "reservation", "flex_start"}),
        ("c4-standard-8", {"on_demand", "spot", "reservation"}),
    ],
)
def test_what_a_machine_can_be_bought_as(name: str, capacity: set[str]) -> None:
    assert set(gcp.row(name).capacity or ()) == capacity


def test_machines_of_a_rack_share_an_nvlink_domain() -> None:
    assert {name for name, machine in ROWS.items() if machine.nvlink_domain} == {"a4x-highgpu-4g"}
    assert ROWS["a4x-highgpu-4g"].nvlink_domain == 18


def test_a_machine_that_the_catalog_has_not_is_none() -> None:
    assert gcp.machine("a3-highgpu-9g") is None


def test_the_table_says_what_a_machine_can_be_bought_as() -> None:
    console = Console(width=200, record=True, file=StringIO())
    show_all(("gcp",), gpu=True, console=console)
    line = next(line for line in console.export_text().splitlines() if "a4-highgpu-8g" in line)
    assert line.rstrip().endswith("spot, reservation, flex_start")
