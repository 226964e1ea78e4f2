"""Small plans for the tests of what is made of them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from clusterwright.plan import plan_cluster
from clusterwright.plan.common import hosts
from clusterwright.plan.local import LocalGroupPlan, LocalPlan, Runtime
from clusterwright.plan.model import (
    ClusterPlan,
    HeadPlan,
    JobPlan,
    NodeRange,
    SoftwarePlan,
    StoragePlan,
    job_id,
)
from clusterwright.spec.load import load_spec, parse_lock, read

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "clusterwright" / "bootstrap" / "software" / "pytorch-2.15.0.txt"
JOB = {"schema": 1, "phases": ["prepare", "pretrain", "finetune", "evaluate"], "seed": 2026}


def make_plan(
    name: str = "local",
    nodes: int = 2,
    job: dict[str, Any] | None = JOB,
    storage: tuple[str, ...] = ("data",),
    pytorch: str = "2.15.0",
    runtime: Runtime = "process",
) -> LocalPlan:
    """A local cluster with one group `train`; `job` is the config of its job, `storage` the names of its buckets."""
    ranks: Any = {"processes_per_node": 1, "threads_per_process": 1}
    size = NodeRange(min=nodes, max=nodes)
    return LocalPlan(
        name=name,
        runtime=runtime,
        head=HeadPlan(machine="local"),
        groups=(LocalGroupPlan(name="train", machine="local", nodes=size, hosts=hosts("train", nodes), **ranks),),
        storage=tuple(StoragePlan(name=name, kind="bucket", mount=f"/{name}", on_destroy="keep") for name in storage),
        software=SoftwarePlan(
            pytorch=pytorch,
            scheduler="none",
            lock=LOCK.name,
            lock_sha256=hashlib.sha256(LOCK.read_bytes()).hexdigest(),
        ),
        job=JobPlan(id=job_id(job), group="train", nodes=nodes, world_size=nodes, config=job, **ranks) if job else None,
        tags={},
        decisions=(),
    )


CLOUD_STACKS = tuple(sorted(path.name.removesuffix(".lock.yaml") for path in (ROOT / "tests" / "locks").iterdir()))
MACHINE_STACKS = ("local-machines", *CLOUD_STACKS)
"""The example stacks whose nodes boot."""


@cache
def example_plan(name: str) -> ClusterPlan:
    """The plan of an example stack; a cloud's with the example of a lock in tests/locks/."""
    loaded = load_spec(ROOT / "stacks" / f"{name}.yaml")
    lock = ROOT / "tests" / "locks" / f"{name}.lock.yaml"
    return plan_cluster(replace(loaded, lock=parse_lock(read(lock), str(lock))) if lock.exists() else loaded)
