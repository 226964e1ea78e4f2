"""What watch says in words: events between two snapshots, warnings, endings. Pure; no colours, no terminal."""

from __future__ import annotations

from collections import defaultdict

from clusterwright.live import machines
from clusterwright.live.nodes import COMING, Node
from clusterwright.live.runs import Run
from clusterwright.live.shortages import shortages
from clusterwright.live.state import Snapshot
from clusterwright.live.text import command, duration, make, number, percent, some


def progress(snapshot: Snapshot) -> str:
    """One line on where the job is, or on what it waits for."""
    run = snapshot.run
    if run is None or not run.going:
        waiting = [node.name for node in snapshot.nodes if node.state in COMING]
        if waiting:
            return f"waiting for {some(waiting)}{_bootstrap(snapshot.nodes)}"
        return "no job is running" if run is None else f"run {run.name} {run.state}"
    if run.state == "queued" and snapshot.facts and run.reason:
        short = shortages(snapshot.facts, snapshot.view).get(snapshot.job.group) if snapshot.job else None
        why = f"{run.reason}: {short.words}" if short else run.reason
        return f"run {run.name} is queued: {why}{_bootstrap(snapshot.nodes)}"
    if run.state == "queued":
        waiting = [node.name for node in snapshot.nodes if node.state != "healthy"]
        return f"run {run.name} waits for {some(waiting) or 'the head to start it'}{_bootstrap(snapshot.nodes)}"
    phase = next((phase for phase in run.phases if phase.state == "running"), None)
    if phase is None:
        return f"run {run.name} is starting its processes"
    name = f"{phase.name} ({phase.variant})" if phase.variant else phase.name
    if phase.step is None:
        spent = "" if phase.seconds is None else f" ({duration(phase.seconds)})"
        return f"{name}: {phase.message or 'started'}{spent}"
    steps = f"{phase.step:,}/{phase.steps:,}" if phase.steps else f"{phase.step:,}"
    left = [] if phase.seconds_left is None else [f"{duration(phase.seconds_left)} left in this phase"]
    return f"{name} {steps}   " + "   ".join([*numbers(run), *left])


def numbers(run: Run) -> list[str]:
    """The training's numbers as they stand, those that are known."""
    metric = run.metric
    if metric is None:
        return []
    known = [
        ("loss", metric.loss, lambda value: number(value, 3)),
        ("MLM accuracy", metric.mlm_accuracy, percent),
        ("NSP accuracy", metric.nsp_accuracy, percent),
        ("accuracy", metric.accuracy, percent),
    ]
    texts = [f"{name} {form(value)}" for name, value, form in known if value is not None]
    return texts + ([] if metric.tokens_per_s is None else [f"{number(metric.tokens_per_s)} tokens/s"])


def _bootstrap(nodes: tuple[Node, ...]) -> str:
    """The steps that converging nodes are at, the commonest first, with the longest time of those that take minutes."""
    steps: dict[str, list[float]] = defaultdict(list)
    for node in nodes:
        if node.state in ("booting", "converging") and (doing := node.step.label if node.step else node.phase):
            steps[doing].append(node.step.seconds or 0.0 if node.step else 0.0)
    commonest = sorted(steps, key=lambda step: -len(steps[step]))[:3]
    words = [f"{step} for {max(steps[step]) // 60:.0f} min" if max(steps[step]) >= 60 else step for step in commonest]
    return f" ({', '.join(words)})" if words else ""


def events(before: Snapshot | None, now: Snapshot, name: str) -> list[str]:
    """What changed in the cluster of stack `name`, one line each.

    Nodes that did the same share a line, so that a big cluster stays readable.
    """
    lines = []
    old_nodes = {node.name: node for node in before.nodes} if before else {}
    changed: dict[str, list[str]] = defaultdict(list)
    for node in now.nodes:
        old = old_nodes.pop(node.name, None)
        if old is None or _told(old) != _told(node):
            changed[condition(node)].append(node.name)
        if node.rejected is not None and (old is None or old.rejected != node.rejected):
            changed[f"keeps its bundle; the new one was refused: {node.rejected.reason}"].append(node.name)
        if node.notice is not None and (old is None or old.notice != node.notice):
            changed[f"has notice from its cloud: {node.notice}"].append(node.name)
    if old_nodes:
        changed["gone"].extend(old_nodes)
    lines += [f"{'nodes' if len(names) > 1 else 'node'} {some(names)}: {what}" for what, names in changed.items()]
    if before is not None and before.bundle != now.bundle:
        lines.append(f"bundle {now.bundle[:12]} is current" if now.bundle else "control/current is gone")
    lines += _run_events(before.run if before else None, now.run)
    lines += _cluster_events(before, now, name)
    lines += [f"warning: {problem}" for problem in now.problems if before is None or problem not in before.problems]
    return lines


def _run_events(old: Run | None, run: Run | None) -> list[str]:
    if run is None:
        return []
    lines = []
    same = old is not None and old.name == run.name
    old_phases = {phase.name: phase for phase in old.phases} if old is not None and same else {}
    for phase in run.phases:
        was = old_phases.get(phase.name)
        if phase.state == "done" and (was is None or was.state != "done"):
            lines.append(f"phase {phase.name}: done in {duration(phase.seconds)}")
        elif phase.state == "running" and (was is None or was.state != "running"):
            lines.append(f"phase {phase.name}: started")
        elif phase.attempts > 1 and was is not None and phase.attempts > was.attempts:
            lines.append(f"phase {phase.name}: resumed from its checkpoint (attempt {phase.attempts})")
    if old is None or not same or (old.state, old.reason) != (run.state, run.reason):
        state = f"run {run.name}: {run.state}" + (f": {run.reason}" if run.reason else "")
        lines.insert(0 if run.going else len(lines), state)  # its end comes after its last phase's
    return lines


def _told(node: Node) -> tuple[str | None, ...]:
    """What makes an event when it changes."""
    return node.state, machines.phase(node), node.reason


def _cluster_events(before: Snapshot | None, now: Snapshot, name: str) -> list[str]:
    """What changed in a cluster of machines beside its nodes and its current run."""
    old = {line.name: machines.queue(line) for line in before.queue} if before else {}
    lines = [text for line in now.queue if old.pop(line.name, None) != (text := machines.queue(line))]
    lines += [machines.ended(line, name) for line in now.over if line.name in old]
    before_groups = machines.groups(before) if before else []
    lines += [f"group {text}" for text in machines.groups(now) if text not in before_groups]
    before_notes = machines.notes(before) if before else []
    lines += [note for note in machines.notes(now) if note not in before_notes]
    booted = machines.boot(now)
    if booted is not None and (before is None or machines.boot(before) is None):
        lines += [booted, *filter(None, [machines.cost(now)])]
    return lines


def condition(node: Node) -> str:
    """A node's state with the reason, if it gives one."""
    if node.state == "lost":
        return f"lost: no heartbeat for {duration(node.age)}"
    if node.state == "starting":
        return "starting: no report yet"
    if node.state == "asked":
        return f"asked for, and no machine yet{f': {node.reason}' if node.reason else ''}"
    state = machines.phase(node)
    return f"{state}: {node.reason}" if node.reason else state


def advice(snapshot: Snapshot, name: str) -> list[str]:
    """What is wrong now, each with what mends it."""
    short = shortages(snapshot.facts, snapshot.view).values()
    lines = [words for one in short if (words := one.advice(name))]
    lines += machines.outdated(snapshot)
    lost = [node.name for node in snapshot.nodes if node.state == "lost"]
    if lost and len(lost) < len(snapshot.nodes):
        lines.append(f"lost: {some(lost)}. To mend: {make('up', name)}  (the job goes on from its checkpoint)")
    failed = [node.name for node in snapshot.nodes if node.state == "failed"]
    if failed:
        lines.append(f"failed: {some(failed)}. To look: {command(f'logs {name} {failed[0]}')}")
    refused: dict[str, list[str]] = defaultdict(list)
    for node in snapshot.nodes:
        if node.rejected is not None and node.bundle != snapshot.bundle:
            runs = f"rolled back to {node.bundle[:12]}" if node.bundle else "without a bundle"
            refused[f"{runs}; bundle {node.rejected.digest[:12]} was refused: {node.rejected.reason}"].append(node.name)
    return lines + [f"{some(names)}: {what}" for what, names in refused.items()]


def silence(snapshot: Snapshot, name: str, seconds: float) -> str:
    """Said when no node has given a sign of life for a while."""
    return (
        f"no sign of life from any node for {duration(seconds)}. To look: {command(f'logs {name}')}. "
        f"To mend: {make('up', name)}. Still watching."
    )


def ending(snapshot: Snapshot, name: str, blocked: str | None = None) -> tuple[int, list[str]] | None:
    """The exit status and the last words when there is nothing more to wait for; None while there is."""
    run = snapshot.run
    if blocked is not None:
        done = run is not None and run.state == "finished"
        return 1, [
            f"{'the job has finished, but' if done else 'the job did not start:'} {blocked}",
            f"look: {command(f'logs {name}')}",
            f"then mend the spec or the machine, and: {make('up', name)}",
        ]
    if snapshot.deployed and not snapshot.problems and snapshot.job is None:
        ready = snapshot.nodes and all(node.state == "healthy" for node in snapshot.nodes)
        return (0, ["every node is healthy; the spec has no job"]) if ready else None
    if run is None or run.going or run.state == "superseded":  # the head takes a superseded run up again
        return None
    if run.state == "finished":
        if snapshot.deployed and not snapshot.settled:  # a finished job says nothing of the nodes as they are now
            return None
        words = f"run {run.name} has finished; its model and report: {command(f'results {name}')}"
        return 0, [words, *filter(None, [machines.still_costs(snapshot)])]
    if run.state == "cancelled":
        return 1, [f"run {run.name} was cancelled; to run it again: {command(f'rerun {name}')}"]
    logs = command(f"logs {name} {run.members[0]}" if run.members else f"logs {name}")
    where = f" in phase {run.phase}" if run.phase else ""
    return 1, [
        f"run {run.name} failed{where}: {run.reason or 'no reason was recorded'}",
        f"log: {logs}  (in the bucket: jobs/{run.name}/logs/)",
        f"it is not run again by itself. When the cause is mended: {command(f'rerun {name}')}; "
        f"after a change of the job in the spec: {make('up', name)}",
    ]
