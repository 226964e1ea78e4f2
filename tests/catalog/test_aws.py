"""The AWS machine types: every field is EC2's own, and the traps in EC2's answer are not walked into."""

from __future__ import annotations

import gzip
import json
from functools import cache
from importlib.resources import files
from typing import Any

import pytest

from clusterwright.catalog import aws
from clusterwright.catalog.gpus import gpus as gpus_by_name
from clusterwright.catalog.rows import FOLDER
from tools import catalog_aws


@cache
def answers() -> dict[str, dict[str, Any]]:
    data = files("moto.ec2").joinpath("resources/instance_types.json.gz").read_bytes()
    return json.loads(gzip.decompress(data))


SHIPPED = [name for name in aws.names() if aws.row(name).read is None]  # the others were read from an account since


@pytest.mark.parametrize("name", SHIPPED)
def test_every_field_is_what_ec2_answers(name: str) -> None:
    """Built from EC2's words here once more, without the code that wrote the file; a new field has to be added."""
    machine, answer = aws.row(name), answers()[name]
    network, storage = answer["NetworkInfo"], answer.get("InstanceStorageInfo")
    expected = {
        "vcpus": answer["VCpuInfo"]["DefaultVCpus"],
        "threads_per_core": answer["VCpuInfo"]["DefaultThreadsPerCore"],
        "memory_mib": answer["MemoryInfo"]["SizeInMiB"],
        "architecture": next(one for one in answer["ProcessorInfo"]["SupportedArchitectures"] if one != "i386"),
        "ebs_mbps": answer["EbsInfo"]["EbsOptimizedInfo"]["BaselineBandwidthInMbps"],
        "placement": tuple(answer["PlacementGroupInfo"]["SupportedStrategies"]),
        "usage": tuple(answer["SupportedUsageClasses"]),
        "local_disks": storage and [(disk["Count"], disk["SizeInGB"], False) for disk in storage["Disks"]],
        "network_burst": network["NetworkPerformance"].startswith("Up to"),
        "efa_interfaces": network.get("EfaInfo", {}).get("MaximumEfaInterfaces", 0),
        "cards": [
            (card["NetworkCardIndex"], card["MaximumNetworkInterfaces"], tuple(card["InterfaceTypes"]))
            for card in network["NetworkCards"]
        ],
        "gpus": [
            (gpu["Name"], gpu["Count"], gpu["MemoryInfo"]["SizeInMiB"], gpu["GpuPartitionSize"])
            for gpu in answer.get("GpuInfo", {}).get("Gpus", [])
        ],
    }
    disks, gpus = machine.local_disks, machine.gpus
    found = machine.model_dump(exclude={"read", "network_gbps"}) | {
        "local_disks": disks and [(disks.count, disks.size_gb, disks.optional)],
        "cards": [
            (card.first + offset, card.interfaces, card.types) for card in machine.cards for offset in range(card.count)
        ],
        "gpus": [(ec2_name(gpus.kind), gpus.count, gpus.memory_mib, gpus.share)] if gpus else [],
    }
    assert found == expected
    said, gbps = network["NetworkPerformance"], machine.network_gbps
    assert said.removeprefix("Up to ") in (f"{gbps:g} Gigabit", f"4x {gbps / 4:g} Gigabit")
    assert bool(machine.efa_interfaces) == network["EfaSupported"]
    assert len(found["cards"]) == network["MaximumNetworkCards"]
    if gpus:
        whole = gpus_by_name()[gpus.kind].aws
        assert whole is not None
        assert whole.memory_mib * gpus.share == gpus.memory_mib


def ec2_name(kind: str) -> str | None:
    known = gpus_by_name()[kind].aws
    return known and known.name


def test_every_gpu_type_is_there_but_bare_metal() -> None:
    gpus = {name for name, answer in answers().items() if "GpuInfo" in answer and not answer["BareMetal"]}
    assert gpus <= set(aws.names())


def test_the_file_is_what_its_tool_writes() -> None:
    lines = (FOLDER / "aws.json").read_text(encoding="utf-8").splitlines()
    made = catalog_aws.machines_text(aws.provenance().date).splitlines()
    shipped = [line for line in lines if '"read": {' not in line]
    assert {line.rstrip(",") for line in shipped} <= {line.rstrip(",") for line in made}, (
        "run `python -m tools.catalog_aws DATE`"
    )
    assert shipped != lines or lines == made


@pytest.mark.parametrize(
    ("name", "gbps", "summed"),
    [("p6-b200.48xlarge", 3200, 1600), ("p6-b300.48xlarge", 6400, 6750), ("g6e.48xlarge", 400, 1600)],
)
def test_bandwidth_is_the_machine_s_and_not_the_sum_over_its_cards(name: str, gbps: int, summed: int) -> None:
    cards = answers()[name]["NetworkInfo"]["NetworkCards"]
    assert sum(card["PeakBandwidthInGbps"] for card in cards) == summed
    assert aws.row(name).network_gbps == gbps


def test_cards_that_share_a_line_of_text_are_multiplied() -> None:
    assert aws.row("p4d.24xlarge").network_gbps == 400


def test_a_share_of_a_gpu_is_no_whole_one() -> None:
    gpus = aws.row("g6f.xlarge").gpus
    assert gpus is not None
    assert (gpus.kind, gpus.count, gpus.share) == ("L4", 0, 0.125)


def test_of_seventeen_cards_the_first_has_no_efa() -> None:
    machine = aws.row("p6-b300.48xlarge")
    assert [(card.first, card.count) for card in machine.cards] == [(0, 1), (1, 16)]
    assert machine.efa_interfaces == 16
    assert not machine.efa_on_card_0
    assert aws.row("p5.48xlarge").efa_on_card_0


def test_a_type_that_ec2_does_not_have_is_unknown() -> None:
    assert aws.machine("p5.49xlarge") is None
