"""The job of a plan as the work it is: the model, its settings, the ranks, and the device that each has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clusterwright.catalog.gpus import Gpu, gpu
from clusterwright.catalog.machines import Machine, machine
from clusterwright.catalog.models import Architecture
from clusterwright.decide.job import Workload, is_own
from clusterwright.decide.memory import Sharing, settled
from clusterwright.plan.model import ClusterPlan, GroupPlan, JobPlan


@dataclass(frozen=True)
class Job:
    """What is estimated. `machine` is None where the catalog has no such type, `gpu` where a node has none or it is
    not known; `own` is whether the project's own training runs, not a program of the user's."""

    work: Workload
    sharing: Sharing
    phases: tuple[str, ...]
    corpus: dict[str, str]
    compare: tuple[str, ...]
    nodes: int
    ranks: int
    threads: int
    group: GroupPlan
    machine: Machine | None
    gpu: Gpu | None
    own: bool

    @property
    def ranks_per_node(self) -> int:
        return self.ranks // self.nodes

    @property
    def here(self) -> bool:
        """Whether the nodes are parts of this machine, whose cores the catalog does not count."""
        return self.machine is not None and self.machine.vcpus is None

    @property
    def precision(self) -> str:
        """What is computed in; `auto` where only the node will tell."""
        return self.work.precision


def job_of(plan: ClusterPlan) -> Job | None:
    """The job of a plan; None for a cluster without one."""
    if plan.job is None:
        return None
    group = next(group for group in plan.groups if group.name == plan.job.group)
    row = machine(plan.provider, group.machine)
    work = settled(_workload(plan.job), row)
    return Job(
        work=work,
        sharing=Sharing(plan.job.sharding, plan.job.recompute),
        phases=tuple(plan.job.config["phases"]),
        corpus=dict(plan.job.config["corpus"]),
        compare=tuple(plan.job.config.get("compare", ())),
        nodes=plan.job.nodes,
        ranks=plan.job.world_size,
        threads=plan.job.threads_per_process,
        group=group,
        machine=row,
        gpu=gpu(group.gpu_kind) if group.gpu_kind and group.gpus else None,
        own=is_own(work.size, plan.job.command),
    )


def _workload(job: JobPlan) -> Workload:
    model: dict[str, Any] = job.config["model"]
    return Workload(
        size=Architecture(
            family=model.get("family", "bert"),
            **{name: model[name] for name in ("layers", "hidden", "heads", "intermediate")},
        ),
        vocabulary=model["vocabulary"],
        max_positions=model["max_positions"],
        precision=job.config["precision"],
        pretrain=job.config["pretrain"],
        finetune=job.config.get("finetune", {}),
    )
