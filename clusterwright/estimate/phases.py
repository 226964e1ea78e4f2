"""The phases of a job: how much work each is, and how long it takes when nothing fails."""

from __future__ import annotations

from dataclasses import dataclass

from clusterwright.estimate import flops
from clusterwright.estimate.files import throughput
from clusterwright.estimate.heldout import Looks, forward, last, looks
from clusterwright.estimate.job import Job
from clusterwright.estimate.quantity import BYTE, FLOP, ONE, SECOND, Figure, between, exactly, total, unknown
from clusterwright.estimate.step import AS_TIMED, Step, step
from clusterwright.estimate.texts import BASELINE, LABELLED, PREPARED
from clusterwright.plan.model import ClusterPlan

WORDS = (0.9, 1.0, 1.1)
"""How much longer texts are in tokens than counted: with 4,096 words instead of 8,192 R8 is 5 % longer."""
DROPOUT = (1.0, 1.15, 1.25)
"""How much longer a step takes on CPUs with dropout than without: 1.09 to 1.25 were measured with 2 and 4 layers of 128
and 256."""
OWN_CHECKPOINT, OTHER_CHECKPOINT = 12, 14
"""Bytes a parameter of a checkpoint: weights and two moments in fp32 (training/loop.py), and others' bf16 weights."""


@dataclass(frozen=True)
class Phase:
    """A phase: its work over all ranks, and its time without failures. One that does not train has no steps; `steps`
    of None is not known, and `step` is one of them. `looks` are those at held-out text, whose time is in it."""

    name: str
    work: Figure
    steps: Figure | None
    step: Step | None
    time: Figure
    looks: Looks | None = None

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
    time = _prepare(job) if name == "prepare" else _evaluate(job, storage)
    return Phase(name, unknown(FLOP, "little beside training, and not counted"), None, None, time)


def _training(job: Job, name: str, storage: Figure) -> Phase:
    read = _read(job) if name == "finetune" else AS_TIMED
    one = step(job, name, storage, read * _dropout(job, name))
    steps = _steps(job, name)
    batch = dict(job.work.training)[name]["batch"]
    each = exactly(batch * flops.of_phase(job.work, name), FLOP, "a batch")
    work = (each * steps * read).because("steps x batch, as the model's size has it")
    looking = looks(job, name, one.busy)
    timed, basis = steps, "steps x the time of one"
    if looking is not None:
        timed, basis = timed + looking.after(0.0), f"{basis}, and looks at held-out text"
    return Phase(name, work, steps, one, (one.time * timed).because(basis), looking)


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


def _read(job: Job) -> Figure:
    """The share of the longest text that is read of one."""
    text = LABELLED.get(job.corpus.get("finetune", ""))
    if text is None:
        return between((0.1, 1.0, 1.0), ONE, "texts of any length")
    share = text.read(job.work.finetune["sequence"])
    low, likely, high = (min(1.0, share * words) for words in WORDS)
    return between((low, likely, high), ONE, "texts of like length share a batch")


def _dropout(job: Job, name: str) -> Figure:
    """How much longer than one of pre-training a step takes for its dropout."""
    more = dict(job.work.training)[name].get("dropout", 0.0) > job.work.pretrain.get("dropout", 0.0) == 0.0
    if more and job.own and job.group.gpu_kind is None:
        return between(DROPOUT, ONE, "dropout on CPUs")
    return AS_TIMED


def _prepare(job: Job) -> Figure:
    reference = job.corpus.get("pretrain", "")
    ends = PREPARED.get(reference)
    if ends is None or not job.own:
        return unknown(SECOND, f"how much text {reference} holds is not known to a plan")
    low, likely, high = ends
    duplicates = job.work.pretrain.get("duplicates") or 1
    return between((low, likely * (1 + (duplicates - 1) / 4), high * duplicates), SECOND, "measured on one core")


def _evaluate(job: Job, storage: Figure) -> Figure:
    """Each fine-tuned model names the texts to test on, and the pre-trained one sees all held-out text."""
    reference = job.corpus.get("finetune", "")
    if reference not in LABELLED or not job.own:
        return unknown(SECOND, f"how many texts {reference} holds is not known to a plan")
    models = 2 if "scratch" in job.compare else 1
    naming = models * forward(job, "finetune", LABELLED[reference].test)
    parts = [naming * step(job, "finetune", storage, _read(job)).device]
    if "tfidf" in job.compare:
        parts.append(between(BASELINE, SECOND, "measured"))
    held_out = last(job)
    if held_out.known:
        parts.append(step(job, "pretrain", storage).device * held_out)
    return total(parts, SECOND, "forward passes of texts that it was not trained on")


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
