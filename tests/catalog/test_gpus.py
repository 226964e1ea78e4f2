"""GPU numbers are dense peaks with a source, and what EC2 calls a GPU finds its row."""

import pytest

from clusterwright.catalog import aws
from clusterwright.catalog.gpus import ec2_kind, gpu, gpus
from clusterwright.catalog.machines import machine, names


@pytest.mark.parametrize(
    ("name", "kind"),
    [("p4d.24xlarge", "A100 40GB"), ("p4de.24xlarge", "A100 80GB"), ("p5.48xlarge", "H100 80GB")],
)
def test_one_name_of_ec2_for_two_sizes_is_told_apart_by_memory(name: str, kind: str) -> None:
    gpus_of = aws.row(name).gpus
    assert gpus_of is not None
    assert gpus_of.kind == kind


def test_a_name_or_a_memory_that_ec2_does_not_use_is_unknown() -> None:
    assert ec2_kind("A100", 81920) == "A100 80GB"
    assert ec2_kind("A100", 81921) is None


# Kinds that a cloud rents and whose dense speeds nobody publishes; a plan can't estimate them.
SPEEDS_UNKNOWN = {"T4G", "RTX PRO 4500", "RTX PRO 6000"}
BEFORE_AMPERE = {"V100 32GB", "T4", "T4G"}


@pytest.mark.parametrize("provider", ["aws", "gcp"])
def test_every_gpu_that_a_cloud_rents_is_known(provider: str) -> None:
    kinds = {row.gpus.kind for name in names(provider) if (row := machine(provider, name)) and row.gpus}
    assert kinds
    assert kinds <= set(gpus())


def test_every_gpu_is_rented_by_a_cloud() -> None:
    assert all(row.aws or row.gcp for row in gpus().values())


def test_a_cloud_s_name_means_one_gpu() -> None:
    named = [row.aws for row in gpus().values() if row.aws] + [name for row in gpus().values() for name in row.gcp]
    assert len(named) == len(set(named))


def test_speeds_are_there_but_for_those_that_are_listed_as_unknown() -> None:
    assert {kind for kind, row in gpus().items() if row.fp16_tflops is None} == SPEEDS_UNKNOWN


def test_bf16_came_with_ampere() -> None:
    assert {kind for kind, row in gpus().items() if row.bf16_tflops is None} == SPEEDS_UNKNOWN | BEFORE_AMPERE


def test_speeds_are_dense_and_not_the_doubled_ones_of_sparsity() -> None:
    a100, h100 = gpus()["A100 80GB"], gpus()["H100 80GB"]
    assert (a100.bf16_tflops, h100.bf16_tflops, h100.fp8_tflops) == (312.0, 989.4, 1978.9)


def test_fp32_is_the_speed_of_ordinary_cores_and_below_that_of_tensor_cores() -> None:
    assert gpus()["H100 80GB"].fp32_tflops == 66.9
    both = [row for row in gpus().values() if row.fp32_tflops and row.fp16_tflops]
    assert len(both) > 5
    assert all((row.fp32_tflops or 0) < (row.fp16_tflops or 0) / 3 for row in both)


@pytest.mark.parametrize("kind", gpus())
def test_numbers_of_a_gpu_are_consistent(kind: str) -> None:
    row = gpus()[kind]
    if row.bf16_tflops:
        assert row.fp16_tflops == row.bf16_tflops
    if row.fp8_tflops and row.bf16_tflops:  # half the bits, twice the speed; a sparse number among them breaks this
        assert row.fp8_tflops == pytest.approx(2 * row.bf16_tflops, rel=0.02)
    if row.aws:  # EC2 counts what a program can use, in MiB
        assert row.aws.memory_mib * 2**20 == pytest.approx(row.memory_gb * 2**30, rel=0.08)


def test_what_is_not_known_is_none_and_not_zero() -> None:
    assert gpus()["A100 80GB"].fp8_tflops is None
    assert gpu("B3000") is None
    assert all(value != 0 for row in gpus().values() for value in row.model_dump().values())


def test_every_gpu_names_its_source() -> None:
    assert all("https://" in row.source or "EC2 DescribeInstanceTypes" in row.source for row in gpus().values())


def test_bf16_is_of_those_gpus_that_compute_it() -> None:
    for kind, row in gpus().items():
        assert row.compute_capability is not None, kind
        assert row.bf16_tflops is None or row.compute_capability >= 8.0, kind
