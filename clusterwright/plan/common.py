"""The parts of a plan that are decided alike for every provider."""

from typing import Any, Literal

from clusterwright.catalog.base import Machine
from clusterwright.catalog.software import environments
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.model import BudgetPlan, CapacityPlan, NodeRange, SecretPlan, SoftwarePlan
from clusterwright.spec.capacity import CapacityBlock, FlexStart, OnDemand, Reservation, Spot
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import GroupSpec

SUPERSEDED_DAYS = 30
"""How long a bundle is kept that another has taken the place of."""


def hosts(group: str, most: int) -> str:
    """The names of a group's nodes as a Slurm hostlist (https://slurm.schedmd.com/scontrol.html): train-[1-8]."""
    return f"{group}-[1-{most}]" if most > 1 else f"{group}-1" if most else ""


def machines(group: GroupSpec, name: str, row: Machine) -> dict[str, Any]:
    """The fields of a GroupPlan: which machines, how many, what they are called, what one has and runs."""
    return {
        "name": group.name,
        "machine": name,
        "nodes": NodeRange(min=group.size.min, max=group.size.max),
        "hosts": hosts(group.name, group.size.max),
        "vcpus": row.vcpus,
        "memory_mib": row.memory_mib,
        "gpus": row.gpu_count,
        "gpu_kind": row.gpus.kind if row.gpus else None,
        "processes_per_node": row.processes_per_node,
        "threads_per_process": row.threads_per_process,
    }


def software(spec: ClusterSpec, scheduler: Literal["none", "slurm"], why: str, decisions: Decisions) -> SoftwarePlan:
    """What nodes install; `scheduler` is the provider's choice where the spec leaves it open."""
    section = spec.software
    environment = environments()[section.pytorch]
    return SoftwarePlan(
        pytorch=decisions.default(section, "software.pytorch", section.pytorch, "the version that was tested"),
        scheduler=decisions.default(section, "software.scheduler", section.scheduler or scheduler, why),
        lock=environment.lock,
        lock_sha256=environment.sha256,
    )


def capacity(group: GroupSpec, path: str, decisions: Decisions) -> CapacityPlan:
    """How the group's machines are bought; `path` is the group's place in the spec."""
    chosen = group.capacity or OnDemand(kind="on_demand")
    decisions.default(group, f"{path}.capacity", chosen.kind, "runs for as long as it is wanted, at the list price")
    match chosen:
        case Spot():
            return CapacityPlan(kind="spot", max_price=chosen.max_price)
        case Reservation():
            return CapacityPlan(kind="reservation", id=chosen.id)
        case CapacityBlock():
            return CapacityPlan(kind="capacity_block", id=chosen.id, start=str(chosen.start), end=str(chosen.end))
        case FlexStart():
            return CapacityPlan(kind="flex_start", duration=chosen.duration)
        case OnDemand():
            return CapacityPlan(kind="on_demand")


def budget(spec: ClusterSpec, decisions: Decisions) -> BudgetPlan:
    """The limits of money and time."""
    section = spec.budget
    if section.limit is not None:
        decisions.default(section, "budget.alerts", section.alerts, "you are told while there is time to act")
    return BudgetPlan(
        limit=section.limit,
        deadline=section.deadline,
        on_finish=decisions.default(
            section, "budget.on_finish", section.on_finish, "nodes without a job cost as much as nodes with one"
        ),
        alerts=section.alerts,
    )


def secrets(spec: ClusterSpec) -> tuple[SecretPlan, ...]:
    """The job's secrets, by reference."""
    return tuple(SecretPlan(name=secret.name, ref=secret.ref) for secret in spec.secrets)
