"""Rules about names: what has to be unique, and what is taken."""

from collections.abc import Iterable, Iterator

from clusterwright.rules.base import CLOUDS, Context, Rule
from clusterwright.spec.findings import Finding

HEAD = "head"
WHOLE = "cluster"
STATE = "state"


def repeated(names: Iterable[str]) -> Iterator[tuple[int, int]]:
    """The index of each name that came before, and the index where it came first."""
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if first.setdefault(name, index) != index:
            yield index, first[name]


def unused(name: str, taken: Iterable[str]) -> str:
    """`name` with the first number that makes it a new one."""
    taken = set(taken)
    return next(new for number in range(2, len(taken) + 3) if (new := f"{name}{number}") not in taken)


class DuplicateGroupName(Rule):
    """Two groups have the same name."""

    code = "CW-NAM-001"
    why = "a group's name is the start of its nodes' names, and two nodes can't have one name"

    def check(self, context: Context) -> Iterator[Finding]:
        names = [group.name for group in context.spec.groups]
        for index, first in repeated(names):
            what = f"the group name `{names[index]}` is used twice: groups[{first}] has it already"
            hint = f"give this one another name: `name: {unused(names[index], names)}`"
            yield self.finding(("groups", index, "name"), what, hint)


class ReservedGroupName(Rule):
    """A group has the name of the head, or of the cluster as a whole."""

    code = "CW-NAM-002"
    why = (
        f"the cluster's head is the node `{HEAD}`, in a group of its own of that name, and what nodes are told of all "
        f"groups is called `{WHOLE}`"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for index, group in enumerate(context.spec.groups):
            if group.name in (HEAD, WHOLE):
                what = f"a group can't be called `{group.name}`"
                yield self.finding(("groups", index, "name"), what, "say what the nodes do: `name: train`")


class DuplicateStorageName(Rule):
    """Two storages have the same name."""

    code = "CW-NAM-003"
    why = "nodes and outputs tell storages apart by their names"

    def check(self, context: Context) -> Iterator[Finding]:
        names = [storage.name for storage in context.spec.storage]
        for index, first in repeated(names):
            what = f"the storage name `{names[index]}` is used twice: storage[{first}] has it already"
            hint = f"give this one another name: `name: {unused(names[index], names)}`"
            yield self.finding(("storage", index, "name"), what, hint)


class ReservedStorageName(Rule):
    """A storage has the name of the disk on which the head keeps its state."""

    code = "CW-NAM-004"
    providers = CLOUDS
    why = f"the head has its queue and accounting on a disk of its own, `{STATE}`, and two disks can't have one name"

    def check(self, context: Context) -> Iterator[Finding]:
        names = [storage.name for storage in context.spec.storage]
        for index, name in enumerate(names):
            if name == STATE:
                good = unused("data", names) if "data" in names else "data"
                what = f"a storage can't be called `{STATE}`"
                yield self.finding(("storage", index, "name"), what, f"say what it holds: `name: {good}`")
