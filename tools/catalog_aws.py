"""Write the catalog of AWS machine types and of where they are offered anew: python -m tools.catalog_aws DATE.

moto ships EC2's real answers to DescribeInstanceTypes and DescribeInstanceTypeOfferings; DATE is the day that they are
of. With an account, `clusterwright catalog refresh aws` reads the first from EC2 itself.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from clusterwright.catalog import ec2
from clusterwright.catalog.files import lines
from clusterwright.catalog.rows import FOLDER

RESOURCES = files("moto.ec2").joinpath("resources")
MOTO = f"as shipped by moto {version('moto')}"


def answers() -> dict[str, dict[str, Any]]:
    """EC2's answer by type, of the types that the catalog has."""
    answered = json.loads(gzip.decompress(RESOURCES.joinpath("instance_types.json.gz").read_bytes()))
    return {name: answer for name, answer in sorted(answered.items()) if ec2.wanted(name, answer)}


def offerings() -> Iterator[tuple[str, str, str]]:
    """Each type with a region that offers it and the id of a zone there."""
    for file in RESOURCES.joinpath("instance_type_offerings", "availability-zone-id").iterdir():
        region = file.name.removesuffix(".json.gz")
        for offering in json.loads(gzip.decompress(file.read_bytes())):
            yield offering["InstanceType"], region, offering["Location"]


def machines_text(date: str) -> str:
    """The whole of aws.json."""
    rows = {name: ec2.row(answer) for name, answer in answers().items()}
    return lines({"source": f"EC2 DescribeInstanceTypes, {MOTO}", "date": date}, "machines", rows)


def offerings_text(date: str) -> str:
    """The whole of aws-offerings.json: the regions of CPU types, and of GPU types the zone ids in each region."""
    zones: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    all_zones: defaultdict[str, set[str]] = defaultdict(set)
    for name, region, zone in offerings():
        zones[name][region].add(zone)
        all_zones[region].add(zone)
    found = {
        name: listed(zones[name]) if "GpuInfo" in answer else sorted(zones[name]) for name, answer in answers().items()
    }
    source = f"EC2 DescribeInstanceTypeOfferings, {MOTO}"
    return lines({"source": source, "date": date, "regions": listed(all_zones)}, "machines", found)


def listed(zones: Mapping[str, set[str]]) -> dict[str, list[str]]:
    return {region: sorted(ids) for region, ids in sorted(zones.items())}


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the catalog of AWS machine types and their offerings anew.")
    parser.add_argument("date", help="day that moto's data is of, YYYY-MM-DD")
    date = parser.parse_args().date
    (FOLDER / "aws.json").write_text(machines_text(date), encoding="utf-8")
    (FOLDER / "aws-offerings.json").write_text(offerings_text(date), encoding="utf-8")


if __name__ == "__main__":
    main()
