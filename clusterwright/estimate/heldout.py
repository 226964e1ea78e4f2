"""What judging a model on texts that it does not train on takes, in steps of training.

Forward passes alone: a third of a step's work a sequence, since the backward pass is twice the forward one
(clusterwright/estimate/flops.py). Ranks share the sequences, AT_ONCE at a time (training/pretrain.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from clusterwright.estimate.job import Job
from clusterwright.estimate.quantity import ONE, Figure, between, exactly, unknown
from clusterwright.estimate.texts import HELD_OUT

LOOKS = 5
"""A look after each fifth of the steps (training/loop.py)."""
GLANCE, AT_ONCE = 256, 32
"""Sequences of a look, and of a forward pass (training/pretrain.py)."""
FORWARD = 1 / 3


@dataclass(frozen=True)
class Looks:
    """`count` looks at held-out text, of which each takes as long as `each` steps, and a last one at all of it."""

    count: int
    each: float
    last: Figure

    def after(self, share: float) -> Figure:
        """Steps that the looks still to come take, once a share of the phase's steps is done. A last one of unknown
        length is left out."""
        left = self.count - int(self.count * share + 1e-9)
        told = exactly(left * self.each, ONE, f"{left} looks at held-out text")
        return told + self.last if self.last.known else told


def forward(job: Job, phase: str, sequences: float) -> float:
    """As long as how many steps of `phase` a rank computes for a forward pass of so many sequences."""
    batch = ceil(dict(job.work.training)[phase]["batch"] / job.ranks)
    mine = AT_ONCE * ceil(ceil(sequences / AT_ONCE) / job.ranks)
    return FORWARD * mine / batch


def last(job: Job) -> Figure:
    """As long as how many steps of pre-training a rank computes for a look at all of the held-out text."""
    reference = job.corpus.get("pretrain", "")
    if reference not in HELD_OUT:
        return unknown(ONE, f"how much text {reference} holds is not known to a plan")
    sequence = job.work.pretrain["sequence"]
    low, likely, high = (forward(job, "pretrain", tokens / sequence) for tokens in HELD_OUT[reference])
    return between((low, likely, high), ONE, "a look at all held-out text")


def looks(job: Job, phase: str, busy: float) -> Looks | None:
    """The looks of a phase, whose steps compute for a share of their time; None where it has none, or where another
    program decides that."""
    if phase != "pretrain" or not job.own:
        return None
    return Looks(LOOKS, busy * forward(job, phase, GLANCE), busy * last(job))
