"""What a rank needs of its GPU's memory in each way of sharing the model out, and how much then fits at once."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from clusterwright.decide.memory import Sharing, memory, usable, ways
from clusterwright.estimate.job import Job
from clusterwright.estimate.quantity import BYTE, Figure, between, exactly, unknown

COUNTED = (0.95, 1.0, 1.15)
"""What a rank really takes of what is counted: rounding, and what lies between blocks of memory; our own assumption."""


@dataclass(frozen=True)
class Way:
    """A way of sharing out: what a rank needs with the plan's micro-batch, whether that fits (None: not known), and the
    largest power of two of sequences at once that does; None where not even one does, or it is not known."""

    sharing: Sharing
    chosen: bool
    needed: Figure
    fits: bool | None
    largest_micro_batch: int | None


@dataclass(frozen=True)
class Room:
    """What a model can use of a GPU, and the ways of fitting into it."""

    usable: Figure
    ways: tuple[Way, ...]


def room(job: Job) -> Room:
    size = usable(job.machine)
    if size is None:
        whole = unknown(BYTE, "nodes without GPUs have their main memory for a model")
    else:
        whole = exactly(size, BYTE, f"a GPU of {job.group.machine}, less a tenth for CUDA and NCCL")
    told = [sharing for sharing in ways(job.own) if job.ranks > 1 or sharing.sharding == "none"]
    return Room(whole, tuple(_way(job, sharing, size) for sharing in told))


def _way(job: Job, sharing: Sharing, size: int | None) -> Way:
    needed = memory(job.work, job.ranks, sharing).total
    return Way(
        sharing=sharing,
        chosen=sharing == job.sharing,
        needed=between(COUNTED, BYTE, "states, one gathered block, activations and logits", needed),
        fits=None if size is None else needed <= size,
        largest_micro_batch=None if size is None else _largest(job, sharing, size),
    )


def _largest(job: Job, sharing: Sharing, size: int) -> int | None:
    """The largest power of two of sequences that fits at once, and is not more than a rank has in a step."""
    sequences = max(ceil(settings["batch"] / job.ranks) for _, settings in job.work.training)
    best, micro_batch = None, 1
    while micro_batch < 2 * sequences and memory(job.work, job.ranks, sharing, micro_batch).total <= size:
        best, micro_batch = micro_batch, 2 * micro_batch
    return min(best, sequences) if best else None
