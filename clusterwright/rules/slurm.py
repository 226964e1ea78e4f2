"""Rules about the scheduler: which nodes can have which, and what Slurm asks of names, sizes and times."""

from collections.abc import Iterator

from clusterwright.catalog.machines import machine, names
from clusterwright.decide.machines import machine_name, machine_of
from clusterwright.rules.base import CLOUDS, Context, Rule
from clusterwright.spec.findings import Finding


class SchedulerNotThere(Rule):
    """The scheduler is one that the cluster's nodes can't have."""

    code = "CW-SLM-001"
    why = "Slurm needs nodes that boot as machines do; the built-in queue knows only the process nodes of one machine"

    def check(self, context: Context) -> Iterator[Finding]:
        given = context.spec.software.scheduler
        if context.spec.provider == "local":
            nodes = f"nodes of `runtime: {context.spec.runtime or 'process'}`"
            needed = "slurm" if context.spec.runtime == "machine" else "none"
        else:
            nodes, needed = f"nodes on {context.spec.provider}", "slurm"
        if given not in (None, needed):
            yield self.finding(
                ("software", "scheduler"), f"{nodes} can't have `scheduler: {given}`", f"write `scheduler: {needed}`"
            )


class DefaultPartition(Rule):
    """A group has the name by which Slurm's configuration sets defaults."""

    code = "CW-SLM-002"
    why = "each group is a Slurm partition, and `PartitionName=DEFAULT` makes none: it sets the defaults of others"

    def check(self, context: Context) -> Iterator[Finding]:
        if context.spec.provider == "local" and context.spec.runtime != "machine":
            return
        for index, group in enumerate(context.spec.groups):
            if group.name == "default":
                what = "a group can't be called `default`"
                yield self.finding(("groups", index, "name"), what, "say what the nodes do: `name: train`")


class HeadTooSmall(Rule):
    """The head has too little memory for a queue of that many nodes."""

    code = "CW-SLM-003"
    severity = "warning"
    providers = CLOUDS
    why = (
        "Slurm's controller and accounting keep every node in memory: nodes / 25 + 0.6 GB, 16 GB at most "
        "(as AWS ParallelCluster 3 counts)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        head = machine_of(context.spec, context.spec.head)
        nodes = sum(group.size.max for group in context.spec.groups)
        needed = min(nodes / 25 + 0.6, 16)
        if head is None or head.memory_mib is None or head.memory_mib * 2**20 >= needed * 1e9:
            return
        name = machine_name(context.spec, context.spec.head)
        what = (
            f"{name} has {head.memory_mib / 1024:g} GiB of memory, and a queue of {nodes:,} nodes needs {needed:.1f} GB"
        )
        path = ("head", "machine") if context.spec.head.machine else ("head",)
        yield self.finding(path, what, f"write `machine: {self._larger(context, name, needed)}`")

    def _larger(self, context: Context, name: str, needed: float) -> str:
        """The smallest machine type of the head's own family with that much memory, or of any family without GPUs."""
        provider = context.spec.provider
        rows = [(other, row) for other in names(provider) if (row := machine(provider, other)) and not row.gpus]
        enough = [
            (row.memory_mib, other) for other, row in rows if row.memory_mib and row.memory_mib * 2**20 >= needed * 1e9
        ]
        family = name.split(".")[0] if provider == "aws" else name.rsplit("-", 1)[0]
        return min([pair for pair in enough if pair[1].startswith(family)] or enough)[1]


class IdleTooShort(Rule):
    """A node without work ends sooner than a new one could start."""

    code = "CW-SLM-004"
    severity = "warning"
    providers = CLOUDS
    why = "a new node takes minutes to boot, and clouds bill a minute at the least; a queue rarely fills in seconds"

    def check(self, context: Context) -> Iterator[Finding]:
        for index, group in enumerate(context.spec.groups):
            if group.idle_timeout is not None and group.idle_timeout < 60:
                what = f"a node of group `{group.name}` ends after {group.idle_timeout} without work"
                yield self.finding(("groups", index, "idle_timeout"), what, "write `idle_timeout: 10 min`")


BOOT = 300
"""Seconds in which no cloud's GPU machine boots and checks its GPUs: our own choice, on the short side."""


class StartTooShort(Rule):
    """A job's nodes are given up before they can have started."""

    code = "CW-SLM-005"
    severity = "warning"
    providers = CLOUDS
    why = "machines take minutes to start, boot and check their GPUs; until all are there, those that came are released"

    def check(self, context: Context) -> Iterator[Finding]:
        for index, group in enumerate(context.spec.groups):
            if group.start_timeout is not None and group.start_timeout < BOOT:
                what = f"nodes of group `{group.name}` have {group.start_timeout} to start"
                yield self.finding(("groups", index, "start_timeout"), what, "write `start_timeout: 30 min`")
