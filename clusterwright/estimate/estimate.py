"""A plan in, everything that its job will take out, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clusterwright.estimate.energy import Energy, energy
from clusterwright.estimate.failures import Failures, failures
from clusterwright.estimate.job import Job, job_of
from clusterwright.estimate.memory import Room, room
from clusterwright.estimate.money import Money, money
from clusterwright.estimate.phases import Phase, checkpoint, interval, phases
from clusterwright.estimate.quantity import (
    SECOND,
    TOKEN,
    TOKEN_PER_SECOND,
    Figure,
    between,
    exactly,
    total,
    unknown,
)
from clusterwright.plan.model import ClusterPlan

CLOUD_START, LOCAL_START = (300.0, 600.0, 1800.0), (20.0, 40.0, 120.0)
"""Seconds from asking for nodes until the job starts. A machine with many GPUs takes up to a quarter of an hour to
boot, and capacity may take longer: our own assumption. On this machine 36 s were measured."""


@dataclass(frozen=True)
class Estimate:
    """What a job takes. `calibrated` is whether a training on its kind of device was timed.

    `time` is from asking for nodes until the end, in s, failures included; `left_out` names each phase whose time is
    not known and so is not in it, with the reason. `rate` is tokens a second of pre-training, over all ranks.
    """

    stack: str
    model: str
    parameters: int
    machine: str
    nodes: int
    ranks: int
    precision: str
    calibrated: bool
    phases: tuple[Phase, ...]
    memory: Room
    rate: Figure
    failures: Failures
    start: Figure
    time: Figure
    left_out: tuple[tuple[str, str], ...]
    money: Money
    energy: Energy


@dataclass(frozen=True)
class Course:
    """How a job goes: its phases, what failures cost, and its time from asking for nodes until the end, in s.

    `left_out` names each phase whose time is not known and so is not in it, with the reason.
    """

    phases: tuple[Phase, ...]
    failures: Failures
    start: Figure
    time: Figure
    left_out: tuple[tuple[str, str], ...]

    @property
    def main(self) -> Phase | None:
        """The first phase that trains."""
        return _main(self.phases)

    @property
    def calibrated(self) -> bool:
        """Whether a training on the job's kind of device was timed."""
        return bool(self.main and self.main.step and self.main.step.efficiency.calibrated)


def estimate(plan: ClusterPlan) -> Estimate | None:
    """What the job of `plan` takes; None for a cluster without one."""
    job = job_of(plan)
    if job is None or plan.job is None:
        return None
    goes = course(plan, job)
    return Estimate(
        stack=plan.name,
        model=plan.job.config["model"]["name"],
        parameters=job.work.parameters,
        machine=job.group.machine,
        nodes=job.nodes,
        ranks=job.ranks,
        precision=job.precision,
        calibrated=goes.calibrated,
        phases=goes.phases,
        memory=room(job),
        rate=_rate(job, goes.phases),
        failures=goes.failures,
        start=goes.start,
        time=goes.time,
        left_out=goes.left_out,
        money=money(plan, goes.time),
        energy=energy(plan, job, goes.time),
    )


def course(plan: ClusterPlan, job: Job) -> Course:
    """How `job`, the job of `plan`, goes: all of an estimate that others are computed from."""
    each = phases(plan, job)
    main = _main(each)
    failing = _failures(plan, job, main)
    start = between(LOCAL_START if plan.provider == "local" else CLOUD_START, SECOND, "until all nodes are healthy")
    times = [(phase, (phase.time / failing.goodput) if phase.trains else phase.time) for phase in each]
    left_out = tuple((phase.name, time.basis) for phase, time in times if not time.known)
    without = f", without {' and '.join(name for name, _ in left_out)}" if left_out else ""
    known = [time for _, time in times if time.known]
    time = total([start, *known], SECOND, f"start and phases, failures included{without}")
    if main is not None and not main.time.known:
        time = unknown(SECOND, main.time.basis)
    return Course(each, failing, start, time, left_out)


def _main(each: Sequence[Phase]) -> Phase | None:
    return next((phase for phase in each if phase.trains), None)


def _failures(plan: ClusterPlan, job: Job, main: Phase | None) -> Failures:
    writing = checkpoint(plan, job)
    if main is None:
        every = unknown(SECOND, "no phase of the job trains")
    else:
        every = interval(main, dict(job.work.training)[main.name]["checkpoint_every"])
    return failures(job.nodes, writing, every, shared=plan.provider != "local")


def _rate(job: Job, each: Sequence[Phase]) -> Figure:
    phase = next((phase for phase in each if phase.name == "pretrain"), None)
    if phase is None or phase.step is None:
        return unknown(TOKEN_PER_SECOND, "the job does not pre-train")
    settings = job.work.pretrain
    halves = 2 if job.work.size.family == "encoder_decoder" else 1
    tokens = exactly(halves * settings["batch"] * settings["sequence"], TOKEN, "a batch")
    return (tokens / phase.step.time).because("tokens of a batch over the time of a step")
