"""What a file system or a disk leaves open is decided from what it says, with the reason."""

import pytest

from clusterwright.decide.aws.storage import DiskChoice, LustreChoice, disk, lustre, lustre_interfaces, nfs, volume
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.load import parse_spec
from clusterwright.spec.storage import LustreSpec, NfsSpec, VolumeSpec
from clusterwright.spec.units import GIB, Size

EFA_GROUP = "groups: [{name: train, machine: p5.48xlarge, nodes: 2}]\n"


def spec_of(text: str) -> ClusterSpec:
    return parse_spec(f"name: a\nprovider: aws\n{text}").spec


def lustre_of(settings: str, groups: str = "") -> LustreChoice:
    spec = spec_of(f"{groups}storage: [{{name: s, kind: lustre, {settings}}}]\n")
    (only,) = spec.storage
    assert isinstance(only, LustreSpec)
    return lustre(only)


def disk_of(text: str, image: Size | None = None) -> DiskChoice:
    spec = spec_of(text)
    return disk(spec, spec.groups[0] if text.startswith("groups") else spec.head, image)


def values(choice: DiskChoice) -> tuple[int, str, int, int | None]:
    return choice.size.value // GIB, choice.kind.value, choice.iops.value, choice.throughput.value


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("size: 1200 GiB", ("persistent_2", 250)),
        ("size: 1200 GiB, deployment: scratch_2", ("scratch_2", None)),
        ("size: 4800 GiB, throughput: 250 MB/s/TiB", ("persistent_2", 250)),
        ("size: 1200 GiB, throughput: 100 MB/s/TiB", ("persistent_1", 100)),
        ("size: 1200 GiB, deployment: persistent_1", ("persistent_1", 100)),
        ("size: 6000 GiB, drive: hdd", ("persistent_1", 12)),
        ("size: 1800 GiB, drive: hdd, throughput: 40 MB/s/TiB", ("persistent_1", 40)),
        ("size: 1200 GiB, deployment: scratch_1", ("scratch_1", None)),
        ("size: 19200 GiB, efa: true", ("persistent_2", 250)),
    ],
)
def test_deployment_and_throughput_of_lustre_follow_from_what_is_said(
    settings: str, expected: tuple[str, int | None]
) -> None:
    choice = lustre_of(settings)
    assert (choice.deployment.value, choice.throughput.value) == expected
    assert choice.deployment.reason
    assert choice.throughput.reason


@pytest.mark.parametrize("settings", ["", ", throughput: 250 MB/s/TiB", ", deployment: scratch_2"])
def test_what_lustre_is_made_with_does_not_follow_from_what_may_change(settings: str) -> None:
    """Its size grows in place, groups come and go, and who decides to keep its data must not lose it thereby."""
    first = lustre_of(f"size: 4800 GiB{settings}")
    for later in ("size: 19200 GiB", "size: 4800 GiB, on_destroy: delete", "size: 4800 GiB, backups: 7 d"):
        assert lustre_of(f"{later}{settings}", EFA_GROUP) == first


@pytest.mark.parametrize(("settings", "efa"), [("", False), (", efa: false", False), (", efa: true", True)])
def test_lustre_has_efa_where_the_spec_says_so(settings: str, efa: bool) -> None:
    choice = lustre_of(f"size: 19200 GiB{settings}", EFA_GROUP).efa
    assert choice.value is efa
    assert (choice.reason == "the spec says so") == bool(settings)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("machine: p5.48xlarge", 8),  # of 32
        ("machine: p6-b300.48xlarge", 16),
        ("machine: g6e.48xlarge", 2),  # several cards
        ("machine: g6.8xlarge", 1),
        ("machine: c7i.48xlarge, fabric: efa", 1),
        ("machine: c7i.48xlarge", 0),  # without GPUs it has no fabric unless it is asked for
        ("machine: p5.48xlarge, fabric: none", 0),
        ("machine: p4d.24xlarge", 0),  # Nitro v3
        ("machine: g7.48xlarge", 0),  # in no list of AWS's
    ],
)
def test_lustre_takes_as_many_efa_interfaces_as_aws_gives_it(group: str, expected: int) -> None:
    text = f"groups: [{{name: x, {group}}}]\nstorage: [{{name: s, kind: lustre, size: 19200 GiB, efa: %s}}]\n"
    for efa, count in (("true", expected), ("false", 0)):
        spec = spec_of(text % efa)
        assert lustre_interfaces(spec, spec.groups[0]).value == count


def test_nfs_is_paid_by_use_unless_a_throughput_is_given() -> None:
    for settings, expected in (("", ("elastic", None)), (", throughput: 256 MB/s", ("provisioned", 256))):
        spec = spec_of(f"storage: [{{name: h, kind: nfs{settings}}}]\n")
        (only,) = spec.storage
        assert isinstance(only, NfsSpec)
        choice = nfs(spec, only)
        assert (choice.mode.value, choice.throughput) == expected


def test_a_disk_is_gp3_at_its_base_and_larger_where_there_are_gpus() -> None:
    assert values(disk_of("")) == (100, "gp3", 3000, 125)
    assert values(disk_of("groups: [{name: a, machine: p5.48xlarge}]\n")) == (200, "gp3", 3000, 125)
    assert values(disk_of("groups: [{name: a, machine: c7i.large}]\n")) == (100, "gp3", 3000, 125)


def test_a_decided_disk_is_never_smaller_than_its_image() -> None:
    assert values(disk_of("", Size(300 * GIB)))[0] == 300
    assert values(disk_of("head: {disk: 200 GiB}\n", Size(300 * GIB)))[0] == 200


def test_what_a_disk_says_is_what_it_gets() -> None:
    said = "head: {disk: {size: 500 GiB, kind: gp3, iops: 6000, throughput: 500 MB/s}}\n"
    assert values(disk_of(said)) == (500, "gp3", 6000, 500)
    assert values(disk_of("head: {disk: {size: 500 GiB, kind: io2}}\n")) == (500, "io2", 10_000, None)
    assert values(disk_of("head: {disk: {size: 4 GiB, kind: io2}}\n")) == (4, "io2", 4000, None)


def test_a_volume_is_a_disk_like_any_other() -> None:
    spec = spec_of("storage: [{name: v, kind: volume, size: 500 GiB, disk: io2, iops: 20000}]\n")
    (only,) = spec.storage
    assert isinstance(only, VolumeSpec)
    assert values(volume(only)) == (500, "io2", 20_000, None)
