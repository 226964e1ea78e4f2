"""File systems and disks on AWS: every value that a hint proposes is one that the rule accepts."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.aws import found, said


def lustre(**keys: object) -> str:
    known = {"name": "scratch", "kind": "lustre", "size": "4800 GiB"} | keys
    return f"storage: [{{{', '.join(f'{key}: {value}' for key, value in known.items())}}}]\n"


@given(
    size=st.integers(1, 200_000),
    tier=st.sampled_from(
        [
            {"deployment": "scratch_1"},
            {"deployment": "scratch_2"},
            {"deployment": "persistent_1", "throughput": "50 MB/s/TiB"},
            {"deployment": "persistent_1", "drive": "hdd", "throughput": "12 MB/s/TiB"},
            {"deployment": "persistent_1", "drive": "hdd", "throughput": "40 MB/s/TiB"},
            {"deployment": "persistent_2", "throughput": "1000 MB/s/TiB", "efa": "true"},
            {"deployment": "persistent_2", "throughput": "125 MB/s/TiB", "efa": "false"},
        ]
    ),
)
@settings(max_examples=100, deadline=None)
def test_a_proposed_size_is_one_that_fsx_has(size: int, tier: dict[str, str]) -> None:
    for finding in found("CW-STO-101", lustre(size=f"{size} GiB", **tier)):
        near = [int(number) for number in re.findall(r"`size: (\d+) GiB`", finding.hint)]
        assert near == sorted(near)
        assert near[-1] > size
        for good in near:
            assert said("CW-STO-101", lustre(size=f"{good} GiB", **tier)) == []


@pytest.mark.parametrize(("size", "allowed"), [(1200, True), (2400, True), (3600, True), (4800, False), (7200, True)])
def test_scratch_1_has_steps_of_its_own(size: int, allowed: bool) -> None:
    assert (said("CW-STO-101", lustre(size=f"{size} GiB", deployment="scratch_1")) == []) is allowed


@pytest.mark.parametrize(("rate", "least"), [(125, 38400), (250, 19200), (500, 9600), (1000, 4800)])
def test_efa_has_larger_steps_the_slower_a_file_system_is(rate: int, least: int) -> None:
    keys = {"deployment": "persistent_2", "throughput": f"{rate} MB/s/TiB", "efa": "true"}
    assert said("CW-STO-101", lustre(size=f"{least} GiB", **keys)) == []
    assert len(said("CW-STO-101", lustre(size=f"{least // 2} GiB", **keys))) == 1


def test_of_a_rate_that_there_is_not_one_rule_speaks() -> None:
    keys = {"deployment": "persistent_2", "throughput": "300 MB/s/TiB", "size": "5000 GiB"}
    assert said("CW-STO-101", lustre(**keys)) == []
    assert len(said("CW-STO-102", lustre(**keys))) == 1


def test_of_a_drive_that_there_is_not_one_rule_speaks() -> None:
    keys = {"deployment": "scratch_2", "drive": "hdd", "throughput": "12 MB/s/TiB", "size": "5000 GiB"}
    assert said("CW-STO-101", lustre(**keys)) == said("CW-STO-102", lustre(**keys)) == []
    assert said("CW-STO-103", lustre(**keys)) == ["scratch_2 has no drives of kind hdd"]


def test_scratch_has_one_speed() -> None:
    (finding,) = found("CW-STO-102", lustre(deployment="scratch_2", throughput="200 MB/s/TiB"))
    assert finding.hint == "leave `throughput` out"


@pytest.mark.parametrize(("kept", "codes"), [("36 h", 0), ("90 d", 0), ("91 d", 1)])
def test_backups_are_kept_for_90_days_at_most(kept: str, codes: int) -> None:
    assert len(said("CW-STO-106", lustre(backups=kept))) == codes


def test_a_file_system_that_shows_a_bucket_is_not_backed_up() -> None:
    spec = lustre(deployment="persistent_2", backups="7 d", bucket="data")
    assert said("CW-STO-105", spec) == ["the file system shows the bucket `data`, and has no backups"]


@pytest.mark.parametrize(("key", "codes"), [("cluster", 0), ("provider", 0), ("'arn:aws:kms:us-east-1:1:key/k'", 1)])
def test_only_a_key_that_is_named_can_be_missed(key: str, codes: int) -> None:
    assert len(said("CW-SEC-104", lustre(deployment="scratch_2") + f"security: {{key: {key}}}\n")) == codes


def disk(**keys: object) -> str:
    return f"head: {{machine: m7i.48xlarge, disk: {{{', '.join(f'{key}: {value}' for key, value in keys.items())}}}}}\n"


@given(
    size=st.integers(1, 70_000),
    iops=st.integers(1, 300_000),
    throughput=st.integers(1, 3000),
    kind=st.sampled_from(["gp3", "io2"]),
)
@settings(max_examples=100, deadline=None)
def test_what_a_hint_proposes_for_a_disk_is_accepted(size: int, iops: int, throughput: int, kind: str) -> None:
    given = {"size": f"{size} GiB", "iops": iops, "throughput": f"{throughput} MB/s", "kind": kind}
    for code in ("CW-STO-111", "CW-STO-112", "CW-STO-113"):
        for finding in found(code, disk(**given)):
            for key, value in re.findall(r"`(size|iops|throughput): ([^`]+)`", finding.hint):
                changed = disk(**given | {key: value})
                assert said(code, changed) == [], finding
                assert key != "iops" or said("CW-STO-112", changed) == [], finding
            assert re.search(r"`(size|iops|throughput): |leave `throughput` out", finding.hint)


def test_a_size_is_rounded_up_to_whole_gib() -> None:
    assert said("CW-STO-111", disk(size="100 GB")) == []
    assert said("CW-STO-101", lustre(deployment="scratch_2", size="2576 GB")) == []  # 2399.1 GiB


def test_a_small_disk_has_the_least_iops_all_the_same() -> None:
    assert said("CW-STO-112", disk(size="1 GiB", iops=3000)) == []


def test_the_limits_of_gp3_are_those_of_late_2025() -> None:
    """80,000 IOPS and 2,000 MiB/s, not the 16,000 and 1,000 of older pages."""
    assert said("CW-STO-112", disk(size="200 GiB", iops=80000)) == []
    assert said("CW-STO-112", disk(size="200 GiB", iops=80001)) == [
        "gp3 of 200 GiB has 3,000 to 80,000 IOPS, not 80,001"
    ]
    assert said("CW-STO-113", disk(size="200 GiB", iops=8000, throughput="2000 MB/s")) == []


def test_io2_has_no_throughput_to_choose() -> None:
    assert said("CW-STO-113", disk(size="200 GiB", kind="io2", iops=3000, throughput="500 MB/s")) == [
        "the throughput of io2 can't be chosen"
    ]


def test_a_volume_is_a_disk_of_the_heads() -> None:
    volume = "storage: [{name: v, kind: volume, size: 100 GiB, throughput: 750 MB/s}]\n"
    (finding,) = found("CW-STO-114", "head: {machine: m7i.large}\n" + volume)
    assert finding.path == ("storage", 0, "throughput")
    assert said("CW-STO-114", "head: {machine: m7i.48xlarge}\n" + volume) == []


def test_what_every_disk_has_is_not_too_much_for_a_small_machine() -> None:
    small = "head: {machine: m7i.large, disk: {size: 200 GiB, throughput: %d MB/s}}\n"
    assert said("CW-STO-114", small % 125) == []
    assert len(said("CW-STO-114", small % 126)) == 1


@pytest.mark.parametrize("kind", ["pd-ssd", "hyperdisk-balanced"])
def test_a_disk_of_another_cloud_is_not_judged_by_the_limits_of_this_one(kind: str) -> None:
    for code in ("CW-STO-111", "CW-STO-112", "CW-STO-113", "CW-STO-114"):
        assert said(code, disk(size="1 MB", kind=kind, iops=1, throughput="1 MB/s")) == []
