"""The plan: everything decided, as plain data. Components register it, the bundle is rendered from it."""

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class PlanModel(BaseModel):
    """A part of the plan; it never changes once made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Decision(PlanModel):
    """What was decided for the user, and why: a place in the spec, the value there, the reason."""

    path: str
    value: str
    reason: str


class NodeRange(PlanModel):
    """How many nodes a group has; a fixed number has `min` equal to `max`."""

    min: int
    max: int


class HeadPlan(PlanModel):
    """The node that runs the cluster's services."""

    name: str = "head"
    machine: str


class GroupPlan(PlanModel):
    """Nodes of one machine type. `node_names` holds a name for each of `nodes.max` nodes: train-1, train-2."""

    name: str
    machine: str
    nodes: NodeRange
    node_names: tuple[str, ...]
    processes_per_node: int
    threads_per_process: int


class BucketPlan(PlanModel):
    """An object store and where nodes see it."""

    name: str
    kind: Literal["bucket"] = "bucket"
    mount: str
    on_destroy: Literal["keep", "delete"]


class SoftwarePlan(PlanModel):
    """What nodes install: `lock` is the name of a file of pinned packages, `lock_sha256` the hash of its bytes."""

    pytorch: str
    scheduler: Literal["none"]
    lock: str
    lock_sha256: str


class JobPlan(PlanModel):
    """The job and the nodes that run it.

    `id` is the first 12 hex digits of the SHA-256 of `config` as canonical JSON and of nothing else: the same job on
    other nodes or other software is still the same job, and is not run again.
    """

    id: str
    group: str
    nodes: int
    processes_per_node: int
    threads_per_process: int
    config: dict[str, Any]


class ClusterPlan(PlanModel):
    """A cluster with every decision taken. Same spec, same catalog: same bytes."""

    schema_version: int = 1
    name: str
    provider: Literal["local"]
    runtime: Literal["process"]
    head: HeadPlan
    groups: tuple[GroupPlan, ...]
    storage: tuple[BucketPlan, ...]
    software: SoftwarePlan
    job: JobPlan | None
    tags: dict[str, str]
    decisions: tuple[Decision, ...]


def canonical(data: Any) -> str:
    """JSON that is the same for equal data: keys sorted, two spaces, one newline at the end."""
    return json.dumps(data, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def canonical_json(plan: ClusterPlan) -> str:
    """The plan as canonical JSON."""
    return canonical(plan.model_dump(mode="json"))


def digest(plan: ClusterPlan) -> str:
    """SHA-256 of the plan's canonical JSON, in hex."""
    return hashlib.sha256(canonical_json(plan).encode()).hexdigest()


def job_id(config: dict[str, Any]) -> str:
    """The identity of a job: 12 hex digits of the SHA-256 of its config as canonical JSON."""
    return hashlib.sha256(canonical(config).encode()).hexdigest()[:12]
