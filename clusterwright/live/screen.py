"""How a snapshot looks on a terminal. Every state is a word beside its colour."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from clusterwright.live import machines, messages
from clusterwright.live.nodes import Node
from clusterwright.live.records import Metric
from clusterwright.live.runs import Phase, Run
from clusterwright.live.state import Snapshot
from clusterwright.live.text import duration, number, percent
from clusterwright.words import counted

NO_BREAK = "\N{NO-BREAK SPACE}"
MOST_NODES = 12  # rows; the rest, those that are well, are counted
MOST_RUNS = 12  # of the queue; the rest are counted

STYLES = {
    "asked": "dim",
    "starting": "dim",
    "booting": "yellow",
    "converging": "yellow",
    "healthy": "green",
    "failed": "bold red",
    "lost": "bold red",
    "pending": "dim",
    "queued": "yellow",
    "running": "cyan",
    "done": "green",
    "finished": "bold green",
    "superseded": "yellow",
    "cancelled": "yellow",
}
MARKS = {"pending": "·", "running": "▶", "done": "✓", "failed": "✗"}
TROUBLE = ("failed", "lost", "asked", "starting", "booting", "converging")


def fitting(console: Console, snapshot: Snapshot, name: str, notes: tuple[str, ...] = ()) -> RenderableType:
    """The whole display with as many runs of the queue as the console has rows for; the others are counted."""
    most = min(MOST_RUNS, len(snapshot.queue))
    picture = render(snapshot, name, notes, most)
    while most and len(console.render_lines(picture, pad=False)) > console.height:
        most -= 1
        picture = render(snapshot, name, notes, most)
    return picture


def render(snapshot: Snapshot, name: str, notes: tuple[str, ...] = (), most_runs: int = MOST_RUNS) -> RenderableType:
    """The whole display; `notes` are lines that the caller adds (silence, what Ctrl-C does)."""
    parts: list[RenderableType] = [_title(snapshot, name), Text()]
    if snapshot.run is not None:
        parts += [_phases(snapshot.run), Text()]
        if snapshot.run.reason is not None:
            parts += [Text(snapshot.run.reason, style=STYLES[snapshot.run.state]), Text()]
        if snapshot.run.metric is not None:
            parts += [_numbers(snapshot.run.metric, snapshot.run.heldout), Text()]
    else:
        parts += [Text(messages.progress(snapshot), style="cyan"), Text()]
    parts.append(_nodes(snapshot))
    if snapshot.facts is not None:
        parts += _cluster(snapshot, most_runs)
    warnings = [
        *(f"warning: {problem}" for problem in snapshot.problems),
        *messages.advice(snapshot, name),
        *notes,
    ]
    if warnings:
        parts += [Text(), *(Text(warning, style="yellow") for warning in warnings)]
    return Group(*parts)


def _title(snapshot: Snapshot, name: str) -> RenderableType:
    title = Text.assemble(("Clusterwright ", "bold"), (name, "bold cyan"))
    run = snapshot.run
    if run is not None:
        title.append("  run ", "dim").append(run.name).append("  ").append(run.state, STYLES[run.state])
        begun = run.started or run.requested
        if begun is not None and run.going:
            title.append(f"  {duration(max(0.0, snapshot.time - begun))}", "dim")
        if run.restarts:
            title.append(f"  resumed from a checkpoint {run.restarts}×", "yellow")
    return Rule(title, align="left", style="dim")


def _phases(run: Run) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(width=30)
    table.add_column(justify="right")
    table.add_column()
    for phase in run.phases:
        style = STYLES[phase.state]
        bar = ProgressBar(total=1.0, completed=phase.share, width=30, complete_style=style, finished_style=style)
        table.add_row(Text(f"{MARKS[phase.state]} {phase.name}", style=style), bar, _steps(phase), _phase_words(phase))
    return table


def _steps(phase: Phase) -> str:
    if phase.step is None:
        return ""
    return f"{phase.step:,} / {phase.steps:,}" if phase.steps else f"{phase.step:,}"


def _phase_words(phase: Phase) -> Text:
    if phase.state == "done":
        return Text(duration(phase.seconds), style="dim")
    if phase.state == "failed":
        return Text("failed", style=STYLES["failed"])
    if phase.state == "pending":
        return Text()
    words = [phase.variant or "", phase.message or "" if phase.step is None else ""]
    if phase.seconds_left is not None:
        words.append(f"{duration(phase.seconds_left)} left")
    elif phase.seconds is not None:
        words.append(duration(phase.seconds))
    return Text("  ".join(word for word in words if word))


def _numbers(metric: Metric, heldout: Metric | None) -> Table:
    """The newest numbers, each under its name."""
    cells = [
        ("loss", None if metric.loss is None else number(metric.loss, 3)),
        ("MLM accuracy", None if metric.mlm_accuracy is None else percent(metric.mlm_accuracy)),
        ("NSP accuracy", None if metric.nsp_accuracy is None else percent(metric.nsp_accuracy)),
        ("accuracy", None if metric.accuracy is None else percent(metric.accuracy)),
        ("held-out MLM loss", None if heldout is None else number(heldout.heldout_mlm_loss, 3)),
        ("tokens/s", None if metric.tokens_per_s is None else number(metric.tokens_per_s)),
        ("processes", None if metric.world_size is None else number(metric.world_size)),
    ]
    shown = [(name, value) for name, value in cells if value is not None]
    table = Table.grid(padding=(0, 3))
    table.add_row(*(Text(name, style="dim") for name, _ in shown))
    table.add_row(*(Text(value, style="bold") for _, value in shown))
    return table


def _nodes(snapshot: Snapshot) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    booting = snapshot.facts is not None
    for column in ("node", *(("phase", "run") if booting else ("state", "worker")), "bootstrap"):
        table.add_column(column, no_wrap=column != "bootstrap")
    nodes = snapshot.nodes
    if len(nodes) > MOST_NODES:
        troubled = sorted(nodes, key=lambda node: TROUBLE.index(node.state) if node.state in TROUBLE else len(TROUBLE))
        nodes = tuple(troubled[:MOST_NODES])
    for node in nodes:
        state = Text(machines.phase(node), style=STYLES[node.state])
        if booting and node.step is not None and node.step.label != state.plain:
            state.append(f": {node.step.label}")
        if node.in_phase is not None:
            state.append(f" {duration(node.in_phase)}", "dim")
        if node.state == "lost":
            state.append(f" (no heartbeat for {duration(node.age)})")
        work = machines.work(snapshot, node) if booting else node.worker or ""
        table.add_row(node.name, state, Text(work), _bootstrap(node))
    if len(nodes) < len(snapshot.nodes):
        table.add_row(f"and {len(snapshot.nodes) - len(nodes):,} more", "", "", "")
    return table


def _cluster(snapshot: Snapshot, most_runs: int) -> list[RenderableType]:
    """What a cluster of machines has besides: groups, the boot as a whole, money, and the other runs."""
    lines = [*machines.groups(snapshot), machines.boot(snapshot), machines.cost(snapshot)]
    texts = [Text(line) for line in lines if line is not None]
    texts += [Text(note, style="yellow") for note in machines.notes(snapshot)]
    texts += [Text(machines.queue(line), style=STYLES[line.state]) for line in snapshot.queue[:most_runs]]
    more = len(snapshot.queue) - most_runs
    if more > 0:
        texts.append(Text(f"and {counted(more, 'more run')}"))
    return [Text(), *texts] if texts else []


def _bootstrap(node: Node) -> Text:
    if node.state == "asked":
        return Text(node.reason or "no machine has taken the name yet", style="dim")
    if node.state in ("failed", "booting", "converging") and node.reason:
        text = Text(node.reason, style=STYLES[node.state])
        if node.state == "failed":
            text.append("".join(f"\n{line}" for line in node.log_tail[-machines.LOG_LINES :]), "dim")
        return text
    text = Text()
    if node.notice is not None:
        text.append(f"notice: {node.notice}  ", "bold yellow")
    if node.state == "healthy" and node.boot is not None:
        text.append(f"{duration(node.boot.seconds)}: {machines.by_phase(node.boot)}", "dim")
        return text
    for step in node.steps:
        mark = {"ok": "✓", "failed": "✗"}.get(step.state, "▶")
        took = "" if step.seconds is None else f" {duration(step.seconds)}"
        words = f"{mark} {step.label}{took}".replace(" ", NO_BREAK)
        text.append(f"{words}  ", "bold red" if step.state == "failed" else "dim")
    return text
