"""The network between the nodes' GPUs is there, with all its interfaces and its software.

EFA: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html (`fi_info -p efa` lists what libfabric can use).
GPUDirect-TCPX and -TCPXO: names of the interfaces in Google's Cluster Toolkit, and
https://docs.cloud.google.com/cluster-toolkit/docs/machine-learning/a3-mega-enable-gpudirect-tcpxo. RDMA: a device a GPU
(https://docs.cloud.google.com/compute/docs/gpus/gpu-network-bandwidth), whose port is up when the kernel shows
`4: ACTIVE` (https://docs.kernel.org/admin-guide/abi-stable.html, infiniband).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from clusterwright.node.health.facts import Facts
from clusterwright.node.health.system import System, Unseen

TCPX = ("enp6s0", "enp12s0", "enp134s0", "enp140s0")
TCPXO = ("enp6s0", "enp7s0", "enp13s0", "enp14s0", "enp134s0", "enp135s0", "enp141s0", "enp142s0")
TCPXO_PROFILE = "/var/lib/tcpxo/lib64/nccl-env-profile.sh"
GIB_PROFILE = "/usr/local/gib/scripts/set_nccl_env.sh"
DEVICES = "/sys/class/infiniband"


def check(facts: Facts, system: System) -> Iterator[str]:
    match facts.fabric:
        case "none":
            return
        case "efa":
            yield from _efa(facts, system)
        case "tcpx":
            yield from _ethernet(TCPX, system)
        case "tcpxo":
            yield from _ethernet(TCPXO, system)
            system.read(TCPXO_PROFILE)
        case "rdma":
            yield from _rdma(facts, system)
            system.read(GIB_PROFILE)
        case _:
            raise Unseen(f"this version knows no fabric {facts.fabric}")


def _efa(facts: Facts, system: System) -> Iterator[str]:
    devices = [name for name in system.names(DEVICES) if _driver(name, system) == "efa"]
    if len(devices) != facts.efa_interfaces:
        yield f"the kernel shows {len(devices)} EFA devices and {facts.machine} has {facts.efa_interfaces}"
    domains = set(re.findall(r"^\s*domain: (\S+)-(?:rdm|dgrm)$", system.run("fi_info", "-p", "efa"), re.MULTILINE))
    if len(domains) != facts.efa_interfaces:
        yield f"libfabric can use {len(domains)} EFA devices and {facts.machine} has {facts.efa_interfaces}"


def _driver(device: str, system: System) -> str:
    return (system.root / DEVICES.lstrip("/") / device / "device" / "driver").resolve().name


def _ethernet(names: Sequence[str], system: System) -> Iterator[str]:
    there = system.names("/sys/class/net")
    missing = [name for name in names if name not in there]
    if missing:
        yield f"{len(missing)} of {len(names)} interfaces of the GPUs' network are missing: {', '.join(missing)}"
    down = [name for name in names if name in there and system.read(f"/sys/class/net/{name}/operstate").strip() != "up"]
    if down:
        yield f"{len(down)} of {len(names)} interfaces of the GPUs' network are not up: {', '.join(down)}"


def _rdma(facts: Facts, system: System) -> Iterator[str]:
    devices = system.names(DEVICES)
    active = [name for name in devices if "ACTIVE" in system.read(f"{DEVICES}/{name}/ports/1/state")]
    if len(active) != facts.gpus:
        yield f"{len(active)} RDMA devices are up and {facts.machine} has {facts.gpus}, one a GPU"
