"""A way to run the job: so many machines of a type, bought so, and what the estimate says of it.

A plan is made of each machine type once. How many nodes there are, how they are bought and how ranks share the model
changes little of it, so that those plans are copies with these parts replaced, and the estimate's own functions tell
their time, money and energy. What is recommended in the end is planned as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clusterwright.decide.capacity import Kind
from clusterwright.decide.memory import Sharing
from clusterwright.estimate.energy import energy
from clusterwright.estimate.estimate import Course, course
from clusterwright.estimate.job import Job, job_of
from clusterwright.estimate.money import money
from clusterwright.estimate.quantity import USD, Figure, unknown
from clusterwright.plan.cloud import CloudGroupPlan, CloudPlan, PricePlan
from clusterwright.plan.common import hosts
from clusterwright.plan.model import CapacityPlan, NodeRange


@dataclass(frozen=True, eq=False)
class Candidate:
    """One way; none equals another. `plan` is the changed copy that the figures are of. `capacity` is how the machines
    are bought, as a spec has it; `time` in s and `kwh` are the whole job's; `usd` is what its machines cost, `total`
    all that is billed by the hour. Each may be unknown, and `total` is where a single price is."""

    machine: str
    nodes: int
    capacity: Mapping[str, Any]
    sharing: Sharing
    plan: CloudPlan
    job: Job
    course: Course
    usd: Figure
    total: Figure
    kwh: Figure

    @property
    def time(self) -> Figure:
        return self.course.time

    @property
    def kind(self) -> Kind:
        return self.capacity["kind"]

    @property
    def named(self) -> str:
        return called(self.nodes, self.machine, self.kind)


def called(nodes: int, machine: str, kind: Kind) -> str:
    """Nodes as people name them: `2 x p5.48xlarge, on demand`."""
    return f"{nodes} x {machine}, {kind.replace('_', ' ')}"


def with_nodes(plan: CloudPlan, nodes: int, least: int | None, sharing: Sharing) -> CloudPlan:
    """A copy of `plan` in which the job has so many nodes, of which `least` stay when it has ended; None: all.

    A fine-tuning with fewer sequences a batch than there are ranks has one for each.
    """
    job = plan.job
    if job is None:
        raise ValueError(f"{plan.name} has no job")
    ranks = nodes * job.processes_per_node
    config, tuning = job.config, job.config.get("finetune")
    if tuning and tuning["batch"] < ranks:
        config = {**config, "finetune": {**tuning, "batch": ranks}}
    stay = nodes if least is None else min(least, nodes)
    size = {"nodes": NodeRange(min=stay, max=nodes), "hosts": hosts(job.group, nodes)}
    shared = {"sharding": sharing.sharding, "recompute": sharing.recompute}
    changed = job.model_copy(update={"nodes": nodes, "world_size": ranks, "config": config, **shared})
    return _with_group(plan, size).model_copy(update={"job": changed})


def bought(plan: CloudPlan, capacity: CapacityPlan, price: PricePlan | None) -> CloudPlan:
    """A copy of `plan` whose job's nodes are bought that way, at that price each."""
    return _with_group(plan, {"capacity": capacity, "price": price})


def group_of(plan: CloudPlan) -> CloudGroupPlan:
    """The group that runs the plan's job."""
    groups = (group for group in plan.groups if isinstance(group, CloudGroupPlan))
    return next(group for group in groups if plan.job and group.name == plan.job.group)


def _with_group(plan: CloudPlan, update: Mapping[str, Any]) -> CloudPlan:
    old = group_of(plan)
    groups = (old.model_copy(update=update) if group is old else group for group in plan.groups)
    return plan.model_copy(update={"groups": tuple(groups)})


@dataclass(frozen=True)
class Timed:
    """A plan with its job and how that goes: all that does not depend on how the machines are bought."""

    plan: CloudPlan
    job: Job
    course: Course
    kwh: Figure


def timed(plan: CloudPlan) -> Timed:
    """How the job of `plan` goes, and what energy it takes."""
    job = job_of(plan)
    if job is None:
        raise ValueError(f"{plan.name} has no job")
    goes = course(plan, job)
    return Timed(plan, job, goes, energy(plan, job, goes.time).energy)


def candidate(of: Timed, capacity: Mapping[str, Any], bought_as: CapacityPlan, price: PricePlan | None) -> Candidate:
    """What was timed, bought that way."""
    plan, name = bought(of.plan, bought_as, price), of.job.group.machine
    nothing = unknown(USD, f"the price of a {name} ({bought_as.kind}) is not known")
    paid = money(plan, of.course.time) if price else None
    return Candidate(
        machine=name,
        nodes=of.job.nodes,
        capacity=capacity,
        sharing=of.job.sharing,
        plan=plan,
        job=of.job,
        course=of.course,
        usd=paid.machines if paid else nothing,
        total=paid.total if paid else nothing,
        kwh=of.kwh,
    )
