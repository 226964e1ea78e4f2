"""What file systems and disks allow: all that a spec can name, sourced, and as the clouds' own models have it."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, get_args

import pytest
from botocore.session import get_session

from clusterwright.catalog import aws, storage
from clusterwright.catalog.storage import Sourced
from clusterwright.spec.compute import DiskKind
from clusterwright.spec.storage import LustreSpec, NfsSpec

GIB = 2**30


def shape(service: str, name: str) -> Any:
    """A structure of a cloud service as its own SDK describes it."""
    return get_session().get_service_model(service).shape_for(name)


def literals(model: Any, field: str) -> set[str]:
    """The words that a field of a spec allows."""
    found = get_args(model.model_fields[field].annotation)
    return {word for part in found for word in get_args(part)}


def entries() -> Iterator[tuple[str, Sourced]]:
    yield from storage.fsx_deployments().items()
    yield from storage.filestore_tiers().items()
    yield from storage.disks().items()
    yield "fsx_efa", storage.fsx_efa()
    yield "efs", storage.efs()
    yield "managed_lustre", storage.managed_lustre()


@pytest.mark.parametrize(("name", "entry"), list(entries()))
def test_each_entry_has_a_source_and_a_day(name: str, entry: Sourced) -> None:
    assert "https://" in entry.source
    assert date.fromisoformat(entry.date).year >= 2026


def test_all_that_a_spec_can_name_is_there() -> None:
    assert set(storage.disks()) == set(get_args(DiskKind))
    assert set(storage.fsx_deployments()) == literals(LustreSpec, "deployment")
    assert set(storage.filestore_tiers()) == literals(NfsSpec, "tier")


def test_clients_of_fsx_by_efa_are_machine_types_with_as_many_interfaces() -> None:
    known = storage.fsx_efa()
    assert set(known.families) <= {name.partition(".")[0] for name in aws.names() if aws.row(name).efa_interfaces}
    for name, count in known.interfaces.items():
        assert name.partition(".")[0] in known.families
        assert count <= aws.row(name).efa_interfaces


def test_every_deployment_type_of_fsx_is_there() -> None:
    words = {name.upper() for name in storage.fsx_deployments()}
    assert words == set(shape("fsx", "LustreDeploymentType").enum)


def test_the_rates_of_fsx_are_those_that_aws_documents() -> None:
    told = shape("fsx", "CreateFileSystemLustreConfiguration").members["PerUnitStorageThroughput"].documentation
    found = {
        (deployment, drive): tuple(int(rate) for rate in re.findall(r"\d+", re.sub("<[^>]+>", "", rates)))
        for deployment, drive, rates in re.findall(r"<code>(\w+)</code> (SSD|HDD) storage: (.*?)MB/s/TiB", told)
    }
    ours = {
        (name.upper(), drive.upper()): deployment.throughputs(drive)
        for name, deployment in storage.fsx_deployments().items()
        for drive in ("ssd", "hdd")
        if deployment.throughputs(drive)
    }
    assert ours == found


@pytest.mark.parametrize(
    ("deployment", "drive", "throughput", "sizes"),
    [
        ("scratch_1", "ssd", None, (1200, 2400, 3600, 7200)),
        ("scratch_2", "ssd", None, (1200, 2400, 4800, 7200)),
        ("persistent_1", "ssd", 200, (1200, 2400, 4800, 7200)),
        ("persistent_1", "hdd", 12, (6000, 12000, 18000, 24000)),
        ("persistent_1", "hdd", 40, (1800, 3600, 5400, 7200)),
        ("persistent_2", "ssd", 1000, (1200, 2400, 4800, 7200)),
    ],
)
def test_the_first_sizes_of_fsx(
    deployment: str, drive: storage.Drive, throughput: int | None, sizes: tuple[int, ...]
) -> None:
    tier = storage.fsx_deployments()[deployment].tier(drive, throughput)
    assert tier is not None
    found, size = [], 0
    while len(found) < len(sizes):
        above = tier.sizes.near(size + 1)[1]
        assert above is not None
        found.append((size := above) // GIB)
    assert tuple(found) == sizes


def test_the_faster_fsx_is_the_smaller_it_can_be_with_efa() -> None:
    deployment = storage.fsx_deployments()["persistent_2"]
    smallest = {
        rate: tier.efa_sizes.least // GIB
        for rate in deployment.throughputs("ssd")
        if (tier := deployment.tier("ssd", rate)) and tier.efa_sizes
    }
    assert smallest == {125: 38400, 250: 19200, 500: 9600, 1000: 4800}
    others = [tier for name, row in storage.fsx_deployments().items() if name != "persistent_2" for tier in row.tiers]
    assert all(tier.efa_sizes is None for tier in others)


def test_a_rate_or_drive_that_is_not_offered_has_no_tier() -> None:
    deployments = storage.fsx_deployments()
    assert deployments["persistent_2"].tier("hdd", 12) is None
    assert deployments["persistent_2"].tier("ssd", 200) is None
    assert deployments["scratch_2"].throughputs("ssd") == ()


def test_metadata_iops_within_the_bounds_of_fsx() -> None:
    allowed = storage.fsx_deployments()["persistent_2"].metadata_iops
    assert allowed is not None
    bounds = shape("fsx", "MetadataIops").metadata
    assert (allowed.least, allowed.most) == (bounds["min"], bounds["max"])
    assert allowed.near(9000) == (6000, 12000)


def test_the_modes_of_efs_are_those_of_its_api() -> None:
    efs = storage.efs()
    assert set(efs.performance_modes) == set(shape("efs", "PerformanceMode").enum)
    assert set(efs.throughput_modes) == set(shape("efs", "ThroughputMode").enum)
    assert set(efs.one_zone_performance_modes) < set(efs.performance_modes)


@pytest.mark.parametrize("kind", ["gp3", "io2"])
def test_the_ranges_of_ebs_are_those_that_aws_documents(kind: str) -> None:
    members = shape("ec2", "CreateVolumeRequest").members
    disk = storage.disks()[kind]

    def told(member: str) -> tuple[int, ...]:
        """The two ends of a range in the member's text: "gp3: 3,000 (default) - 80,000 IOPS"."""
        text = re.sub("<[^>]+>", "", members[member].documentation)
        ends = re.search(rf"\b{kind}: ([\d,]+)(?: \(default\))? - ([\d,]+)", text)
        assert ends is not None
        return tuple(int(end.replace(",", "")) for end in ends.groups())

    assert disk.iops is not None
    assert disk.sizes.most is not None
    assert (disk.iops.least, disk.iops.most) == told("Iops")
    assert (disk.sizes.least // GIB, disk.sizes.most // GIB) == told("Size")


def test_a_small_disk_has_fewer_iops_and_those_fewer_mib() -> None:
    gp3 = storage.disks()["gp3"]
    assert [gp3.most_iops(size * GIB) for size in (1, 8, 160, 1000)] == [3000, 4000, 80000, 80000]
    assert [gp3.most_throughput(iops) for iops in (3000, 8000, 80000)] == [750, 2000, 2000]


def test_a_hyperdisk_is_asked_for_its_iops_or_its_throughput_or_both() -> None:
    most = {
        name: (disk.most_iops(1000 * GIB), disk.most_throughput(160_000))
        for name, disk in storage.disks().items()
        if name.startswith("hyperdisk")
    }
    assert most == {
        "hyperdisk-balanced": (160_000, 2400),
        "hyperdisk-extreme": (350_000, None),
        "hyperdisk-throughput": (None, 2400),
        "hyperdisk-ml": (None, 2_097_152),
    }


def test_what_follows_from_the_size_can_not_be_asked_for() -> None:
    disk = storage.disks()["pd-ssd"]
    assert (disk.most_iops(100 * GIB), disk.most_throughput(3000)) == (None, None)
    assert storage.disk("pd-extreme") is None


def test_machines_start_from_no_hyperdisk_but_the_balanced() -> None:
    names = {name for name, disk in storage.disks().items() if name.startswith("hyperdisk") and disk.boot}
    assert names == {"hyperdisk-balanced"}


def test_the_slower_managed_lustre_is_the_larger_it_must_be() -> None:
    rates = storage.managed_lustre().throughputs
    assert {rate: sizes.least // GIB for rate, sizes in rates.items()} == {
        125: 72000, 250: 36000, 500: 18000, 1000: 9000,
    }  # fmt: skip
    assert rates[1000].near(1_540_000 * GIB) == (1_530_000 * GIB, 1_584_000 * GIB)


def test_filestore_sizes_leave_a_gap_between_their_two_ranges() -> None:
    zonal = storage.filestore_tiers()["zonal"]
    assert zonal.sizes.near(10_000 * GIB) == (9984 * GIB, 10240 * GIB)
    assert zonal.sizes.near(11_000 * GIB) == (10240 * GIB, 12800 * GIB)


def test_basic_filestore_is_the_simple_one() -> None:
    for name, tier in storage.filestore_tiers().items():
        basic = name.startswith("basic")
        assert tier.shrinks != basic
        assert ("4.1" in tier.nfs_versions) != basic
        assert tier.range_prefix == (29 if basic else 26)
