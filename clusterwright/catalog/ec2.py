"""EC2's answer to DescribeInstanceTypes in the catalog's words: what aws.json holds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from clusterwright.catalog.aws import AwsMachine
from clusterwright.catalog.gpus import ec2_kind

# Families for heads and preprocessing; of GPU types all are taken. Trainium and Inferentia are no GPUs: nothing here
# could train on them.
CPU_FAMILIES = ("c6a", "c6i", "c7a", "c7g", "c7i", "c8g", "m6i", "m7a", "m7g", "m7i", "m8g", "r6i", "r7a", "r7i")
BURSTABLE_FAMILIES = ("t3", "t3a")
TOO_SMALL = ("nano", "micro", "small")  # a head's services do not fit into 2 GiB


def wanted(name: str, answer: Mapping[str, Any]) -> bool:
    """Whether the catalog takes the type: those with GPUs that run CUDA, and the families for everything else."""
    family, _, size = name.partition(".")
    if answer["BareMetal"]:
        return False
    if "GpuInfo" in answer:
        return all(gpu["Manufacturer"] == "NVIDIA" for gpu in answer["GpuInfo"]["Gpus"])
    return family in CPU_FAMILIES or (family in BURSTABLE_FAMILIES and size not in TOO_SMALL)


def row(answer: Mapping[str, Any]) -> dict[str, Any]:
    """One answer in the catalog's words; what a type does not have is left out."""
    network, processor = answer["NetworkInfo"], answer["VCpuInfo"]
    (architecture,) = [name for name in answer["ProcessorInfo"]["SupportedArchitectures"] if name != "i386"]
    gbps, burst = bandwidth(network["NetworkPerformance"])
    made = {
        "vcpus": processor["DefaultVCpus"],
        "threads_per_core": processor["DefaultThreadsPerCore"],
        "memory_mib": answer["MemoryInfo"]["SizeInMiB"],
        "architecture": architecture,
        "gpus": gpus(answer["GpuInfo"]) if "GpuInfo" in answer else None,
        "network_gbps": gbps,
        "network_burst": burst,
        "cards": cards(network["NetworkCards"]),
        "efa_interfaces": network.get("EfaInfo", {}).get("MaximumEfaInterfaces", 0),
        "local_disks": local_disks(answer["InstanceStorageInfo"]) if "InstanceStorageInfo" in answer else None,
        "ebs_mbps": answer["EbsInfo"]["EbsOptimizedInfo"]["BaselineBandwidthInMbps"],
        "placement": answer["PlacementGroupInfo"]["SupportedStrategies"],
        "usage": answer["SupportedUsageClasses"],
    }
    return AwsMachine.model_validate_json(json.dumps(made)).model_dump(mode="json", exclude_defaults=True)


def bandwidth(performance: str) -> tuple[float, bool]:
    """Gbit/s of "3200 Gigabit", "4x 100 Gigabit" or "Up to 25 Gigabit", and whether that is a burst only."""
    match = re.fullmatch(r"(Up to )?(?:(\d+)x )?([\d.]+) Gigabit", performance)
    if match is None:
        raise ValueError(f"no bandwidth in {performance!r}")
    return int(match[2] or 1) * float(match[3]), bool(match[1])


def gpus(info: Mapping[str, Any]) -> dict[str, Any]:
    """The GPUs by our own name; a share of one is named by the whole that it is a share of."""
    (kind,) = info["Gpus"]
    name, memory, share = kind["Name"], kind["MemoryInfo"]["SizeInMiB"], kind["GpuPartitionSize"]
    whole = round(memory / share)
    return {"kind": ec2_kind(name, whole) or name, "count": kind["Count"], "memory_mib": memory, "share": share}


def cards(listed: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Neighbouring cards that are alike as one entry."""

    def like(card: Mapping[str, Any]) -> tuple[int, list[str]]:
        return card["MaximumNetworkInterfaces"], card["InterfaceTypes"]

    found = []
    for (interfaces, types), alike in groupby(listed, key=like):
        numbers = [card["NetworkCardIndex"] for card in alike]
        found.append({"first": numbers[0], "count": len(numbers), "interfaces": interfaces, "types": types})
    return found


def local_disks(info: Mapping[str, Any]) -> dict[str, int]:
    (disks,) = info["Disks"]
    return {"count": disks["Count"], "size_gb": disks["SizeInGB"]}
