"""Tiers, throughputs and disks that a spec leaves open fit its sizes and machine types."""

import pytest

from clusterwright.decide.gcp.storage import disk, lustre, nfs, volume
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.load import parse_spec
from clusterwright.spec.storage import LustreSpec, NfsSpec, VolumeSpec
from clusterwright.spec.units import Size

GIB = 2**30


def spec_of(text: str) -> ClusterSpec:
    return parse_spec(f"name: a\nprovider: gcp\nproject: my-project\nregion: us-central1\n{text}\n").spec


def storage_of(text: str) -> tuple[ClusterSpec, object]:
    spec = spec_of(f"storage: [{{name: a, {text}}}]")
    return spec, spec.storage[0]


@pytest.mark.parametrize(
    ("storage", "throughput"),
    [
        ("size: 9000 GiB", 1000),
        ("size: 18000 GiB", 500),
        ("size: 36000 GiB", 250),
        ("size: 72000 GiB", 125),
        ("size: 18000 GiB, throughput: 1000 MB/s/TiB", 1000),
        ("size: 1 GiB", 1000),
    ],
)
def test_lustre_has_the_least_throughput_that_there_is_at_its_size(storage: str, throughput: int) -> None:
    _, section = storage_of(f"kind: lustre, {storage}")
    assert isinstance(section, LustreSpec)
    assert lustre(section).throughput.value == throughput


@pytest.mark.parametrize(
    ("storage", "expected"),
    [
        ("", ("zonal", 1024, "4.1")),
        (", tier: basic_hdd", ("basic_hdd", 1024, "3")),
        (", tier: basic_ssd", ("basic_ssd", 2560, "3")),
        (", tier: regional, size: 2 TiB, version: '3'", ("regional", 2048, "3")),
    ],
)
def test_nfs_has_the_version_and_size_of_its_tier(storage: str, expected: tuple[str, int, str]) -> None:
    spec, section = storage_of(f"kind: nfs{storage}")
    assert isinstance(section, NfsSpec)
    chosen = nfs(spec, section)
    assert (chosen.tier.value, chosen.size.value // GIB, chosen.version.value) == expected


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("machine: g2-standard-8", (200, "pd-balanced", None, None)),
        ("machine: n2-standard-8", (100, "pd-balanced", None, None)),
        ("machine: a3-megagpu-8g", (200, "pd-balanced", None, None)),
        ("machine: a3-ultragpu-8g", (200, "hyperdisk-balanced", None, None)),
        ("machine: a4-highgpu-8g", (200, "hyperdisk-balanced", None, None)),
        ("machine: a4x-highgpu-4g", (200, "hyperdisk-balanced", None, None)),
        ("machine: a4-highgpu-8g, disk: 300 GiB", (300, "hyperdisk-balanced", None, None)),
        (
            "machine: a4-highgpu-8g, disk: {size: 300 GiB, kind: hyperdisk-balanced, iops: 6000, throughput: 500 MB/s}",
            (300, "hyperdisk-balanced", 6000, 500),
        ),
        ("machine: g2-standard-8, disk: {size: 300 GiB, kind: pd-ssd}", (300, "pd-ssd", None, None)),
    ],
)
def test_a_node_starts_from_a_disk_that_its_machine_type_takes(group: str, expected: tuple[object, ...]) -> None:
    spec = spec_of(f"groups: [{{name: train, {group}}}]")
    chosen = disk(spec, spec.groups[0])
    assert (chosen.size.value // GIB, chosen.kind.value, chosen.iops.value, chosen.throughput.value) == expected


def test_a_disk_is_never_decided_smaller_than_its_image() -> None:
    spec = spec_of("")
    assert disk(spec, spec.groups[0], Size(300 * GIB)).size.value == 300 * GIB
    assert disk(spec, spec.groups[0], Size(10 * GIB)).size.value == 200 * GIB
    given = spec_of("groups: [{name: train, disk: 50 GiB}]")
    assert disk(given, given.groups[0], Size(300 * GIB)).size.value == 50 * GIB


def test_a_volume_has_the_kind_of_disk_that_the_head_takes() -> None:
    spec, section = storage_of("kind: volume, size: 500 GiB")
    assert isinstance(section, VolumeSpec)
    assert volume(spec, section).kind.value == "pd-balanced"
    spec, section = storage_of("kind: volume, size: 500 GiB, disk: pd-ssd")
    assert isinstance(section, VolumeSpec)
    assert volume(spec, section).kind.value == "pd-ssd"
