"""Rules about the head and the groups."""

from collections.abc import Iterator

from clusterwright.catalog import local
from clusterwright.catalog.machines import PROVIDERS, names, nearest
from clusterwright.rules.base import Context, Rule
from clusterwright.spec.base import quoted
from clusterwright.spec.compute import GroupSpec, HeadSpec
from clusterwright.spec.findings import Finding, Path


def nodes_of(context: Context) -> Iterator[tuple[Path, HeadSpec | GroupSpec]]:
    """The head and each group, with its place in the spec."""
    yield ("head",), context.spec.head
    for index, group in enumerate(context.spec.groups):
        yield ("groups", index), group


class UnknownMachine(Rule):
    """The catalog has no machine type of that name for the provider."""

    code = "CW-CMP-001"
    why = "the plan takes ranks, threads and limits of a machine type from the catalog"

    def check(self, context: Context) -> Iterator[Finding]:
        provider, known = context.spec.provider, context.machine_names
        for path, part in nodes_of(context):
            name = part.machine
            if name is None or name in known:
                continue
            homes = [other for other in PROVIDERS if other != provider and name in names(other)]
            what = f"provider {provider} has no machine type {quoted(name)}"
            near = nearest(provider, name) or (known if len(known) == 1 else ())
            hint = "`clusterwright catalog list` shows all that are known"
            if near:
                hint = f"did you mean {' or '.join(f'`{other}`' for other in near)}?"
            yield self.finding((*path, "machine"), what + (f": it is of {homes[0]}" if homes else ""), hint)


class RangeWithoutScheduler(Rule):
    """A group has a range of nodes, and nothing that would choose a number in it."""

    code = "CW-CMP-002"
    providers = ("local",)
    why = "process nodes have no scheduler that asks for more nodes or releases them, so their number is fixed"

    def check(self, context: Context) -> Iterator[Finding]:
        if context.spec.runtime == "machine":
            return
        for index, group in enumerate(context.spec.groups):
            if group.size.min != group.size.max:
                what = f"group `{group.name}` has {group.size.min} to {group.size.max} nodes"
                good = f"write `nodes: {group.size.max}`, or `runtime: machine`"
                yield self.finding(("groups", index, "nodes"), what, good)


class TooManyNodes(Rule):
    """The groups have more nodes than one machine can hold."""

    code = "CW-CMP-003"
    providers = ("local",)
    why = "all local nodes share this machine; each that trains takes about half a gigabyte of memory"

    def check(self, context: Context) -> Iterator[Finding]:
        most = min(machine.most_nodes for machine in map(local.row, local.names()))
        total = 0
        for index, group in enumerate(context.spec.groups):
            before, total = total, total + group.size.max
            if before <= most < total:
                what = f"with group `{group.name}` the cluster has {total} nodes, {total - most} more than the most"
                yield self.finding(("groups", index, "nodes"), what, f"write `nodes: {most - before}` or less")


class DiskNotEnforced(Rule):
    """A disk size is given where nothing gives a node a disk of its own."""

    code = "CW-CMP-004"
    providers = ("local",)
    severity = "warning"
    why = "process nodes share this machine's disk"

    def check(self, context: Context) -> Iterator[Finding]:
        for path, part in nodes_of(context):
            if part.disk is not None:
                yield self.finding((*path, "disk"), f"the disk size {part.disk} is not enforced", "remove `disk`")
