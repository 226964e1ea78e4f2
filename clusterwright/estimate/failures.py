"""What failures cost: how often nodes fail, how often to write checkpoints, how much of the time is training."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from clusterwright.estimate.quantity import ONE, SECOND, Figure, Span, between, exactly, unknown

HOUR, DAY = 3600.0, 86400.0
NODE_MTBF = (128 * 7.9 * HOUR, 1000 / 6.50 * DAY, 1000 / 2.34 * DAY)
"""Seconds between two failures of a node with 8 GPUs, after Meta (Kokolis et al. 2024, section III,
https://arxiv.org/abs/2410.21680). Likely and high are the 6.50 and 2.34 failures in 1,000 node-days of its two research
clusters; low is what jobs of 1,024 GPUs saw, one each 7.9 h, failures of software included. Llama 3's 419 unexpected
interruptions of 2,048 nodes in 54 days (https://arxiv.org/abs/2407.21783, section 3.3.4) are between. Nodes with fewer
GPUs fail less often; nothing is known of how much."""
RESTART = (180.0, 600.0, 1800.0)
"""Seconds from a failure until the job trains again: it is noticed, a node is replaced and boots, the checkpoint is
read. Our own assumption; a GPU machine takes up to a quarter of an hour to boot."""


@dataclass(frozen=True)
class Failures:
    """Times in s: `mtbf` is the whole job's, `checkpoint` what writing one takes, `interval` that between two as the
    plan has it, `best_interval` what Daly's formula would have. `goodput` is the share of the time that is training."""

    mtbf: Figure
    checkpoint: Figure
    interval: Figure
    best_interval: Figure
    goodput: Figure


def failures(nodes: int, checkpoint: Figure, interval: Figure, shared: bool) -> Failures:
    """`shared`: whether the machines are a cloud's. Of this machine's processes no failure rate is known."""
    if not shared:
        mtbf = unknown(SECOND, "how often this machine fails is not known")
        whole = exactly(1.0, ONE, "failures of this machine are left out")
        return Failures(mtbf, checkpoint, interval, unknown(SECOND, mtbf.basis), whole)
    mtbf = between(NODE_MTBF, SECOND, f"of a node over {nodes}: Meta's clusters", 1 / nodes)
    return Failures(mtbf, checkpoint, interval, _best(checkpoint, mtbf), _goodput(checkpoint, interval, mtbf))


def daly(checkpoint: float, mtbf: float) -> float:
    """The time between checkpoints that loses least, s.

    Daly 2006 (https://doi.org/10.1016/j.future.2004.11.016), equation 37; its first term is Young's (1974,
    https://doi.org/10.1145/361147.361115), sqrt(2 C M).
    """
    if checkpoint >= 2 * mtbf:
        return mtbf
    ratio = checkpoint / (2 * mtbf)
    return sqrt(2 * checkpoint * mtbf) * (1 + sqrt(ratio) / 3 + ratio / 9) - checkpoint


def goodput(checkpoint: float, interval: float, mtbf: float, restart: float) -> float:
    """The share of the time that is training that counts.

    Of each stretch of `interval` a checkpoint's time is added; a failure loses half of a stretch and a restart, to
    first order (Daly 2006, equation 20; Kokolis et al. 2024, equation 1).
    """
    writing = interval / (interval + checkpoint)
    return writing / (1 + (interval / 2 + restart) / mtbf)


def _best(checkpoint: Figure, mtbf: Figure) -> Figure:
    if checkpoint.span is None or mtbf.span is None:
        return unknown(SECOND, checkpoint.basis)
    values = sorted(daly(c, m) for c, m in zip(checkpoint.span, mtbf.span, strict=True))
    return Figure(SECOND, Span(*values), "Daly 2006, from the time of a checkpoint and that between failures")


def _goodput(checkpoint: Figure, interval: Figure, mtbf: Figure) -> Figure:
    if checkpoint.span is None or interval.span is None or mtbf.span is None:
        return unknown(ONE, (checkpoint if checkpoint.span is None else interval).basis)
    worst = goodput(checkpoint.span.high, interval.span.high, mtbf.span.low, RESTART[2])
    likely = goodput(checkpoint.span.likely, interval.span.likely, mtbf.span.likely, RESTART[1])
    best = goodput(checkpoint.span.low, interval.span.low, mtbf.span.high, RESTART[0])
    ends = sorted((worst, likely, best))
    return Figure(ONE, Span(*ends), "checkpoints, lost work and restarts against the time between failures")
