"""Which machines there are to be: Slurm's power saving asks, this loop does, `decide` says what.

- Slurm wants a machine for each node that it has not let go of (POWERED_DOWN, POWERING_DOWN). Those are the names that
  are asked for, and what a machine that has booted may claim.
- A machine whose name Slurm has let go of is ended, and its claim with it. So is one without a name when there are
  more of them than free names: Slurm has changed its mind while it booted.
- A claim whose machine is gone is deleted and its node forced down, so that its job starts again and Slurm asks anew:
  only then is another machine asked for, as no machine may take the name before.
- A node that did not come in time (ResumeTimeout) is DOWN. If its machine says that it failed its gate, machine, claim
  and name stay as they are until the cluster is done, for a look: it is no capacity, and a machine is bought beside it
  as far as the group's maximum allows. Else the machine is ended, and the name may be asked for again.
- The first `min` nodes of a group are always asked for (they are SuspendExcNodes), unless everything is to be off.
- While a block of capacity lasts, its group has all of its machines: they are paid for, so none without a name ends.
- A partial fleet is let go by Slurm itself: at ResumeTimeout the job is requeued, and nodes that came end when idle.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clusterwright.bucket import Bucket
from clusterwright.node.files import Damaged
from clusterwright.node.groups import Group, GroupError, Machine
from clusterwright.node.objects import read_object, write_object
from clusterwright.node.slurm.commands import Node, Slurm, SlurmError

LOOK = 10.0  # seconds between two looks at a cloud's list or bucket while Slurm says the same: requests are limited
GONE = "its machine is gone"


@dataclass(frozen=True)
class Size:
    """What the plan says of a group; `min` machines are there even when nothing is queued.

    `block` is from when until when (unix seconds) its machines are those of a block of capacity.
    """

    name: str
    min: int
    max: int
    block: tuple[float, float] | None = None

    def filled(self, now: float) -> bool:
        """Whether the group has all of its machines, whatever is queued."""
        return self.block is not None and self.block[0] <= now < self.block[1]


@dataclass(frozen=True)
class View:
    """A group: Slurm's nodes in order, machines that live by id, claims (name to machine id).

    `failed` are the names whose machine says that it failed its gate. `filled` means that a block of capacity lasts,
    `off` that nothing is to run any more.
    """

    size: Size
    nodes: Sequence[Node]
    machines: Collection[str]
    claims: Mapping[str, str]
    failed: Collection[str] = ()
    filled: bool = False
    off: bool = False


@dataclass(frozen=True)
class Actions:
    """What to do, in the order of the fields.

    `lost` are forced down, `clear` may be asked for again, `wake` and `sleep` are asked of Slurm; `asked` are the names
    to claim; machines `end` with the claims to `drop`; the group is then to have `machines` machines.
    """

    lost: tuple[str, ...] = ()
    clear: tuple[str, ...] = ()
    wake: tuple[str, ...] = ()
    sleep: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    machines: int = 0


def decide(view: View) -> Actions:
    """What follows from what is there; all fields empty but `asked` and `machines` when all is as it should be."""
    nodes = {node.name: node for node in view.nodes}
    alive = {name for name, machine in view.claims.items() if machine in view.machines}
    kept = {name for name in view.failed if name in alive and name in nodes and nodes[name].released and not view.off}
    let_go = {name for name in alive - kept if name not in nodes or nodes[name].released}
    gone = set(view.claims) - alive
    lost = [name for name, node in nodes.items() if name in gone and not node.released]
    up = [
        name
        for name, node in nodes.items()
        if not node.released and name not in gone and (name in alive or "POWER_DOWN" not in node.flags)
    ]
    asked = [name for name in up if name in alive or not view.off]  # when all is to go, none is bought any more
    first = () if view.off else [node.name for node in view.nodes[: view.size.min]]
    unclaimed = sorted(set(view.machines) - set(view.claims.values()))
    full = view.filled and not view.off
    surplus = 0 if full else len(unclaimed) - len(set(asked) - alive)
    return Actions(
        lost=tuple(lost),
        clear=tuple(name for name, node in nodes.items() if _stuck(node) and name not in view.claims),
        wake=tuple(name for name in first if "POWERED_DOWN" in nodes[name].flags and not _stuck(nodes[name])),
        sleep=tuple(name for name in up if view.off and "POWER_DOWN" not in nodes[name].flags),
        asked=tuple(asked),
        end=(*sorted(view.claims[name] for name in let_go), *(unclaimed[-surplus:] if surplus > 0 else ())),
        drop=tuple(sorted(let_go | gone)),
        machines=view.size.max if full else min(len(asked) + len(kept), view.size.max),
    )


def _stuck(node: Node) -> bool:
    """Whether Slurm would not ask for a node that has no machine: what was wrong went with the machine."""
    return "POWERED_DOWN" in node.flags and (node.state == "DOWN" or "DRAIN" in node.flags)


@dataclass
class _Known:
    """What is remembered of a group between two looks, to ask less: all of it can be read again.

    `listed` says that `machines` are what the group had when it was asked, and not the nothing of a new head.
    `short` is why there are fewer machines than wanted, as told at the last look; `refused` that it was an error.
    `since` is when this head first had a reason to tell, and has had one at each look from then on.
    """

    machines: dict[str, Machine] = field(default_factory=dict)
    listed: bool = False
    looked: float = float("-inf")
    size: int | None = None
    asked: tuple[str, ...] | None = None
    reason: str | None = None
    since: float | None = None
    short: str | None = None
    refused: bool = False


class Power:
    """`step` looks at all groups and carries out; what goes wrong with one group is its reason and stops no other."""

    def __init__(
        self,
        bucket: Bucket,
        slurm: Slurm,
        sizes: Sequence[Size],
        open_group: Callable[[str], Group],
        look: float = LOOK,
    ) -> None:
        self._bucket = bucket
        self._slurm = slurm
        self._sizes = sizes
        self._open = open_group
        self._look = look
        self._groups: dict[str, Group] = {}
        self._known = {size.name: _Known() for size in sizes}
        self._claims: dict[str, dict[str, Any]] = {}

    @property
    def machines(self) -> dict[str, int]:
        """How many machines each group had at the last look; without those groups that could not be looked at yet."""
        return {name: len(known.machines) for name, known in self._known.items() if known.listed}

    def step(self, nodes: Sequence[Node], now: float, off: bool = False) -> dict[str, dict[str, Any]]:
        """Make the groups as Slurm wants them; returns what the report tells of each group."""
        by_group: dict[str, list[Node]] = {size.name: [] for size in self._sizes}
        for node in nodes:
            by_group.setdefault(node.partition, []).append(node)
        return self._each(lambda size, known: self._group(size, by_group[size.name], known, now, off), by_group, now)

    def end_all(self, now: float) -> dict[str, dict[str, Any]]:
        """End every machine and ask for none, without Slurm and the bucket, which may be what does not work."""
        return self._each(lambda size, known: self._end(size, known, now), {}, now)

    def _each(
        self, act: Callable[[Size, _Known], None], nodes: Mapping[str, Sequence[Node]], now: float
    ) -> dict[str, dict[str, Any]]:
        for size in self._sizes:
            known = self._known[size.name]
            known.reason = None
            try:
                act(size, known)
            except (GroupError, SlurmError, Damaged, ValueError, ModuleNotFoundError, OSError) as error:
                known.reason = str(error)
            except Exception as error:  # a mistake of ours in one group must not keep machines of the others
                traceback.print_exc()
                known.reason = f"{type(error).__name__}: {error}"
            if known.reason is None:
                known.since = None
            elif known.since is None:
                known.since = now
        return {size.name: self._told(size.name, nodes.get(size.name, ())) for size in self._sizes}

    def _end(self, size: Size, known: _Known, now: float) -> None:
        group = self._opened(size.name)
        self._list(group, known, now, known.size != 0)
        self._size(group, 0, known, now)
        if known.machines:
            group.end(known.machines.keys())
            known.looked = float("-inf")

    def _opened(self, name: str) -> Group:
        return self._groups.get(name) or self._groups.setdefault(name, self._open(name))

    def _list(self, group: Group, known: _Known, now: float, at_once: bool) -> None:
        if at_once or now - known.looked >= self._look:
            known.machines = {one.id: one for one in group.list() if one.state != "ending"}
            known.looked, known.listed = now, True

    def _group(self, size: Size, nodes: Sequence[Node], known: _Known, now: float, off: bool) -> None:
        group = self._opened(size.name)
        # Machines first: one that claims in between is then seen as claimed, never taken for lost.
        self._list(group, known, now, self._restless(nodes, known))
        claims = self._read_claims(size.name)
        failed = {node.name: why for node in nodes if node.released and (why := self._failure(node, claims))}
        actions = decide(View(size, nodes, known.machines.keys(), claims, failed.keys(), size.filled(now), off))
        known.reason = "; ".join(f"{name} failed its gate: {why}" for name, why in failed.items()) or None
        self._carry_out(group, size.name, actions, known, now)
        self._size(group, actions.machines, known, now)

    def _size(self, group: Group, wanted: int, known: _Known, now: float) -> None:
        """Ask for what is missing when it changes, and then no more often than the group is looked at."""
        looked, missing = known.looked == now, len(known.machines) < wanted
        if wanted != known.size or (looked and (missing or known.refused)):
            known.size, known.refused, known.short = wanted, True, None
            try:
                group.grow(wanted)
                known.refused = False
                if missing:
                    known.short = group.reason()
            except GroupError as error:
                known.short = error.reason
        if missing or known.refused:
            known.reason = known.reason or known.short

    def _carry_out(self, group: Group, name: str, actions: Actions, known: _Known, now: float) -> None:
        # Down first: else a job that is completing there waits for SlurmdTimeout before it starts again.
        self._slurm.set_nodes(actions.lost, "down", GONE)
        self._slurm.set_nodes(actions.lost, "power_down_force")
        self._slurm.set_nodes(actions.clear, "resume")
        self._slurm.set_nodes(actions.wake, "power_up")
        self._slurm.set_nodes(actions.sleep, "power_down_asap")
        if actions.asked != known.asked:
            write_object(self._bucket, f"nodes/asked/{name}.json", {"names": list(actions.asked), "time": now})
            known.asked = actions.asked
        if actions.end:
            group.end(actions.end)
            known.looked = float("-inf")
        for claim in actions.drop:
            self._bucket.delete(f"nodes/claims/{claim}.json")
            self._claims.pop(claim, None)

    def _restless(self, nodes: Sequence[Node], known: _Known) -> bool:
        return known.asked != tuple(node.name for node in nodes if not node.released)

    def _read_claims(self, group: str) -> dict[str, str]:
        """A claim never changes until it is deleted here, so each is read once.

        One that names no machine of a group is deleted: it would keep its name from those that could have it.
        """
        there = {name.removesuffix(".json") for name in self._bucket.names("nodes/claims")}
        for name in self._claims.keys() - there:
            del self._claims[name]
        for name in there - self._claims.keys():
            key = f"nodes/claims/{name}.json"
            try:
                claim = read_object(self._bucket, key)
                if claim is not None and not all(isinstance(claim.get(part), str) for part in ("machine", "group")):
                    raise Damaged(f"{key} names no machine of a group")
            except Damaged as error:
                print(f"head: {error}; it is removed", file=sys.stderr, flush=True)
                self._bucket.delete(key)
                continue
            if claim is not None:
                self._claims[name] = claim
        return {name: claim["machine"] for name, claim in self._claims.items() if claim.get("group") == group}

    def _failure(self, node: Node, claims: Mapping[str, str]) -> str | None:
        if node.state != "DOWN" or node.name not in claims:
            return None
        try:
            report = read_object(self._bucket, f"reports/{node.name}.json") or {}
        except Damaged:  # says nothing of itself that could keep it
            return None
        # The machine that had the name before may have left its report.
        own = report.get("machine", claims[node.name]) == claims[node.name]
        return (report.get("reason") or "it does not say why") if own and report.get("state") == "failed" else None

    def _told(self, name: str, nodes: Sequence[Node]) -> dict[str, Any]:
        known = self._known[name]
        idle = sum(node.idle for node in nodes)
        old = {one.id for one in known.machines.values() if one.outdated}
        outdated = sorted(claimed for claimed, claim in self._claims.items() if claim.get("machine") in old)
        told = {"asked": len(known.asked or ()), "machines": len(known.machines), "idle": idle, "outdated": outdated}
        return {**told, "reason": known.reason, "since": known.since}
