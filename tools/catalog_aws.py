"""Write clusterwright/catalog/aws.json anew: python -m tools.catalog_aws DATE, with the day that moto's data is of.

moto ships EC2's real DescribeInstanceTypes answer; with an account, boto3's `describe_instance_types` gives the same.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections.abc import Mapping
from importlib.metadata import version
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

from clusterwright.catalog.aws import AwsMachine
from clusterwright.catalog.gpus import ec2_kind
from clusterwright.catalog.rows import FOLDER

# Families for heads and preprocessing; of GPU types all are taken. Trainium and Inferentia are no GPUs: nothing here
# could train on them.
CPU_FAMILIES = ("c6a", "c6i", "c7a", "c7g", "c7i", "c8g", "m6i", "m7a", "m7g", "m7i", "m8g", "r6i", "r7a", "r7i")
BURSTABLE_FAMILIES = ("t3", "t3a")
TOO_SMALL = ("nano", "micro", "small")  # a head's services do not fit into 2 GiB


def answers() -> dict[str, dict[str, Any]]:
    """EC2's answer by type, of the types that the catalog has."""
    data = gzip.decompress(files("moto.ec2").joinpath("resources/instance_types.json.gz").read_bytes())
    return {name: answer for name, answer in sorted(json.loads(data).items()) if wanted(name, answer)}


def wanted(name: str, answer: Mapping[str, Any]) -> bool:
    family, _, size = name.partition(".")
    if answer["BareMetal"]:
        return False
    return "GpuInfo" in answer or family in CPU_FAMILIES or (family in BURSTABLE_FAMILIES and size not in TOO_SMALL)


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


def text(date: str) -> str:
    """The whole file, one line a machine type, so that a difference can be read."""
    head = {"source": f"EC2 DescribeInstanceTypes, as shipped by moto {version('moto')}", "date": date}
    lines = [f"  {json.dumps(name)}: {json.dumps(row(answer))}" for name, answer in answers().items()]
    opening = json.dumps(head)[:-1]
    return f'{opening}, "machines": {{\n' + ",\n".join(lines) + "\n}}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the catalog of AWS machine types anew.")
    parser.add_argument("date", help="day that moto's data is of, YYYY-MM-DD")
    Path(FOLDER / "aws.json").write_text(text(parser.parse_args().date), encoding="utf-8")


if __name__ == "__main__":
    main()
