"""How long an optimizer step takes: computing, moving data in the GPU's memory, starting kernels, telling others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from clusterwright.decide.memory import memory
from clusterwright.estimate import flops, network
from clusterwright.estimate.calibration import CLOUD_CORE, CORE, Software, magnitude, peak
from clusterwright.estimate.efficiency import Asked, Efficiency, calibrated
from clusterwright.estimate.job import Job
from clusterwright.estimate.quantity import (
    BYTE,
    BYTE_PER_SECOND,
    FLOP,
    FLOP_PER_SECOND,
    ONE,
    SECOND,
    Figure,
    Span,
    between,
    exactly,
    largest,
    total,
    unknown,
)

GIGA = 1e9
HBM = (0.6, 0.8, 0.92)
"""The share of its memory's bandwidth that a GPU reaches when it adds up large arrays
(https://github.com/stas00/ml-engineering/tree/master/compute/accelerator)."""
KERNELS, LAUNCH = (60, 90, 150), (3e-6, 5e-6, 8e-6)
"""Kernels that PyTorch starts for a block and its gradients when it runs one operation after the other, and seconds
that starting one takes the CPU: a small micro-batch is computed faster than that
(https://pytorch.org/blog/accelerating-pytorch-with-cuda-graphs/). The numbers are our own assumption."""
TOKEN_BYTES = 4
"""Bytes of a token's number in what a training reads."""


@dataclass(frozen=True)
class Step:
    """One step of a phase, of every rank: seconds, FLOP and FLOP/s of one rank, bytes.

    `device` is the slowest of `computing`, `moving` and `launching`. `exposed` is what is left of `communication` when
    as much as can be is hidden behind that; `loading` is what reading the step's text takes longer than the step
    itself. `micro_batches` is how many a rank computes, one after the other.
    """

    micro_batches: int
    work: Figure
    efficiency: Efficiency
    speed: Figure
    computing: Figure
    moving: Figure
    launching: Figure
    device: Figure
    communication: Figure
    exposed: Figure
    loading: Figure
    time: Figure

    @property
    def busy(self) -> float:
        """The share of its time in which a rank works by itself, 1 where that is not known."""
        if self.device.span is None or self.time.span is None:
            return 1.0
        return self.device.span.likely / self.time.span.likely


AS_TIMED = exactly(1.0, ONE, "whole sequences, as timed")


def step(job: Job, phase: str, storage: Figure, longer: Figure = AS_TIMED) -> Step:
    """A step of `phase`; `storage` is what the cluster's storage moves in a second, `longer` how much longer computing
    takes than of sequences that are whole."""
    settings: dict[str, Any] = dict(dict(job.work.training)[phase])
    sequences = ceil(settings["batch"] / job.ranks)
    micro_batch = min(settings["micro_batch"], sequences)
    micro_batches = ceil(sequences / micro_batch)
    work = exactly(sequences * flops.of_phase(job.work, phase), FLOP, f"{sequences} sequences a rank")
    again = flops.RECOMPUTED if job.sharing.recompute else 1.0
    efficiency = efficiency_of(job, settings["sequence"])
    speed = _speed(job, efficiency)
    extra = ", a third of it again" if job.sharing.recompute else ""
    computing = (again * work / speed * longer).because(f"work over achieved speed{extra}")
    moving = _moving(job, micro_batch, micro_batches)
    launching = _launching(job, micro_batches)
    device = largest(largest(computing, moving, "computing or moving"), launching, "the slowest of three")
    communication = network.communication(job, micro_batches)
    exposed = _beyond(communication, device, network.hidden_share(job, micro_batches))
    text = exactly(settings["batch"] * settings["sequence"] * TOKEN_BYTES, BYTE, "a batch of tokens")
    loading = _beyond(text / storage, device, (1.0, 1.0, 1.0))
    return Step(
        micro_batches=micro_batches,
        work=work,
        efficiency=efficiency,
        speed=speed,
        computing=computing,
        moving=moving,
        launching=launching,
        device=device,
        communication=communication,
        exposed=exposed.because("what computing can't hide"),
        loading=loading.because("reading that takes longer than the step"),
        time=total((device, exposed, loading), SECOND, "the slowest of three, and what it can't hide"),
    )


def software_of(job: Job) -> Software | None:
    """What computes: the project's own training runs PyTorch as it is, a program of the user's is not known."""
    return "eager" if job.own else None


def efficiency_of(job: Job, sequence: int) -> Efficiency:
    """The share of its peak that a rank's GPU achieves; without GPUs the FLOP/s of a core."""
    core = CLOUD_CORE if job.machine and job.machine.vcpus else CORE
    asked = Asked(job.group.gpu_kind or core, job.precision, software_of(job), magnitude(job.work.size, sequence))
    return calibrated(asked)


def _speed(job: Job, efficiency: Efficiency) -> Figure:
    """FLOP/s of one rank."""
    if job.group.gpu_kind is None:
        return _cores(job, efficiency.share)
    if not job.group.gpus:
        return unknown(FLOP_PER_SECOND, f"what a share of a {job.group.gpu_kind} computes is not known")
    top = peak(job.gpu, job.precision) if job.gpu else None
    if top is None:
        why = f"the peak of {job.group.gpu_kind} in {job.precision} is not known"
        return unknown(FLOP_PER_SECOND, why)
    return (efficiency.share * exactly(top, FLOP_PER_SECOND, "peak")).because(
        f"peak in {job.precision} x share achieved ({efficiency.share.basis})"
    )


def _cores(job: Job, core: Figure) -> Figure:
    """Ranks on CPUs have a core for each thread. Those on this machine share its cores, of which there may be no more
    than the two that were timed."""
    whole = core * job.threads
    if not job.here or whole.span is None:
        return whole
    ranks = job.ranks * job.threads
    low = whole.span.low * min(1.0, 2 / ranks)
    return Figure(whole.unit, Span(low, *whole.span[1:]), whole.basis + "; nodes share this machine's cores")


def _moving(job: Job, micro_batch: int, micro_batches: int) -> Figure:
    """Seconds that a rank's memory takes.

    For each micro-batch weights twice and gradients once, 8 bytes a parameter, and activations written and read twice;
    for the step 28 bytes a parameter that the optimizer has (AdamW in fp32 reads weights, gradients and moments, and
    writes all but the gradients).
    """
    if job.gpu is None:
        return exactly(0.0, SECOND, "of CPUs a part of what was timed")
    if job.gpu.memory_gb_per_s is None:
        return unknown(SECOND, f"the memory bandwidth of {job.group.gpu_kind} is not known")
    needed = memory(job.work, job.ranks, job.sharing, micro_batch)
    own = job.work.parameters / (1 if job.sharing.sharding == "none" else job.ranks)
    moved = micro_batches * (8 * job.work.parameters + 3 * (needed.activations + needed.logits)) + 28 * own
    speed = between(HBM, BYTE_PER_SECOND, "memory bandwidth", job.gpu.memory_gb_per_s * GIGA)
    return (exactly(moved, BYTE, "weights, gradients, activations, optimizer") / speed).because(
        "bytes that pass the GPU's memory over its bandwidth"
    )


def _launching(job: Job, micro_batches: int) -> Figure:
    """Seconds that the CPU takes to start a step's kernels; a program of the user's may need hardly any."""
    if job.gpu is None:
        return exactly(0.0, SECOND, "nothing is launched on CPUs")
    blocks = job.work.size.layers * micro_batches * (2 if job.work.size.family == "encoder_decoder" else 1)
    low, likely, high = (blocks * kernels * each for kernels, each in zip(KERNELS, LAUNCH, strict=True))
    if not job.own:
        low = likely = 0.0
    return between((low, likely, high), SECOND, f"{blocks} blocks of {KERNELS[1]} kernels")


def _beyond(time: Figure, device: Figure, shares: Sequence[float]) -> Figure:
    """What is left of `time` beyond the shares of `device`'s that it can hide behind."""
    if time.span is None or device.span is None:
        return time if time.span is None else Figure(time.unit, None, device.basis)
    least, usual, most = shares
    low = max(0.0, time.span.low - most * device.span.high)
    likely = max(low, time.span.likely - usual * device.span.likely)
    high = max(likely, time.span.high - least * device.span.low)
    return Figure(time.unit, Span(low, likely, high), time.basis)
