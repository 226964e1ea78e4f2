"""The files that nodes and training write into the bucket, as far as people look at them.

Keys that we do not know are ignored: a node may run a newer release than the one who watches.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

NodeState = Literal["booting", "converging", "healthy", "failed"]
RunState = Literal["queued", "running", "finished", "failed", "superseded"]


class Record(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class Step(Record):
    """One step of a node's bootstrap."""

    name: str
    state: str
    seconds: float | None = None
    started: float | None = None
    reason: str | None = None

    @property
    def label(self) -> str:
        """The name without the number that orders it."""
        return self.name.lstrip("0123456789").lstrip("-") or self.name


class Rejected(Record):
    """A bundle that a node would not switch to."""

    digest: str
    reason: str


class NodeReport(Record):
    """reports/<node>.json; `heartbeat` is in unix seconds."""

    node: str
    role: str
    state: NodeState
    heartbeat: float
    group: str | None = None
    bundle: str | None = None
    steps: tuple[Step, ...] = ()
    rejected: Rejected | None = None
    reason: str | None = None
    worker: str | None = None
    run: str | None = None
    log_tail: tuple[str, ...] | str | None = None


class Launch(Record):
    """job/launch.json of a bundle: what is to run, and on how many nodes."""

    job_id: str
    group: str
    nodes: int
    node_names: tuple[str, ...]


class Request(Record):
    """jobs/<run>/request.json; `requested` is in unix seconds."""

    run: str
    job_id: str
    requested: float
    bundle: str | None = None


class Members(Record):
    """jobs/<run>/members.json: the nodes that a run started on, with which bundle and plan, and when (unix seconds)."""

    nodes: tuple[str, ...]
    started: float
    bundle: str | None = None
    plan: str | None = None


class Status(Record):
    """jobs/<run>/status.json"""

    state: RunState
    reason: str | None = None
    phase: str | None = None
    attempt: int = 0
    updated: float = 0.0


class Failure(Record):
    """jobs/<run>/failure.json, written by the rank that failed."""

    reason: str
    phase: str | None = None
    rank: int | None = None


class PhaseResult(Record):
    """jobs/<run>/phases/<phase>.json; times in unix seconds, `seconds` is the time spent over all attempts."""

    phase: str
    started: float
    finished: float
    seconds: float
    attempts: int = 1


class PhaseProgress(Record):
    """jobs/<run>/progress/<phase>.json: how often a phase was begun, there before its result is."""

    phase: str
    attempts: int = 1


class Metric(Record):
    """A line of jobs/<run>/metrics.jsonl: losses in nats, accuracies as shares of one."""

    phase: str
    time: float = 0.0
    step: int | None = None
    steps: int | None = None
    variant: str | None = None
    message: str | None = None
    loss: float | None = None
    mlm_loss: float | None = None
    mlm_accuracy: float | None = None
    nsp_loss: float | None = None
    nsp_accuracy: float | None = None
    accuracy: float | None = None
    heldout_mlm_loss: float | None = None
    heldout_mlm_accuracy: float | None = None
    heldout_nsp_accuracy: float | None = None
    learning_rate: float | None = None
    tokens_per_s: float | None = None
    seconds_left: float | None = None
    world_size: int | None = None
    attempt: int | None = None


class Job(Record):
    """job.json, as far as it is shown."""

    phases: tuple[str, ...] = ("prepare", "pretrain", "finetune", "evaluate")
    model: dict[str, object] = {}
    corpus: dict[str, str] = {}


class Evaluation(Record):
    """evaluation.json: accuracies as shares of one, losses and entropies in nats per token."""

    accuracy: float | None = None
    majority_accuracy: float | None = None
    tfidf_accuracy: float | None = None
    scratch_accuracy: float | None = None
    mlm_loss: float | None = None
    unigram_entropy: float | None = None
    mlm_accuracy: float | None = None
    nsp_accuracy: float | None = None
    labels: tuple[str, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    per_class: dict[str, dict[str, float]] = {}
    examples: tuple[dict[str, object], ...] = ()
    seconds: dict[str, float] = {}
    tokens_per_s: float | None = None
    versions: dict[str, str | None] = {}
    precision: str | None = None
    world_size: int | None = None
    parameters: int | None = None
    corpus: dict[str, object] = {}
