"""Rules about GPU memory: whether a model can be trained on the job's nodes, and as the spec says."""

from collections.abc import Iterator

from clusterwright.catalog.machines import Machine, machine, names
from clusterwright.decide.job import DecidedJob, ranks_of
from clusterwright.decide.machines import machine_name, machine_of
from clusterwright.decide.memory import Sharing, decide_sharing, first_that_fits, gib, memory, settled, usable, ways
from clusterwright.rules.base import CLOUDS, Context, Rule
from clusterwright.spec.compute import MOST_NODES, GroupSpec
from clusterwright.spec.findings import Finding
from clusterwright.words import counted


def _parts(context: Context) -> tuple[DecidedJob, GroupSpec, Machine, int, int] | None:
    """The job, its group and machine type, its ranks, and the bytes that each can use; None if one is not known."""
    job, group = context.decided_job, context.spec.job_group
    machine = machine_of(context.spec, group) if group else None
    room = usable(machine)
    if job is None or group is None or machine is None or room is None:
        return None
    ranks = ranks_of(context.spec, group, machine)
    return (settled(job, machine), group, machine, ranks, room) if ranks else None


def _needs_too_much(job: DecidedJob, ranks: int, room: int) -> bool:
    return first_that_fits(job, ranks, room, ways(job.own)[-1:], micro_batch=1) is None


class ModelTooLarge(Rule):
    """A model does not fit the memory of the job's GPUs, however it is shared out."""

    code = "CW-JOB-020"
    providers = CLOUDS
    acceptable = True
    why = (
        "16 bytes a parameter over all ranks, one gathered block, and the activations of one sequence are the least "
        "that data parallel training needs (Rajbhandari et al. 2020, section 3; Korthikanti et al. 2022, equation 6)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        parts = _parts(context)
        if parts is None or not _needs_too_much(*parts[:1], *parts[3:]):
            return
        job, group, machine, ranks, room = parts
        needed = memory(job, ranks, ways(job.own)[-1], micro_batch=1).total
        name = machine_name(context.spec, group)
        what = (
            f"{job.model} needs {gib(needed)} on each of {counted(ranks, 'rank')} at the least, and a model can use "
            f"{gib(room)} of a GPU of {name}"
        )
        yield self.finding(("job", "model"), what, self._hint(context, job, group, machine, ranks, room))

    def _hint(
        self, context: Context, job: DecidedJob, group: GroupSpec, present: Machine, ranks: int, room: int
    ) -> str:
        nodes = max(1, ranks // present.processes_per_node)
        for more in range(nodes + 1, min(MOST_NODES, 64 * nodes) + 1):
            if not _needs_too_much(job, more * present.processes_per_node, room):
                return f"give group `{group.name}` {more} nodes, or a machine type with larger GPUs"
        fits: list[tuple[int, str]] = []
        for name in names(context.spec.provider):
            other = machine(context.spec.provider, name)
            more_room = usable(other)
            if other and more_room and not _needs_too_much(job, nodes * other.processes_per_node, more_room):
                fits.append((more_room * other.processes_per_node, name))
        return f"write `machine: {min(fits)[1]}`" if fits else "train a smaller model"


class SharingDoesNotFit(Rule):
    """A model does not fit the memory of a GPU in the way that the spec shares it out."""

    code = "CW-JOB-021"
    providers = CLOUDS
    acceptable = True
    why = (
        "weights, gradients, optimizer and activations are counted as Rajbhandari et al. 2020 (section 3) and "
        "Korthikanti et al. 2022 (equation 1) do; a tenth of the GPU's memory is left to CUDA and NCCL"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        parts, given = _parts(context), context.job
        if parts is None or given is None or _needs_too_much(*parts[:1], *parts[3:]):
            return
        job, _, _, ranks, room = parts
        chosen = decide_sharing(context.spec, job).value
        needed = memory(job, ranks, chosen)
        if needed.total <= room:
            return
        what = (
            f"a rank needs {gib(needed.total)}, and a model can use {gib(room)}: states {gib(needed.states)}, "
            f"activations {gib(needed.gathered + needed.activations)}, logits {gib(needed.logits)}"
        )
        yield self.finding(("job",), what, self._hint(job, ranks, room, chosen))

    def _hint(self, job: DecidedJob, ranks: int, room: int, chosen: Sharing) -> str:
        micro = job.pretrain["micro_batch"]
        while micro > 1:
            micro //= 2
            if memory(job, ranks, chosen, micro).total <= room:
                return f"write `pretrain: {{micro_batch: {micro}}}`: as many sequences a step, in smaller parts"
        for micro_batch, line in ((None, ""), (1, ", `pretrain: {micro_batch: 1}`")):
            if fits := first_that_fits(job, ranks, room, ways(job.own), micro_batch):
                return f"write `sharding: {fits.sharding}`, `recompute: {str(fits.recompute).lower()}`{line}"
        return "give the job more nodes"


class SharingOfOwnTraining(Rule):
    """A way of sharing a model out is given for the project's own training, which has none."""

    code = "CW-JOB-022"
    providers = CLOUDS
    why = "the project's own training has the whole model on each rank and keeps all activations (training/loop.py)"

    def check(self, context: Context) -> Iterator[Finding]:
        job, given = context.decided_job, context.job
        if job is None or given is None or not job.own:
            return
        for name, value in (("sharding", given.sharding), ("recompute", given.recompute)):
            if value not in (None, "none", False):
                hint = "remove it, or train with a program of your own that does it: `source` and `command`"
                yield self.finding(("job", name), f"nothing would do `{name}: {str(value).lower()}`", hint)
