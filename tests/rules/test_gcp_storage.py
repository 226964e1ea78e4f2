"""File systems and disks come in sizes and rates: the rules name the nearest ones that there are."""

import pytest

from tests.rules.gcp import found, said


@pytest.mark.parametrize(
    ("tier", "size", "hint"),
    [
        ("basic_hdd", "500 GiB", "write `size: 1024 GiB`"),
        ("basic_ssd", "2 TiB", "write `size: 2560 GiB`"),
        ("zonal", "10000 GiB", "write `size: 9984 GiB` or `size: 10240 GiB`"),
        ("regional", "99 GiB", "write `size: 1024 GiB`"),
        ("enterprise", "11 TiB", "write `size: 10240 GiB`"),
        ("basic_hdd", "1.5 TB", "write `size: 1396 GiB` or `size: 1397 GiB`"),
    ],
)
def test_a_filestore_of_another_size(tier: str, size: str, hint: str) -> None:
    (finding,) = found("CW-STO-201", f"storage: [{{name: s, kind: nfs, tier: {tier}, size: {size}}}]\n")
    assert finding.hint == hint


@pytest.mark.parametrize(("tier", "size"), [("basic_hdd", "1 TiB"), ("zonal", "12.5 TiB"), ("regional", "9.75 TiB")])
def test_a_filestore_that_there_is(tier: str, size: str) -> None:
    assert said("CW-STO-201", f"storage: [{{name: s, kind: nfs, tier: {tier}, size: {size}}}]\n") == []


def test_a_size_that_is_left_open_is_decided() -> None:
    assert said("CW-STO-201", "storage: [{name: s, kind: nfs}]\n") == []


@pytest.mark.parametrize("size", ["9000 GiB", "18000 GiB", "72000 GiB", "144000 GiB"])
def test_a_throughput_that_is_left_open_follows_from_the_size(size: str) -> None:
    assert said("CW-STO-203", f"storage: [{{name: s, kind: lustre, size: {size}}}]\n") == []


def test_a_size_without_any_throughput_is_told_the_sizes_of_the_fastest() -> None:
    (finding,) = found("CW-STO-203", "storage: [{name: s, kind: lustre, size: 4800 GiB}]\n")
    assert finding.what == "there is no Managed Lustre with 4800 GiB at 1000 MB/s/TiB"
    assert finding.hint == "write `size: 9000 GiB`"


def test_of_a_throughput_that_there_is_not_one_rule_speaks() -> None:
    spec = "storage: [{name: s, kind: lustre, size: 10 GiB, throughput: 600 MB/s/TiB}]\n"
    assert len(said("CW-STO-204", spec)) == 1
    assert said("CW-STO-203", spec) == []


def test_a_cache_is_no_larger_than_the_disks_that_it_lies_on() -> None:
    spec = "groups: [{name: t, machine: a3-megagpu-8g}]\nstorage: [{name: b, cache: %s}]\n"
    assert said("CW-STO-205", spec % "6000 GiB") == []
    assert said("CW-STO-205", spec % "6001 GiB") == ["the cache of `b` has 6001 GiB, nodes of group `t` have 6000 GiB"]


def test_a_cache_fits_on_the_smallest_disks_of_all_groups() -> None:
    groups = "groups: [{name: t, machine: a3-ultragpu-8g}, {name: u, machine: a3-megagpu-8g}]\n"
    (finding,) = found("CW-STO-205", groups + "storage: [{name: b, cache: 20 TiB}]\n")
    assert finding.hint == "write `cache: 6000 GiB` or less"


def test_a_cache_may_lie_on_the_disks_of_some_groups_alone() -> None:
    groups = "groups: [{name: t, machine: a3-megagpu-8g}, {name: p, machine: e2-standard-8}]\n"
    assert said("CW-STO-205", groups + "storage: [{name: b, cache: 1 TiB}]\n") == []


def disk(more: str) -> str:
    return f"groups: [{{name: t, machine: g2-standard-8, disk: {{{more}}}}}]\n"


@pytest.mark.parametrize(
    ("more", "hint"),
    [
        ("size: 5 GiB, kind: pd-ssd", "write `size: 10 GiB`"),
        ("size: 70000 GiB, kind: pd-ssd", "write `size: 65536 GiB`"),
        ("size: 1 TiB, kind: hyperdisk-throughput", "write `size: 2048 GiB`"),
        ("size: 250 GB, kind: pd-balanced", "write `size: 232 GiB` or `size: 233 GiB`"),
    ],
)
def test_a_disk_of_another_size(more: str, hint: str) -> None:
    (finding,) = found("CW-STO-206", disk(more))
    assert finding.path == ("groups", 0, "disk", "size")
    assert finding.hint == hint


def test_a_plain_size_stands_where_the_disk_does() -> None:
    (finding,) = found("CW-STO-206", "head: {disk: 1 GiB}\n")
    assert finding.path == ("head", "disk")
    assert finding.hint == "write `disk: 10 GiB`"


@pytest.mark.parametrize(
    "more", ["kind: hyperdisk-extreme, iops: 200000", "kind: hyperdisk-throughput, throughput: 1 GB/s"]
)
def test_a_rate_that_the_kind_of_disk_can_have(more: str) -> None:
    assert said("CW-STO-207", disk(f"size: 4 TiB, {more}")) == []


@pytest.mark.parametrize(
    ("more", "hint"),
    [
        ("kind: pd-ssd, iops: 9000", "remove `iops`, or use a disk of kind hyperdisk-balanced"),
        ("kind: hyperdisk-ml, iops: 9000", "remove `iops`, or use a disk of kind hyperdisk-balanced"),
        ("kind: hyperdisk-extreme, iops: 400000", "write `iops: 350000`, or a larger `size`"),
        ("kind: hyperdisk-balanced, iops: 100", "write `iops: 3000`"),
        ("kind: hyperdisk-balanced, iops: 60000", "write `iops: 50000`, or a larger `size`"),
        (
            "kind: hyperdisk-balanced, iops: 4000, throughput: 1200 MB/s",
            "write `throughput: 1000 MB/s`, or a larger `size`",
        ),
        ("kind: hyperdisk-balanced, throughput: 3000 MB/s", "write `throughput: 2400 MB/s`, or a larger `size`"),
    ],
)
def test_a_disk_with_rates_that_it_can_not_have(more: str, hint: str) -> None:
    (finding,) = found("CW-STO-207", disk(f"size: 100 GiB, {more}"))
    assert finding.hint == hint


@pytest.mark.parametrize("code", ["CW-STO-206", "CW-STO-207"])
def test_a_disk_of_another_cloud_is_another_rules_matter(code: str) -> None:
    assert said(code, disk("size: 1 GiB, kind: gp3, iops: 1")) == []


def test_a_volume_is_a_disk_too() -> None:
    (finding,) = found("CW-STO-206", "storage: [{name: b}, {name: v, kind: volume, size: 1 GiB}]\n")
    assert finding.path == ("storage", 1, "size")
