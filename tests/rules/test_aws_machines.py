"""Machine types and images on AWS: where there are any, what stands in for them, what starts on them."""

import pytest

from tests.rules.aws import found, said

IMAGE = "name: u, created: 2026-11-01"


def group(machine: str = "c7i.8xlarge", more: str = "") -> str:
    return f"groups: [{{name: train, machine: {machine}{more}}}]\n"


def test_each_part_that_the_zone_does_not_have_is_named() -> None:
    lock = "offerings: {m7i.large: [], p5.48xlarge: [us-east-1b, us-east-1c]}\n"
    first, second = found("CW-CMP-101", group("p5.48xlarge"), lock)
    assert (first.what, first.hint) == (
        "zone us-east-1a has no m7i.large, which the head asks for; no zone of us-east-1 has it",
        "write another machine type",
    )
    assert second.hint == "write `zone: us-east-1b`, or another machine type"


def test_a_machine_type_that_the_lock_does_not_know_is_the_locks_fault() -> None:
    assert said("CW-CMP-101", group("p5.48xlarge"), "offerings: {}\n") == []
    assert said("CW-LCK-002", group("p5.48xlarge"), "offerings: {m7i.large: [us-east-1a]}\n") == [
        "the lock of 2026-11-24 knows neither zones nor prices of `p5.48xlarge`"
    ]


def test_what_is_asked_for_twice_is_unknown_once() -> None:
    assert said("CW-CMP-101", "head: {machine: c7i.8xlarge}\n" + group()) == [
        "unknown without a lock: whether zone `us-east-1a` offers c7i.8xlarge"
    ]


def test_the_lock_goes_before_the_catalogs_offerings() -> None:
    spec = group("p6-b300.48xlarge")
    assert len(said("CW-CMP-107", spec, region="eu-central-2")) == 1
    offered = "zones: {us-east-1a: use1-az99}\nofferings: {p5.48xlarge: [us-east-1a]}\n"
    assert said("CW-CMP-107", group("p5.48xlarge"), offered) == []


def test_a_zone_is_known_by_its_id() -> None:
    (finding,) = found("CW-CMP-107", group("p5.48xlarge"), "zones: {us-east-1a: use1-az99}\n")
    assert "zone us-east-1a (use1-az99) had no p5.48xlarge" in finding.what
    assert "use1-az" in finding.hint


def test_a_region_that_the_catalog_does_not_know_is_not_judged() -> None:
    assert said("CW-CMP-107", group("p6-b300.48xlarge"), region="us-moon-1") == []


def test_a_share_of_a_gpu_needs_another_driver() -> None:
    (finding,) = found("CW-CMP-102", group("g6f.large"))
    assert finding.what == "group `train` has g6f.large, which has 0.125 of an L4"
    assert said("CW-CMP-102", group("g6f.large", ", image: ami-0123456789abcdef0")) == []
    assert said("CW-CMP-102", group("g6.2xlarge")) == []


@pytest.mark.parametrize(
    ("machine", "more", "reason"),
    [
        ("g6.2xlarge", "", "its nodes have GPUs"),
        ("c7i.48xlarge", ", fabric: efa", "its nodes have EFA"),
        ("c7i.8xlarge", ", capacity: {kind: reservation, id: cr-0123456789abcdef0}", "its nodes are of a reservation"),
    ],
)
def test_machines_that_have_to_be_alike_have_no_alternatives(machine: str, more: str, reason: str) -> None:
    spec = group(machine, f", alternatives: [c7a.48xlarge]{more}")
    assert said("CW-CMP-103", spec) == [f"group `train` has alternatives, and {reason}"]


def test_an_alternative_is_named_once() -> None:
    spec = group(more=", alternatives: [c7a.8xlarge, c7i.8xlarge, c7a.8xlarge]")
    assert [(finding.path[-1], finding.what) for finding in found("CW-CMP-104", spec)] == [
        (1, "group `train` has `c7i.8xlarge` already"),
        (2, "group `train` has `c7a.8xlarge` already"),
    ]


def test_of_an_unknown_alternative_one_rule_speaks() -> None:
    spec = group(more=", alternatives: [c9z.tiny]")
    assert len(said("CW-CMP-104", spec)) == 1
    assert said("CW-CMP-105", spec) == said("CW-CMP-106", spec) == []


@pytest.mark.parametrize(
    ("machine", "key"), [("c7i.8xlarge", "cpu-x86_64"), ("c7g.8xlarge", "cpu-arm64"), ("g5g.xlarge", "gpu-arm64")]
)
def test_a_machine_starts_from_the_image_of_its_kind(machine: str, key: str) -> None:
    spec = f"head: {{machine: {machine}}}\n" + group(machine)
    (finding,) = found("CW-LCK-003", spec, "images: {}\n")
    assert finding.what == f"the lock of 2026-11-24 has no image `{key}`, from which the head starts"
    known = f"images: {{{key}: {{id: ami-1, architecture: x86_64, size: 8 GiB, {IMAGE}}}}}\n"
    assert said("CW-LCK-003", spec, known) == []


def test_an_image_of_ones_own_is_one_that_the_account_can_see() -> None:
    own = "head: {image: ami-0123456789abcdef0}\n" + group(more=", image: ami-0123456789abcdef0")
    (finding,) = found("CW-LCK-003", own, "images: {}\n")
    assert finding.path == ("head", "image")
    assert said("CW-LCK-003", own.replace("ami-0123456789abcdef0", "mine"), "images: {}\n") == []
    image = f"{{id: ami-0123456789abcdef0, architecture: arm64, size: 8 GiB, {IMAGE}}}"
    known = f"images: {{ami-0123456789abcdef0: {image}}}\n"
    assert said("CW-LCK-003", own, known) == []
    assert len(said("CW-CMP-013", own, known)) == 2


def test_a_disk_is_rounded_up_to_what_its_image_takes() -> None:
    spec = group(more=", disk: {size: 7 GiB}")
    lock = f"images: {{cpu-x86_64: {{id: ami-1, architecture: x86_64, size: 8500 MiB, {IMAGE}}}}}\n"
    (finding,) = found("CW-CMP-014", spec, lock)
    assert finding.path == ("groups", 0, "disk", "size")
    assert finding.hint == "write `size: 9 GiB` or more, or leave `disk` out"
    assert said("CW-CMP-014", spec.replace("7 GiB", "9 GiB"), lock) == []
