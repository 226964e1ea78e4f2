"""The plan: everything decided, as plain data. Components register it, the bundle is rendered from it.

What all providers share is here. Each provider's own parts, and its whole plan, are in its own module.
"""

import hashlib
import json
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict


class PlanModel(BaseModel):
    """A part of the plan; it never changes once made, so subclasses may narrow the types of fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Decision(PlanModel):
    """What was decided for the user, and why: a place in the spec, the value there, the reason."""

    path: str
    value: str
    reason: str


class Refusal(PlanModel):
    """A reason why this plan can be read and reviewed but not deployed, and what to do about it."""

    what: str
    why: str
    hint: str


class NodeRange(PlanModel):
    """How many nodes a group has; a fixed number has `min` equal to `max`."""

    min: int
    max: int


class HeadPlan(PlanModel):
    """The node that runs the cluster's services."""

    name: str = "head"
    machine: str


class CapacityPlan(PlanModel):
    """How a group's machines are bought.

    `id` names a reservation or block; `start` and `end` are a block's, in UTC; `duration` is how long flexible machines
    run, in seconds; `max_price` is a spot machine's, in cents an hour.
    """

    kind: Literal["on_demand", "spot", "reservation", "capacity_block", "flex_start"]
    id: str | None = None
    start: str | None = None
    end: str | None = None
    duration: int | None = None
    max_price: int | None = None


class GroupPlan(PlanModel):
    """Nodes of one machine type.

    `hosts` names a node for each of `nodes.max`, in the notation of Slurm's hostlists (train-[1-8]), so that a plan of
    thousands of nodes is as short as one of two. `memory_mib` is of one node, `gpus` are whole ones of a node.
    """

    name: str
    machine: str
    nodes: NodeRange
    hosts: str
    vcpus: int | None = None
    memory_mib: int | None = None
    gpus: int = 0
    gpu_kind: str | None = None
    processes_per_node: int
    threads_per_process: int

    @property
    def node_names(self) -> tuple[str, ...]:
        """The names that `hosts` stands for."""
        return tuple(f"{self.name}-{number}" for number in range(1, self.nodes.max + 1))


class StoragePlan(PlanModel):
    """A storage and where nodes see it."""

    name: str
    kind: Literal["bucket", "lustre", "nfs", "volume"]
    mount: str
    on_destroy: Literal["keep", "delete"]

    @property
    def force_destroy(self) -> bool:
        """Whether a bucket goes with all that is in it: where it is not empty, no cloud deletes it otherwise."""
        return self.on_destroy == "delete"


class SoftwarePlan(PlanModel):
    """What nodes install: `lock` is the name of a file of pinned packages, `lock_sha256` the hash of its bytes."""

    pytorch: str
    scheduler: Literal["none", "slurm"]
    lock: str
    lock_sha256: str


class JobPlan(PlanModel):
    """The job and the nodes that run it.

    `id` is the first 12 hex digits of the SHA-256 of `config` as canonical JSON and of nothing else: the same job on
    other nodes or other software is still the same job, and is not run again. `world_size` is the number of ranks.
    `command` and `source` are the user's own program; without them it is the project's training package.
    """

    id: str
    group: str
    nodes: int
    processes_per_node: int
    threads_per_process: int
    world_size: int
    sharding: Literal["none", "optimizer", "full"] = "none"
    recompute: bool = False
    source: str | None = None
    command: tuple[str, ...] | None = None
    config: dict[str, Any]


class BudgetPlan(PlanModel):
    """What the cluster may cost, in cents; how long the job may take, in seconds; `alerts` in percent of the limit."""

    limit: int | None
    deadline: int | None
    on_finish: Literal["keep", "scale_to_zero"]
    alerts: tuple[int, ...]


class SecretPlan(PlanModel):
    """A secret of the job's: the variable that it sees, and the name in the secret store; never the value."""

    name: str
    ref: str


class ClusterPlan(PlanModel):
    """A cluster with every decision taken. Same spec, same lock, same catalog: same bytes."""

    schema_version: int = 2
    name: str
    provider: Literal["local", "aws", "gcp"]
    head: HeadPlan
    groups: tuple[GroupPlan, ...]
    storage: tuple[StoragePlan, ...]
    software: SoftwarePlan
    job: JobPlan | None
    tags: dict[str, str]
    decisions: tuple[Decision, ...]
    refusals: tuple[Refusal, ...] = ()

    def as_of(self, moment: datetime) -> Self:
        """The plan without what is past at `moment` (with a time zone), for clouds that take no such thing. What is
        said of a plan, its digest first, is said of the whole one, which knows no time."""
        del moment
        return self


def canonical(data: Any) -> str:
    """JSON that is the same for equal data: keys sorted, two spaces, one newline at the end."""
    return json.dumps(data, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def canonical_json(plan: ClusterPlan) -> str:
    """The plan as canonical JSON, laid out for those who review it: what fits on a line is on one."""
    return _laid_out(plan.model_dump(mode="json"), 0) + "\n"


LINE = 120
"""Characters of the longest list or object on one line, with its indentation, without the key before it."""


def _laid_out(value: Any, depth: int) -> str:
    """JSON whose innermost lists and objects are on one line each where they fit; others have a line an entry."""
    line = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    inside = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    plain = not any(isinstance(one, dict | list) and one for one in inside)
    if not inside or (plain and 2 * depth + len(line) <= LINE):
        return line
    start = "  " * (depth + 1)
    if isinstance(value, dict):
        entries = [
            f"{json.dumps(key, ensure_ascii=False)}: {_laid_out(value[key], depth + 1)}" for key in sorted(value)
        ]
    else:
        entries = [_laid_out(one, depth + 1) for one in value]
    opened, closed = "{}" if isinstance(value, dict) else "[]"
    return f"{opened}\n" + ",\n".join(start + entry for entry in entries) + f"\n{'  ' * depth}{closed}"


def digest(plan: ClusterPlan) -> str:
    """SHA-256 of the plan's canonical JSON, in hex."""
    return hashlib.sha256(canonical_json(plan).encode()).hexdigest()


def job_id(job: dict[str, Any]) -> str:
    """The identity of a job: 12 hex digits of the SHA-256 of what makes it this one, as canonical JSON.

    Of the project's own training that is its config; code or a command of the user's are more.
    """
    return hashlib.sha256(canonical(job).encode()).hexdigest()[:12]
