"""The plan as a table for people."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clusterwright.plan.model import ClusterPlan, digest


def show(plan: ClusterPlan, console: Console | None = None) -> None:
    """Prints what is made, what was decided with its reason, and last why it can't be deployed, if it can't."""
    console = console or Console()
    made = _table("what", "name", "details")
    made.add_row("head", plan.head.name, f"machine {plan.head.machine}")
    for group in plan.groups:
        names = group.node_names
        listed = ", ".join(names) if len(names) <= 4 else f"{names[0]} to {names[-1]}"
        least = f"{group.nodes.min} to " if group.nodes.min < group.nodes.max else ""
        size = f"{least}{_nodes(group.nodes.max)}"
        made.add_row("group", group.name, f"{size}, machine {group.machine}: {listed or 'none yet'}")
    for storage in plan.storage:
        fate = "kept when the cluster is destroyed" if storage.on_destroy == "keep" else "deleted with the cluster"
        made.add_row(storage.kind, storage.name, f"mounted at {storage.mount}, {fate}")
    made.add_row("software", f"PyTorch {plan.software.pytorch}", plan.software.lock)
    if job := plan.job:
        model, ranks = job.config["model"], job.nodes * job.processes_per_node
        size = f"{model['layers']} layers of {model['hidden']}"
        where = f"{_nodes(job.nodes)} of {job.group}, {ranks} rank{'s' * (ranks != 1)}"
        made.add_row("job", f"{model['name']} ({job.id})", f"{size}: {', '.join(job.config['phases'])}; on {where}")
    decided = _table("decided for you", "value", "because")
    decided.columns[0].no_wrap = True  # a path in two pieces can't be copied or searched for
    for decision in plan.decisions:
        decided.add_row(*map(Text, (decision.path, decision.value, decision.reason)))
    console.print(f"cluster {plan.name} on {plan.provider}, plan {digest(plan)[:12]}\n", highlight=False)
    console.print(made)
    if plan.decisions:
        console.print()
        console.print(decided)
    if plan.refusals:
        refused = _table("can't be deployed", "what to do")
        for refusal in plan.refusals:
            refused.add_row(Text(refusal.what), Text(refusal.hint))
        console.print()
        console.print(refused)


def _nodes(count: int) -> str:
    return f"{count} node{'s' * (count != 1)}"


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
