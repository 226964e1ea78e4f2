"""Trainings that were timed, from calibration.yaml: what each achieved, by our own count of its work."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from math import log10
from pathlib import Path
from typing import Any, Literal

from clusterwright.catalog.gpus import Gpu, gpu
from clusterwright.catalog.models import Architecture, Family
from clusterwright.catalog.rows import Row, read
from clusterwright.estimate import flops

Software = Literal["fused", "eager"]
TERA = 1e12
CORE, CLOUD_CORE = CORES = ("CPU core", "CPU core of a cloud")
"""The devices of what is trained without a GPU, here and elsewhere. No peak is known of them, so the speed itself is
calibrated."""


class Shape(Row):
    """The size of a model that was trained."""

    family: Family = "bert"
    layers: int
    hidden: int
    intermediate: int
    vocabulary: int

    @property
    def architecture(self) -> Architecture:
        size = {"layers": self.layers, "hidden": self.hidden, "intermediate": self.intermediate}
        return Architecture(family=self.family, heads=1, **size)


class Training(Row):
    """A training that was timed; calibration.yaml says what its fields mean. `head` is the share of a BERT's positions
    that went through its head; `recompute`: all activations were computed again. `devices` of None were not told."""

    name: str
    device: str
    peak_tflops: float | None = None
    precision: str
    software: Software
    shape: Shape
    sequence: int
    recompute: bool = False
    head: float | None = None
    devices: int | None = None
    rate: float | None = None
    mfu: float | None = None
    source: str

    @cached_property
    def peak(self) -> float | None:
        """The device's peak in FLOP/s at that precision, None where it is not known."""
        if self.peak_tflops is not None:
            return self.peak_tflops * TERA
        row = gpu(self.device)
        return peak(row, self.precision) if row else None

    @cached_property
    def achieved(self) -> float:
        """FLOP/s of one device, what it computed again counted as well."""
        if self.rate is None:
            return (self.mfu or 0.0) * (self.peak or 0.0)
        size = self.shape.architecture
        whole = flops.pretraining(size, self.shape.vocabulary, self.sequence, self.head)
        return self.rate * whole / self.sequence * (flops.RECOMPUTED if self.recompute else 1.0)

    @cached_property
    def efficiency(self) -> float:
        """The share of the peak that was achieved; of a device without one, the FLOP/s themselves."""
        return self.achieved / self.peak if self.peak else self.achieved

    @cached_property
    def magnitude(self) -> float:
        return magnitude(self.shape.architecture, self.sequence)


class Trainings(Row):
    """All of calibration.yaml. What `shapes` and `sources` hold, rows refer to."""

    shapes: Mapping[str, Any]
    sources: Mapping[str, Any]
    rows: list[Training]


@cache
def trainings() -> tuple[Training, ...]:
    return tuple(read("calibration.yaml", Trainings, Path(__file__).parent).rows)


def peak(row: Gpu, precision: str) -> float | None:
    """The dense peak of a GPU in FLOP/s, None where it is not known. In fp32 it is that of the ordinary cores: PyTorch
    multiplies such matrices without tensor cores unless it is told to
    (https://pytorch.org/docs/stable/notes/cuda.html, TF32)."""
    known = {"bf16": row.bf16_tflops, "fp16": row.fp16_tflops, "fp8": row.fp8_tflops, "fp32": row.fp32_tflops}
    tflops = known.get(precision)
    return tflops * TERA if tflops is not None else None


def magnitude(size: Architecture, sequence: int) -> float:
    """How large a model is for a device: the decimal logarithm of a block's FLOP a token."""
    return log10(flops.block(size, sequence))
