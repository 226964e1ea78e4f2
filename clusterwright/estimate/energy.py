"""What a job's machines draw, and what that emits where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clusterwright.catalog.rows import Row, read
from clusterwright.estimate.job import Job
from clusterwright.estimate.quantity import KG, KG_PER_KWH, KW, KWH, ONE, Figure, between, exactly, unknown
from clusterwright.plan.cloud import CloudPlan
from clusterwright.plan.model import ClusterPlan
from clusterwright.words import counted

NODE = (1.0, 1.38, 1.82)
"""What a node draws of what its GPUs are rated at, all in all. 8 H100 are rated at 5.6 kW, their node at 10.2 (high);
training takes 76 % of that (likely: https://arxiv.org/abs/2506.14551), and 8.4 kW was the most that was seen
(https://arxiv.org/abs/2412.08602). Low is our own assumption, for GPUs that wait much."""


class Pue(Row):
    low: float
    likely: float
    high: float
    source: str


class Region(Row):
    """A cloud's data centres; `grid` is kgCO2e a kWh by region."""

    pue: Pue
    grid_source: str
    grid: Mapping[str, float]


class Power(Row):
    """All of power.yaml."""

    aws: Region
    gcp: Region


@dataclass(frozen=True)
class Energy:
    """What the job's machines draw in their data centre, over the time of the job, and what that emits. Of the head and
    of machines without GPUs nothing is known."""

    node: Figure
    energy: Figure
    emissions: Figure


@cache
def power() -> Power:
    return read("power.yaml", Power, Path(__file__).parent)


def energy(plan: ClusterPlan, job: Job, time: Figure) -> Energy:
    """The energy of the job's nodes for that time."""
    node = _node(job)
    if not isinstance(plan, CloudPlan):
        why = "what this machine draws, and where it stands, is not known"
        return Energy(node, unknown(KWH, why), unknown(KG, why))
    place: Region = getattr(power(), plan.provider)
    pue = between((place.pue.low, place.pue.likely, place.pue.high), ONE, place.pue.source)
    drawn = (job.nodes * node * pue * time).because(f"{job.nodes} x a node, PUE {place.pue.likely:g}, the job's time")
    emitted = (drawn * _grid(place, plan.region)).because(f"that energy, and the grid of {plan.region}")
    return Energy(node, drawn, emitted)


def _node(job: Job) -> Figure:
    watts = job.gpu.board_watts if job.gpu else None
    if watts is None:
        return unknown(KW, f"what a {job.group.machine} draws is not known")
    rated = job.group.gpus * watts / 1000
    return between(NODE, KW, f"{counted(job.group.gpus, 'GPU')} rated at {watts} W, and the rest of the node", rated)


def _grid(place: Region, region: str) -> Figure:
    if region not in place.grid:
        return unknown(KG_PER_KWH, f"what the grid of {region} emits is not known")
    return exactly(place.grid[region], KG_PER_KWH, place.grid_source)
