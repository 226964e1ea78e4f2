"""Write clusterwright/catalog/gcp.json anew: python -m tools.catalog_gcp

Google ships no list of its machine types that can be read without an account, so this module holds what its pages
say: a line a machine type for those with GPUs, and the rule of a series for those without. Whoever changes a number
here reads the page, and changes DATE.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from clusterwright.catalog.files import lines
from clusterwright.catalog.gcp import GcpMachine
from clusterwright.catalog.gpus import gpu
from clusterwright.catalog.rows import FOLDER

DATE = "2026-11-24"
DOCS = "https://docs.cloud.google.com/compute/docs"
TOOLKIT = "Cluster Toolkit v1.95.0"
PLACEMENT = "placement: https://docs.cloud.google.com/ai-hypercomputer/docs/placement-policy-and-workload-policy"
GPU_PAGES = f"{DOCS}/accelerator-optimized-machines and {DOCS}/gpus of 2026-04; {PLACEMENT}"
CPU_PAGES = f"{DOCS}/general-purpose-machines of 2026-04"
SOURCES = {
    "a2": GPU_PAGES,
    "a3": f"{GPU_PAGES}; networks, MTU, interface names: {TOOLKIT}",
    "a4": f"{GPU_PAGES}; networks, MTU: {TOOLKIT}",
    "a4x": f"{GPU_PAGES}; networks, MTU: {TOOLKIT}",
    "g2": f"{GPU_PAGES}; disks: {DOCS}/disks/persistent-disks and {DOCS}/disks/hyperdisks",
    "c3": f"{CPU_PAGES}; placement: {TOOLKIT}",
    "c4": CPU_PAGES,
    "e2": f"{CPU_PAGES}; placement: {TOOLKIT}",
    "n2": f"{CPU_PAGES}; placement: {TOOLKIT}",
    "n2d": f"{CPU_PAGES}; placement: {TOOLKIT}",
}

ALL = ("on_demand", "spot", "reservation", "flex_start")
CPU = ("on_demand", "spot", "reservation")
PERSISTENT = ("pd-standard", "pd-balanced", "pd-ssd")
SOLID = ("pd-balanced", "pd-ssd")
BALANCED = ("hyperdisk-balanced",)
FAST = ("hyperdisk-extreme", "hyperdisk-ml")


@dataclass(frozen=True)
class Gpu:
    """GPUs of a machine type: our kind, Google's name for it, how many."""

    kind: str
    accelerator: str
    count: int


@dataclass(frozen=True)
class Fast:
    """What the machine types with a fabric share beyond their size."""

    fabric: str
    networks: list[dict[str, Any]]
    boot: tuple[str, ...]
    disks: tuple[str, ...]
    capacity: tuple[str, ...]
    more: dict[str, Any]


def gvnic(mtu: int | None = None, device: str | None = None) -> dict[str, Any]:
    return {"type": "GVNIC", "interfaces": 1, "mtu": mtu, "device": device}


def roce(interfaces: int) -> list[dict[str, Any]]:
    """The networks of a machine with RDMA: two for IP, one with an interface for each of its RDMA NICs."""
    return [gvnic(8896), gvnic(8896), {"type": "MRDMA", "interfaces": interfaces, "mtu": 8896}]


def tcp(*devices: str) -> list[dict[str, Any]]:
    """The networks of GPUDirect over TCP: the first is the cluster's own, the others carry GPU traffic alone."""
    return [gvnic(8244, "enp0s12"), *(gvnic(8896, device) for device in devices)]


TCPX_DEVICES = ("enp6s0", "enp12s0", "enp134s0", "enp140s0")
TCPXO_DEVICES = ("enp6s0", "enp7s0", "enp13s0", "enp14s0", "enp134s0", "enp135s0", "enp141s0", "enp142s0")
A3_DISKS = (*SOLID, *BALANCED, "hyperdisk-throughput", *FAST)
ON_REQUEST = ("spot", "reservation", "flex_start")
TCPX = Fast("tcpx", tcp(*TCPX_DEVICES), (*SOLID, *BALANCED), A3_DISKS, ALL, {})
TCPXO = Fast("tcpxo", tcp(*TCPXO_DEVICES), (*SOLID, *BALANCED), A3_DISKS, ALL, {})
RDMA = Fast("rdma", roce(8), BALANCED, (*BALANCED, *FAST), ON_REQUEST, {})
GRACE = {"architecture": "arm64", "threads_per_core": 1, "nvlink_domain": 18}
RACK = Fast("rdma", roce(4), BALANCED, (*BALANCED, *FAST), ("reservation",), GRACE)


def fast() -> Iterator[tuple[str, dict[str, Any]]]:
    """The machine types with a fabric: name, vCPUs, GB, GPUs, Gbit/s, local disks (count, GiB of each)."""
    h100, mega = Gpu("H100 80GB", "nvidia-h100-80gb", 8), Gpu("H100 80GB", "nvidia-h100-mega-80gb", 8)
    for name, vcpus, gb, gpus, gbps, disks, built in (
        ("a3-highgpu-8g", 208, 1872, h100, 1000, (16, 375), TCPX),
        ("a3-megagpu-8g", 208, 1872, mega, 1800, (16, 375), TCPXO),
        ("a3-ultragpu-8g", 224, 2952, Gpu("H200", "nvidia-h200-141gb", 8), 3600, (32, 375), RDMA),
        ("a4-highgpu-8g", 224, 3968, Gpu("B200", "nvidia-b200", 8), 3600, (32, 375), RDMA),
        ("a4x-highgpu-4g", 140, 884, Gpu("GB200", "nvidia-gb200", 4), 2000, (4, 3000), RACK),
    ):
        row = size(vcpus, gb, gbps, gpus, disks) | {
            "networks": built.networks, "boot_disks": built.boot, "disks": built.disks, "max_disks": 128,
            "placement": "workload", "capacity": built.capacity, "fabric": built.fabric,
        }  # fmt: skip
        yield name, row | built.more


def plain_gpus() -> Iterator[tuple[str, dict[str, Any]]]:
    """The machine types with GPUs and one interface."""
    a100, l4 = "nvidia-tesla-a100", "nvidia-l4"
    for n, gbps in ((1, 24), (2, 32), (4, 50), (8, 100)):
        standard = size(12 * n, 85 * n, gbps, Gpu("A100 40GB", a100, n), (8, 375), optional=True)
        ultra = size(12 * n, 170 * n, gbps, Gpu("A100 80GB", "nvidia-a100-80gb", n), (n, 375))
        yield f"a2-highgpu-{n}g", standard | one_interface(PERSISTENT, ("hyperdisk-ml",), ALL, 128)
        yield f"a2-ultragpu-{n}g", ultra | one_interface(PERSISTENT, ("hyperdisk-ml",), ALL, 128)
    sixteen = size(96, 1360, 100, Gpu("A100 40GB", a100, 16), (8, 375), optional=True)
    yield "a2-megagpu-16g", sixteen | one_interface(PERSISTENT, ("hyperdisk-ml",), ALL, 128)
    for n, gbps in ((1, 25), (2, 50), (4, 100)):
        row = size(26 * n, 234 * n, gbps, Gpu("H100 80GB", "nvidia-h100-80gb", n), (2 * n, 375))
        more = ("hyperdisk-throughput", *(FAST if n == 4 else ("hyperdisk-ml",)))
        yield f"a3-highgpu-{n}g", row | one_interface((*SOLID, *BALANCED), more, ("spot", "flex_start"), 128)
    for vcpus, n, gbps in (
        (4, 1, 10), (8, 1, 16), (12, 1, 16), (16, 1, 32), (24, 2, 32), (32, 1, 32), (48, 4, 50), (96, 8, 100),
    ):  # fmt: skip
        row = size(vcpus, 4 * vcpus, gbps, Gpu("L4", l4, n), (n, 375), optional=True)
        yield f"g2-standard-{vcpus}", row | one_interface(SOLID, ("hyperdisk-throughput", "hyperdisk-ml"), ALL, None)


def cpus() -> Iterator[tuple[str, dict[str, Any]]]:
    """The machine types without GPUs. N2's largest has 864 GB, less than its rule gives."""
    throughput = ("hyperdisk-throughput",)
    small = {2: 10, 4: 10, 8: 16}
    n2 = small | dict(zip((16, 32, 48, 64, 80, 96, 128), repeat(32)))
    for shape, ratio, sizes in (("standard", 4, n2), ("highmem", 8, n2), ("highcpu", 1, list(n2)[:-1])):
        for vcpus in sizes:
            more = (*throughput, *(("hyperdisk-extreme",) if vcpus >= 80 else ()))
            row = size(vcpus, min(ratio * vcpus, 864), n2[vcpus], None, (24, 375), optional=True)
            yield f"n2-{shape}-{vcpus}", row | one_interface(PERSISTENT, more, CPU, 128)
    n2d = n2 | {224: 32}
    for shape, ratio, sizes in (("standard", 4, n2d), ("highmem", 8, list(n2d)[:-2]), ("highcpu", 1, n2d)):
        for vcpus in sizes:
            row = size(vcpus, ratio * vcpus, n2d[vcpus], None, (24, 375), optional=True)
            yield f"n2d-{shape}-{vcpus}", row | one_interface(PERSISTENT, throughput, CPU, 128)
    c3 = {4: 23, 8: 23, 22: 23, 44: 32, 88: 62, 176: 100}
    c3_local = dict(zip(c3, (1, 2, 4, 8, 16, 32), strict=True))
    for shape, ratio in (("standard", 4), ("highmem", 8), ("highcpu", 2)):
        for vcpus, gbps in c3.items():
            more = (*throughput, *(FAST if vcpus >= 88 else ("hyperdisk-ml",)))
            kinds = one_interface((*SOLID, *BALANCED), more, CPU, 128)
            yield f"c3-{shape}-{vcpus}", size(vcpus, ratio * vcpus, gbps, None) | kinds
            if shape == "standard":
                local = (c3_local[vcpus], 375)
                yield f"c3-{shape}-{vcpus}-lssd", size(vcpus, ratio * vcpus, gbps, None, local) | kinds
    c4 = {2: 10, 4: 23, 8: 23, 16: 23, 24: 23, 32: 23, 48: 34, 96: 67, 144: 100, 192: 100, 288: 100}
    c4_local = dict(zip(list(c4)[1:], (1, 1, 2, 4, 5, 8, 16, 24, 32, 48), strict=True))
    c4_disks = dict(zip(c4, (8, 16, 32, 32, 32, 64, 64, 128, 128, 128, 128), strict=True))
    for shape, ratio in (("standard", 3.75), ("highmem", 7.75), ("highcpu", 2)):
        for vcpus, gbps in c4.items():
            more = (*throughput, *(FAST if vcpus >= 96 else ("hyperdisk-ml",)))
            kinds = one_interface(BALANCED, more, CPU, c4_disks[vcpus])
            yield f"c4-{shape}-{vcpus}", size(vcpus, int(ratio * vcpus), gbps, None) | kinds
            if shape != "highcpu" and vcpus in c4_local:
                local = (c4_local[vcpus], 375)
                # How many durable disks these take was not found.
                with_local = size(vcpus, int(ratio * vcpus), gbps, None, local) | kinds | {"max_disks": None}
                yield f"c4-{shape}-{vcpus}-lssd", with_local
    e2 = {2: 4, 4: 8, 8: 16, 16: 16, 32: 16}
    for shape, ratio, sizes in (("standard", 4, e2), ("highmem", 8, list(e2)[:-1]), ("highcpu", 1, e2)):
        for vcpus in sizes:
            row = size(vcpus, ratio * vcpus, e2[vcpus], None) | one_interface(PERSISTENT, (), CPU, 128)
            yield f"e2-{shape}-{vcpus}", row | {"placement": None}


def size(
    vcpus: int, gb: int, gbps: int, gpus: Gpu | None, local: tuple[int, int] = (0, 0), *, optional: bool = False
) -> dict[str, Any]:
    """The size of a machine. Google writes GB of memory where it counts GiB."""
    count, gib = local
    return {
        "vcpus": vcpus,
        "memory_mib": gb * 1024,
        "architecture": "x86_64",
        "gpus": gpus and {"kind": gpus.kind, "count": gpus.count, "memory_mib": gpu_memory(gpus)},
        "accelerator": gpus and gpus.accelerator,
        "network_gbps": gbps,
        "local_disks": {"count": count, "size_gb": gib, "optional": optional} if count else None,
    }


def gpu_memory(gpus: Gpu) -> int:
    """MiB of one GPU: what EC2 says of the same kind, or else 10^9 bytes a GB."""
    kind = gpu(gpus.kind)
    if kind is None:
        raise ValueError(f"gpus.json has no {gpus.kind}")
    return kind.aws.memory_mib if kind.aws else kind.memory_gb * 10**9 // 2**20


def one_interface(
    boot: tuple[str, ...], more: tuple[str, ...], capacity: tuple[str, ...], most: int | None
) -> dict[str, Any]:
    """What a machine with one interface has: the kinds of disk it starts from, those it takes too."""
    return {
        "networks": [gvnic()],
        "boot_disks": boot,
        "disks": (*boot, *more),
        "max_disks": most,
        "placement": "compact",
        "capacity": capacity,
    }


def text() -> str:
    """The whole file."""
    rows = dict(sorted((*fast(), *plain_gpus(), *cpus())))
    written = {
        name: GcpMachine.model_validate_json(json.dumps(row)).model_dump(mode="json", exclude_defaults=True)
        for name, row in rows.items()
    }
    head = {"source": f"Google Cloud's pages of machine types, and the {TOOLKIT}", "date": DATE, "sources": SOURCES}
    return lines(head, "machines", written)


def main() -> None:
    (FOLDER / "gcp.json").write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
