"""The files of bundles and runs in the bucket, as far as people look at them.

Keys that we do not know are ignored: a node may run a newer release than the one who watches.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

RunState = Literal["queued", "running", "finished", "failed", "superseded", "cancelled"]


class Record(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class Launch(Record):
    """job/launch.json of a bundle, or `launch` of a request: what is to run, and on how many nodes.

    `node_names` are those of nodes that are processes; Slurm chooses machines. A `command` is the user's own program,
    `source` says that its files come along, `deadline_s` is how long it may take.
    """

    job_id: str
    group: str
    nodes: int
    node_names: tuple[str, ...] = ()
    processes_per_node: int = 1
    threads_per_process: int = 1
    phases: tuple[str, ...] = ()
    command: tuple[str, ...] | None = None
    source: bool = False
    deadline_s: float | None = None


class GroupFacts(Record):
    """A group of a machine cluster: at most `max` nodes; a price of None is not known."""

    name: str
    max: int
    machine: str | None = None
    gpus: int = 0
    usd_per_hour: float | None = None
    processes_per_node: int = 1
    threads_per_process: int = 1


class BudgetFacts(Record):
    deadline_s: float | None = None


class Facts(Record):
    """facts/cluster.json of a bundle: there when the nodes are machines under Slurm."""

    provider: str
    groups: tuple[GroupFacts, ...]
    budget: BudgetFacts = BudgetFacts()

    def group(self, name: str | None) -> GroupFacts | None:
        return next((group for group in self.groups if group.name == name), None)


class Request(Record):
    """jobs/<run>/request.json; `requested` is in unix seconds, `label` what its owner calls it."""

    run: str
    job_id: str
    requested: float
    bundle: str | None = None
    launch: Launch | None = None
    label: str | None = None


class Members(Record):
    """jobs/<run>/members.json: the nodes that a run is on, with which bundle and plan; `started` is in unix seconds.

    Under Slurm that is the first start of the first phase; without it, the start since the run was last queued.
    """

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
