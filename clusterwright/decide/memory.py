"""How much GPU memory a rank needs to train a model, and how the ranks share it out where it is too much for one.

Memory is of bytes a rank, counted as the papers do that the numbers come from:

- States, with Adam in mixed precision: 16 bytes a parameter (weights and gradients 2 each, the optimizer's copy and two
  moments 12). Over N ranks 4 + 12/N with the optimizer's state shared out (ZeRO-1), 16/N with everything (ZeRO-3):
  Rajbhandari et al. 2020 (https://arxiv.org/abs/1910.02054), section 3 and figure 1. Plain fp32 takes 16 as well.
- Gathered, with everything shared out: one block's weights and gradients are whole while it is computed, 4 bytes a
  parameter (Zhao et al. 2023, https://arxiv.org/abs/2304.11277, section 3.2).
- Activations of a block for b sequences of s tokens and width h: 34 s b h, without the matrix of attention scores,
  which fused attention never stores; 2 s b h for a block whose activations are computed again (Korthikanti et al.
  2022, https://arxiv.org/abs/2205.05198, equations 1 and 6). In fp32 what is no mask takes twice as much: 66 and 4.
  The second attention of a translator's decoder takes 13 s b h more (section 4.1: attention 11, its norm 2), so that
  its blocks and the encoder's take 81/2 of them on average instead of 34.
- Logits: 4 bytes for each token of the vocabulary at each position through the head, which for a BERT are the masked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal, TypeVar

from clusterwright.catalog.gpus import gpu
from clusterwright.catalog.machines import Machine
from clusterwright.catalog.models import block_parameters
from clusterwright.decide.choice import Choice
from clusterwright.decide.job import DecidedJob, Workload, ranks_of
from clusterwright.decide.machines import machine_of
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.job import JobSpec

AnyWorkload = TypeVar("AnyWorkload", bound=Workload)
Sharding = Literal["none", "optimizer", "full"]
SHARDINGS: tuple[Sharding, ...] = ("none", "optimizer", "full")

USABLE = 0.9
"""The share of a GPU's memory that a model gets; the rest is CUDA's, NCCL's buffers', and lost between blocks of
memory. Our own choice, until it is measured."""

BF16 = 8.0
"""The compute capability from which a GPU computes bf16: Ampere's (CUDA C++ Programming Guide, arithmetic)."""


@dataclass(frozen=True)
class Memory:
    """What one rank needs, in bytes."""

    states: int
    gathered: int
    activations: int
    logits: int

    @property
    def total(self) -> int:
        return self.states + self.gathered + self.activations + self.logits


@dataclass(frozen=True)
class Sharing:
    """How ranks share a model out, and whether they compute activations again in the backward pass."""

    sharding: Sharding = "none"
    recompute: bool = False


def memory(job: Workload, ranks: int, sharing: Sharing, micro_batch: int | None = None) -> Memory:
    """What a rank of `ranks` needs in the phase that needs most; `micro_batch` in place of the job's own."""
    phases = [_memory(job, name, ranks, sharing, micro_batch) for name, _ in job.training]
    return max(phases, key=lambda needed: needed.total)


def _memory(job: Workload, phase: str, ranks: int, sharing: Sharing, micro_batch: int | None) -> Memory:
    settings, size = dict(job.training)[phase], job.size
    batch = min(micro_batch or settings["micro_batch"], max(1, ceil(settings["batch"] / ranks)))
    tokens = settings["sequence"] * batch
    full, again = (66, 4) if job.precision == "fp32" else (34, 2)
    block = full * tokens * size.hidden
    layers = size.layers
    if size.family == "encoder_decoder":
        layers, block = 2 * size.layers, block * 81 // 68
    activations = block + again * tokens * size.hidden * layers if sharing.recompute else block * layers
    states = {"none": 16, "optimizer": 4 + 12 / ranks, "full": 16 / ranks}[sharing.sharding]
    return Memory(
        states=ceil(states * job.parameters),
        gathered=4 * block_parameters(size) if sharing.sharding == "full" else 0,
        activations=activations,
        logits=4 * _positions(job, phase, batch) * job.vocabulary,
    )


def _positions(job: Workload, phase: str, batch: int) -> int:
    """Positions that go through the head: all of a decoder's, the masked ones of a BERT's, none in fine-tuning."""
    if phase == "finetune":
        return 0
    sequence, masking = job.pretrain["sequence"], job.pretrain.get("masking")
    return batch * (sequence if masking is None else max(1, ceil(masking * sequence)))


def settled(job: AnyWorkload, machine: Machine | None) -> AnyWorkload:
    """The job with the precision that `auto` is on that machine type: bf16 on GPUs that compute it, from Ampere on."""
    row = gpu(machine.gpus.kind) if machine and machine.gpus else None
    if job.precision != "auto" or row is None or row.compute_capability is None:
        return job
    return replace(job, precision="bf16" if row.compute_capability >= BF16 else "fp32")


def usable(machine: Machine | None) -> int | None:
    """The bytes of GPU memory that a rank can use on that machine type; None without GPUs, or where it is not known."""
    return int(machine.gpus.memory_mib * 2**20 * USABLE) if machine and machine.gpus else None


def ways(own: bool, sharding: Sharding | None = None, recompute: bool | None = None) -> tuple[Sharing, ...]:
    """The ways of sharing that what is given leaves open, the fastest first.

    Sharing out costs messages between ranks, which overlap with computing; computing again costs a third more of it.
    The project's own training has one way: each rank has the whole model (training/loop.py).
    """
    if own:
        return (Sharing(),)
    return tuple(
        Sharing(shared, again)
        for again in ((False, True) if recompute is None else (recompute,))
        for shared in (SHARDINGS if sharding is None else (sharding,))
    )


def first_that_fits(
    job: Workload, ranks: int, room: int, options: Iterable[Sharing], micro_batch: int | None = None
) -> Sharing | None:
    """The first way of sharing with which a rank needs no more than `room` bytes; None where none is enough."""
    return next((option for option in options if memory(job, ranks, option, micro_batch).total <= room), None)


def decide_sharing(spec: ClusterSpec, job: DecidedJob) -> Choice[Sharing]:
    """How the job's ranks share its model out: as the spec says, and for what it leaves open the fastest that fits.

    Where nothing fits, it is what needs least; the rules refuse that.
    """
    given = spec.job if isinstance(spec.job, JobSpec) else JobSpec()
    group = spec.job_group
    machine = machine_of(spec, group) if group else None
    room, options = usable(machine), ways(job.own, given.sharding, given.recompute)
    if group is None or machine is None or room is None:
        return Choice(options[0], "nodes without GPUs have their main memory for a model")
    job, ranks = settled(job, machine), ranks_of(spec, group, machine)
    chosen = first_that_fits(job, ranks, room, options) or options[-1]
    why = "the project's own training has no other" if job.own else "the fastest that fits"
    needed = memory(job, ranks, chosen).total
    return Choice(chosen, f"{why}: a rank needs {gib(needed)} of {gib(room)} that a model can use")


def gib(size: int) -> str:
    """A number of bytes as people read it."""
    return f"{size / 2**30:,.1f} GiB" if size >= 2**30 / 10 else f"{size / 2**20:,.1f} MiB"
