"""The phases of a job: how much work each is, and how long it takes when nothing fails."""

from __future__ import annotations

from dataclasses import dataclass

from clusterwright.estimate import flops
from clusterwright.estimate.files import throughput
from clusterwright.estimate.job import Job
from clusterwright.estimate.quantity import BYTE, FLOP, ONE, SECOND, Figure, between, exactly, unknown
from clusterwright.estimate.step import Step, step
from clusterwright.estimate.texts import EVALUATED, LABELLED, PREPARED
from clusterwright.plan.model import ClusterPlan

READ = (0.8, 1.0, 1.0)
"""How long labelled texts are of the longest that is read: they are padded to the longest of their batch. Measured on
R8 at 64 tokens: 1.0 in batches of 8 and more, 0.82 one by one."""
OWN_CHECKPOINT, OTHER_CHECKPOINT = 12, 14
"""Bytes a parameter of a checkpoint: weights and two moments in fp32 (training/loop.py), and others' bf16 weights."""


@dataclass(frozen=True)
class Phase:
    """A phase: its work over all ranks, and its time without failures. One that does not train has no steps; `steps`
    of None is not known, and `step` is one of them."""

    name: str
    work: Figure
    steps: Figure | None
    step: Step | None
    time: Figure

    @property
    def trains(self) -> bool:
        return self.step is not None


def phases(plan: ClusterPlan, job: Job) -> tuple[Phase, ...]:
    """The phases that the job names, in its order."""
    storage = throughput(plan)
    return tuple(_phase(job, name, storage) for name in job.phases)


def _phase(job: Job, name: str, storage: Figure) -> Phase:
    if name in dict(job.work.training):
        return _training(job, name, storage)
    time = _prepare(job) if name == "prepare" else _evaluate(job)
    return Phase(name, unknown(FLOP, "little beside training, and not counted"), None, None, time)


def _training(job: Job, name: str, storage: Figure) -> Phase:
    one = step(job, name, storage)
    steps = _steps(job, name)
    batch = dict(job.work.training)[name]["batch"]
    each = exactly(batch * flops.of_phase(job.work, name), FLOP, "a batch")
    read = between(READ, ONE, "padded texts") if name == "finetune" else exactly(1.0, ONE, "whole sequences")
    work = (each * steps * read).because("steps x batch, as the model's size has it")
    return Phase(name, work, steps, one, (one.time * steps * read).because("steps x the time of one"))


def _steps(job: Job, name: str) -> Figure:
    """Optimizer steps."""
    if name == "pretrain":
        return exactly(job.work.pretrain["steps"], ONE, "the job's settings")
    settings, reference = job.work.finetune, job.corpus.get("finetune", "")
    text = LABELLED.get(reference)
    if text is None:
        return unknown(ONE, f"how many texts {reference} holds is not known to a plan")
    runs = 2 if "scratch" in job.compare else 1
    whole = runs * settings["epochs"] * (text.train // settings["batch"])
    return exactly(whole, ONE, f"{runs} x {settings['epochs']} epochs of {text.train} texts")


def _prepare(job: Job) -> Figure:
    reference = job.corpus.get("pretrain", "")
    ends = PREPARED.get(reference)
    if ends is None or not job.own:
        return unknown(SECOND, f"how much text {reference} holds is not known to a plan")
    low, likely, high = ends
    duplicates = job.work.pretrain.get("duplicates") or 1
    return between((low, likely * (1 + (duplicates - 1) / 4), high * duplicates), SECOND, "measured on one core")


def _evaluate(job: Job) -> Figure:
    reference = job.corpus.get("finetune", "")
    if reference not in LABELLED:
        return unknown(SECOND, f"how many texts {reference} holds is not known to a plan")
    return between(EVALUATED, SECOND, "measured on two cores")


def checkpoint(plan: ClusterPlan, job: Job) -> Figure:
    """Seconds that writing a checkpoint takes; the project's own training waits for it."""
    width = OWN_CHECKPOINT if job.own else OTHER_CHECKPOINT
    size = exactly(width * job.work.parameters, BYTE, f"{width} bytes a parameter")
    speed = throughput(plan)
    return (size / speed).because(f"{size.basis} to {speed.basis}")


def interval(phase: Phase, every: int) -> Figure:
    """Seconds between two checkpoints of a phase."""
    if phase.step is None:
        return unknown(SECOND, f"{phase.name} writes no checkpoints")
    return (every * phase.step.time).because(f"{every} steps")
