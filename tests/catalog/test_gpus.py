"""GPU numbers are dense peaks with a source, and what EC2 calls a GPU finds its row."""

import pytest

from clusterwright.catalog import aws
from clusterwright.catalog.gpus import ec2_kind, gpu, gpus


@pytest.mark.parametrize(
    ("machine", "kind"),
    [("p4d.24xlarge", "A100 40GB"), ("p4de.24xlarge", "A100 80GB"), ("p5.48xlarge", "H100 80GB")],
)
def test_one_name_of_ec2_for_two_sizes_is_told_apart_by_memory(machine: str, kind: str) -> None:
    gpus_of = aws.row(machine).gpus
    assert gpus_of is not None
    assert gpus_of.kind == kind


def test_a_name_or_a_memory_that_ec2_does_not_use_is_unknown() -> None:
    assert ec2_kind("A100", 81920) == "A100 80GB"
    assert ec2_kind("A100", 81921) is None


def test_speeds_are_dense_and_not_the_doubled_ones_of_sparsity() -> None:
    a100, h100 = gpus()["A100 80GB"], gpus()["H100 80GB"]
    assert (a100.bf16_tflops, h100.bf16_tflops, h100.fp8_tflops) == (312.0, 989.4, 1978.9)


def test_what_is_not_known_is_none_and_not_zero() -> None:
    assert gpus()["A100 80GB"].fp8_tflops is None
    assert gpu("B3000") is None
    assert all(value != 0 for row in gpus().values() for value in row.model_dump().values())


def test_every_gpu_names_its_source() -> None:
    assert all(row.source.startswith("https://") for row in gpus().values())
