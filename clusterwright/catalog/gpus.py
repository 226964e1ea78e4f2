"""GPUs, from gpus.json. A number that no source gives is None, never 0."""

from collections.abc import Mapping
from functools import cache

from clusterwright.catalog.rows import FOLDER, Row


class Ec2Gpu(Row):
    """What EC2 calls a GPU: it has one name for both sizes of the A100, so the memory that it gives is part of it."""

    name: str
    memory_mib: int


class Gpu(Row):
    """A kind of GPU. Speeds are dense peaks in 10^12 operations a second, without sparsity, for which
    vendors print twice as much: of matrices of that type, summed in FP32. GPUs before Ampere have no bf16, those before
    Ada no fp8. That of fp32 is what the ordinary cores do, with which PyTorch computes it unless told to use TF32.
    `memory_gb_per_s` and `nvlink_gb_per_s` (both directions together; None where there is no NVLink) are in 10^9 bytes
    a second. `date` (YYYY-MM-DD) is the day that `source` was read.

    `compute_capability` says which programs run on it, after NVIDIA's tables (https://developer.nvidia.com/cuda-gpus
    and cuda-legacy-gpus; the A10G and T4G are not listed, and have that of the A10 and T4).

    `aws` and `gcp` are the clouds' own names; a GPU that a cloud does not rent has none there. GCP may have several:
    one for each fabric.
    """

    memory_gb: int
    compute_capability: float | None = None
    bf16_tflops: float | None = None
    fp16_tflops: float | None = None
    fp8_tflops: float | None = None
    fp32_tflops: float | None = None
    memory_gb_per_s: float | None = None
    nvlink_gb_per_s: float | None = None
    board_watts: int | None = None
    aws: Ec2Gpu | None = None
    gcp: tuple[str, ...] = ()
    date: str
    source: str


class GpuKinds(Row):
    """All of gpus.json."""

    gpus: Mapping[str, Gpu]


@cache
def gpus() -> Mapping[str, Gpu]:
    """The kinds of GPU by name."""
    return GpuKinds.model_validate_json((FOLDER / "gpus.json").read_text(encoding="utf-8")).gpus


def gpu(kind: str) -> Gpu | None:
    """The GPU of that name, or None where its numbers are not known."""
    return gpus().get(kind)


def ec2_kind(name: str, memory_mib: int) -> str | None:
    """Our name of the GPU that EC2 calls by that name and memory, or None where gpus.json has none."""
    wanted = Ec2Gpu(name=name, memory_mib=memory_mib)
    return next((kind for kind, row in gpus().items() if row.aws == wanted), None)
