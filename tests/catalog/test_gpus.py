"""GPU numbers are dense peaks with a source, and what EC2 calls a GPU finds its row."""

import pytest

from clusterwright.catalog import aws
from clusterwright.catalog.gpus import ec2_gpu, gpu, gpus


@pytest.mark.parametrize(
    ("machine", "kind"),
    [("p4d.24xlarge", "A100 40GB"), ("p4de.24xlarge", "A100 80GB"), ("p5.48xlarge", "H100 80GB")],
)
def test_one_name_of_ec2_for_two_sizes_is_told_apart_by_memory(machine: str, kind: str) -> None:
    row = aws.machine(machine)
    assert row is not None
    assert row.gpus is not None
    found = ec2_gpu(row.gpus.kind, row.gpus.memory_mib)
    assert found is not None
    assert found == gpu(kind)


def test_speeds_are_dense_and_not_the_doubled_ones_of_sparsity() -> None:
    a100, h100 = gpus()["A100 80GB"], gpus()["H100 80GB"]
    assert (a100.bf16_tflops, h100.bf16_tflops, h100.fp8_tflops) == (312.0, 989.4, 1978.9)


def test_what_is_not_known_is_none_and_not_zero() -> None:
    assert gpus()["A100 80GB"].fp8_tflops is None
    assert gpu("B300") is None
    assert all(value != 0 for row in gpus().values() for value in row.model_dump().values())


def test_every_gpu_names_its_source() -> None:
    assert all(row.source.startswith("https://") for row in gpus().values())
