"""What watch says of a cluster of machines in words: phases, boots, groups, money, the queue. Pure, without colours."""

from __future__ import annotations

from itertools import groupby

from clusterwright.live.costs import after_finish, boot_cost
from clusterwright.live.nodes import Node
from clusterwright.live.reports import Boot
from clusterwright.live.runs import Run, RunLine
from clusterwright.live.shortages import shortages
from clusterwright.live.state import Snapshot
from clusterwright.live.text import command, duration, some
from clusterwright.words import counted

LOG_LINES = 4  # of a node that failed; `logs` has the rest


def phase(node: Node) -> str:
    """Where a node is on its way into the cluster: the phase of a machine's boot, else its state."""
    return node.phase if node.phase and node.boot and node.state in ("booting", "converging") else node.state


def work(snapshot: Snapshot, node: Node) -> str:
    """The run that has the node, with its phase; nothing while that waits, be it between two attempts or two phases."""
    there = [run for run in (snapshot.run, *snapshot.queue) if run and run.state == "running" and not run.reason]
    names = [f"{_called(run)} {run.phase or ''}".rstrip() for run in there if node.name in run.members]
    return ", ".join(names)


def _called(run: Run | RunLine) -> str:
    return run.label if isinstance(run, RunLine) and run.label else run.name


def by_phase(boot: Boot) -> str:
    return ", ".join(f"{name} {duration(seconds)}" for name, seconds in boot.phases.items())


def boot(snapshot: Snapshot) -> str | None:
    """How long it took until every node was healthy, by the phases of the node that was last; None until they are."""
    last = snapshot.slowest
    if last is None or last.boot is None:
        return None
    up = snapshot.up
    whole = "" if up is None else f"{up[0]} to healthy {duration(up[1])}; "
    return f"boot: {whole}{last.name} was last, {duration(last.boot.seconds)} from its boot: {by_phase(last.boot)}"


def groups(snapshot: Snapshot) -> list[str]:
    """A line a group: what Slurm asks for and what is there, as the head says it, and why there is less."""
    view, short = snapshot.view, shortages(snapshot.facts, snapshot.view)
    lines = []
    for name, group in (view.groups if view else {}).items():
        counts = [("asked for", group.asked), ("machines", group.machines), ("idle", group.idle)]
        words = ", ".join(f"{count:,} {word}" for word, count in counts if count is not None)
        lines.append(f"{name}: {words}" + (f"; {short[name].words}" if name in short else ""))
    return lines


def outdated(snapshot: Snapshot) -> list[str]:
    """A line a group that has nodes with older settings than its next machines.

    Slurm ends a node that is to power down as soon as possible when its jobs have ended
    (https://slurm.schedmd.com/scontrol.html, POWER_DOWN_ASAP), and the head has a machine come where one is wanted.
    """
    old = {name: [*view.outdated] for name, view in (snapshot.view.groups if snapshot.view else {}).items()}
    return [
        f"{group}: {some(names)} started with older settings than the spec's, which their next machines have. To end "
        "them when their jobs have ended, on the head: "
        f"`sudo scontrol update NodeName={_hostlist(names)} State=POWER_DOWN_ASAP`"
        for group, names in old.items()
        if names
    ]


def _hostlist(names: list[str]) -> str:
    """Nodes of one group as Slurm's commands take them: train-[1-3,7]."""
    numbers = sorted(int(name.rpartition("-")[2]) for name in names)
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    spans = ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
    return f"{names[0].rpartition('-')[0]}-[{spans}]"


def cost(snapshot: Snapshot) -> str | None:
    """What the cluster has cost and costs an hour, and what of that went into GPUs that waited for their machines.

    None where there is nothing to pay: on this machine, as long as nobody gave it a price.
    """
    facts, view = snapshot.facts, snapshot.view
    if facts is None:
        return None
    spend = view.spend if view else None
    booted = boot_cost(facts, snapshot.nodes, snapshot.time)
    known = (spend is not None and (spend.usd or spend.usd_per_hour)) or (booted is not None and booted.usd is not None)
    if facts.provider == "local" and not known:
        return None
    limit = f" of {usd(spend.limit_usd)}" if spend and spend.limit_usd is not None else ""
    words = [f"{usd(spend.usd if spend else None)} so far{limit}", f"{usd(spend.usd_per_hour if spend else None)}/h"]
    if booted is not None:
        many = counted(booted.machines, "machine")
        each = duration(booted.seconds / booted.machines)
        words.append(f"GPUs idle in boot {usd(booted.usd)} ({many}, {each} each)")
    return "cost: " + ", ".join(words)


def notes(snapshot: Snapshot) -> list[str]:
    """What the head says of its own work, and of what it does about money."""
    view = snapshot.view
    spent = view.spend.notes if view and view.spend else ()
    return [f"head: {words}" for words in (*(view.reasons if view else ()), *spent)]


def still_costs(snapshot: Snapshot) -> str | None:
    """What is paid for on when no job runs, a day; None where the head says of nothing."""
    costs = after_finish(snapshot.view)
    if not costs:
        return None
    return "still costs a day: " + ", ".join(f"{name} {usd(amount)}" for name, amount in costs)


def queue(line: RunLine) -> str:
    """A run beside the current one: where it is, or why it waits."""
    name = f"{line.name} ({line.label})" if line.label else line.name
    nodes = "" if line.nodes is None else f", {counted(line.nodes, 'node')}"
    why = f": {line.reason}" if line.reason else ""
    wish = ", being cancelled" if line.cancelling else ""
    return f"run {name}: {line.state}{wish}{nodes}{why}"


def ended(line: RunLine, name: str) -> str:
    """How a run beside the current one ended, and where to look when it failed; `name` is the stack's."""
    called = f"{line.name} ({line.label})" if line.label else line.name
    took = "" if line.seconds is None else f" after {duration(line.seconds)}"
    why = f": {line.reason}" if line.reason and line.state != "finished" else ""
    look = f". To look: {command(f'logs {name} {line.name}')}" if line.state == "failed" else ""
    return f"run {called}: {line.state}{took}{why}{look}"


def usd(amount: float | None) -> str:
    return "unknown" if amount is None else f"{amount:,.2f} USD"
