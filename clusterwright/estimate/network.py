"""How long the ranks take to tell one another what they computed, in one step.

NCCL passes data around a ring of all GPUs, or along trees, which move as much: a GPU sends (g-1)/g of the data once for
each of the traversals, two for an all-reduce and one for a gather or a scatter (Patarasuk and Yuan 2009,
https://doi.org/10.1016/j.jpdc.2008.09.002; https://github.com/NVIDIA/nccl-tests/blob/master/doc/PERFORMANCE.md). Within
a node that goes over NVLink or PCIe, between nodes over all interfaces of the node at once; both at the same time, so
the slower one counts. Processes on CPUs talk through the kernel.
"""

from __future__ import annotations

from clusterwright.estimate.job import Job
from clusterwright.estimate.quantity import BYTE, BYTE_PER_SECOND, SECOND, Figure, between, exactly, largest, unknown
from clusterwright.plan.cloud import CloudGroupPlan

GIGA = 1e9
BITS = 8
PCIE = 31.5 * GIGA
"""What PCIe 4.0 moves over 16 lanes one way (https://pcisig.com/faq): 16 GT/s x 16 lanes x 128/130 / 8."""

RDMA = (0.4, 0.75, 0.95)
"""The share of a line that NCCL uses over a fabric made for GPUs. Likely and high are what all-reduces of 1 GiB and
more showed on p4de, p5 and a3-megagpu-8g, low is what 128 MiB did (clusterwright/node/health/thresholds.json)."""
TCP = (0.3, 0.6, 0.9)
"""The share over plain Ethernet, where the kernel copies; our own assumption."""
NVLINK = (0.6, 0.75, 0.9)
"""The share of NVLink: 360 of 450 GB/s one way on H100 is usual
(https://github.com/stas00/ml-engineering/tree/master/network)."""
OVER_PCIE = (0.25, 0.5, 0.8)
"""The share of PCIe, which GPUs share with one another on most machines; our own assumption."""
LOOPBACK = (0.25 * GIGA, 0.5 * GIGA, 1.0 * GIGA)
"""Bytes a second that gloo passes from one process of a machine to another. An all-reduce of 17 MB alone had 0.67 to
1.01 GB/s between two processes on two cores; a step of two ranks, with 11 MB of gradients, took 3 to 42 ms longer than
one of a rank by itself, 25 ms in the mean."""


def traffic(job: Job, micro_batches: int) -> Figure:
    """Bytes that pass the ring in a step, each traversal counted.

    Replicated: gradients once around and back, in fp32 for the project's own training (training/loop.py), in bf16 for
    others. With the optimizer's state shared out it is as much: gradients are scattered, weights gathered (Rajbhandari
    et al. 2020, https://arxiv.org/abs/1910.02054, section 7). With everything shared out, weights are gathered for each
    forward and each backward pass, and gradients scattered.
    """
    parameters = job.work.parameters
    if job.sharing.sharding == "full":
        value = 2 * parameters * (2 * micro_batches + 1)
        return exactly(value, BYTE, "weights for each pass and gradients, bf16")
    width = 4 if job.own or job.precision == "fp32" else 2
    return exactly(2 * width * parameters, BYTE, f"gradients of {width} bytes, around and back")


def communication(job: Job, micro_batches: int) -> Figure:
    """Seconds in a step that messages take, hidden or not."""
    if job.ranks == 1:
        return exactly(0.0, SECOND, "one rank has nobody to tell")
    moved = traffic(job, micro_batches)
    within, across = (job.ranks, 1) if job.here else (job.ranks_per_node, job.nodes)
    inside = moved * ((within - 1) / within) / _inside(job)
    if across == 1:
        return inside.because(f"{moved.basis}, {within} {'GPUs' if job.gpu else 'processes'} over {_link(job)}")
    outside = moved * ((across - 1) / across) / _outside(job)
    return largest(inside, outside, f"{moved.basis}, {across} nodes over {_outside(job).basis}")


def hidden_share(job: Job, micro_batches: int) -> tuple[float, float, float]:
    """The share of computing behind which messages can hide.

    Replicated, they go while the last micro-batch's backward pass, two thirds of its computing, goes on (Li et al.
    2020, https://arxiv.org/abs/2006.15704, section 3.2.3); with everything shared out during all but the first block's.
    On CPUs the cores that compute also pass the messages on.
    """
    if job.gpu is None:
        return 0.0, 0.0, 2 / 3 / micro_batches
    if job.sharing.sharding == "full":
        share = 1 - 1 / max(2, job.work.size.layers)
        return 0.5 * share, 0.8 * share, share
    share = 2 / 3 / micro_batches
    return 0.5 * share, 0.8 * share, share


def _inside(job: Job) -> Figure:
    """Bytes a second that a GPU sends to the others of its node."""
    if job.gpu is None:
        return between(LOOPBACK, BYTE_PER_SECOND, "loopback")
    nvlink = job.gpu.nvlink_gb_per_s
    if nvlink is None:
        return between(OVER_PCIE, BYTE_PER_SECOND, "PCIe 4.0", PCIE)
    return between(NVLINK, BYTE_PER_SECOND, "NVLink", nvlink / 2 * GIGA)


def _link(job: Job) -> str:
    if job.gpu is None:
        return "loopback"
    return "NVLink" if job.gpu.nvlink_gb_per_s else "PCIe 4.0"


def _outside(job: Job) -> Figure:
    """Bytes a second that a node sends to the others."""
    line = job.machine.network_gbps if job.machine else None
    if line is None:
        return unknown(BYTE_PER_SECOND, f"the network of {job.group.machine} is not known")
    fabric = job.group.fabric if isinstance(job.group, CloudGroupPlan) else "none"
    shares = TCP if fabric == "none" else RDMA
    name = f"{line:g} Gbit/s" + ("" if fabric == "none" else f" of {fabric}")
    return between(shares, BYTE_PER_SECOND, name, line * GIGA / BITS)
