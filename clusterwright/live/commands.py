"""What the command line calls: each function prints, and returns the exit status.

`stack` is what a user calls it (stacks/<stack>.yaml), `cluster` the name that its spec gives it. What a user can mend
is raised as a ClusterwrightError, whose text is the whole message.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from clusterwright.errors import ClusterwrightError
from clusterwright.live import logs as log_files
from clusterwright.live import watch as watching
from clusterwright.live.rerun import request_rerun
from clusterwright.live.state import read_snapshot
from clusterwright.live.storage import FolderStorage
from clusterwright.live.text import command, make, some
from clusterwright.paths import bucket_dir, cluster_dir, clusters_dir, nodes_dir, project_dir


def watch(stack: str, cluster: str, until_finished: bool = False, interval: float = 1.0) -> int:
    """Follow a cluster. Exit status: 0 finished, 1 failed, 130 interrupted; the cluster goes on in any case."""
    _must_be_up(stack, cluster)
    console = Console()
    display: watching.Display
    if console.is_terminal and not console.is_dumb_terminal:
        display = watching.Screen(console, stack)
    else:
        display = watching.Lines(console, stack)

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    return watching.follow(
        FolderStorage(bucket_dir(cluster)), stack, display, say, until_finished=until_finished, interval=interval
    )


def logs(stack: str, cluster: str, node: str | None = None, follow: bool = False, lines: int = 50) -> int:
    """Print the last lines of a node's logs; without a node list what there is, or follow all of them."""
    _must_exist(stack, cluster)

    def find() -> tuple[log_files.Source, ...]:
        return log_files.sources(nodes_dir(cluster), bucket_dir(cluster), node)

    console = Console(soft_wrap=True)
    found = find()
    if not found and not follow:
        raise ClusterwrightError(_no_logs(stack, cluster, node))
    if node is None and not follow:
        widest = max(len(source.label) for source in found)
        for source in found:
            size = f"{source.path.stat().st_size:,}"
            console.print(f"{source.label:{widest}}  {size:>12} B  {source.path}", markup=False, highlight=False)
        console.print(f"read one: {command(f'logs {stack} NODE')}; follow all: {command(f'logs {stack} --follow')}")
        return 0

    def write(source: log_files.Source, line: str) -> None:
        console.print(f"{source.label} | {line}", markup=False, highlight=False)

    offsets: dict[Path, int] = {}
    for source in found:  # also of old runs, to follow them from where they end
        offsets[source.path] = source.path.stat().st_size
    for source in log_files.without_old_runs(found):
        last, offsets[source.path] = log_files.tail(source.path, lines)
        for line in last:
            write(source, line)
    if follow:
        with suppress(KeyboardInterrupt):  # the way to stop following
            log_files.follow(find, offsets, write)
    return 0


def results(stack: str, cluster: str, out: Path | str | None = None) -> int:
    """Copy the model and the report of the current job's newest finished run to runs/<stack>/ (or to `out`)."""
    from clusterwright.live.results import fetch, show  # draws with matplotlib, which takes a second to import

    _must_exist(stack, cluster)
    home = _home()
    target = Path(out) if out is not None else home / "runs" / stack
    fetched = fetch(FolderStorage(bucket_dir(cluster)), stack, target, spec=home / "stacks" / f"{stack}.yaml")
    show(Console(), fetched)
    return 0


def rerun(stack: str, cluster: str) -> int:
    """Run the stack's job again, from its start, on the cluster that is up."""
    _must_be_up(stack, cluster)
    storage = FolderStorage(bucket_dir(cluster))
    run = request_rerun(storage, stack)
    print(f"run {run} is asked for; the head starts it when every node is healthy")
    lost = [node.name for node in read_snapshot(storage, time.time()).nodes if node.state == "lost"]
    if lost:
        print(f"until then it waits for {some(lost)}, which the cluster has lost; to mend: {make('up', stack)}")
    print(f"watch it: {command(f'watch {stack}')}")
    return 0


def _home() -> Path:
    """The project's folder, as a user in or below it would type it; the current folder outside of a project."""
    try:
        project = project_dir()
    except ClusterwrightError:
        return Path()
    return project.relative_to(Path.cwd()) if project.is_relative_to(Path.cwd()) else project


def _must_exist(stack: str, cluster: str) -> None:
    """Raise ClusterwrightError when nothing of such a cluster is on this machine."""
    if cluster_dir(cluster).is_dir():
        return
    there = some(sorted(path.name for path in clusters_dir().glob("*/")))
    others = f"clusters that are: {there}" if there else "nor is any other"
    raise ClusterwrightError(
        f"error: there is no cluster {cluster} on this machine\n"
        f"  why: {cluster_dir(cluster)} is not there; {others}\n"
        f"  hint: {make('up', stack)}"
    )


def _must_be_up(stack: str, cluster: str) -> None:
    _must_exist(stack, cluster)
    if not any(nodes_dir(cluster).glob("*/")):
        raise ClusterwrightError(
            f"error: cluster {cluster} is down\n"
            f"  why: {nodes_dir(cluster)} holds no node; what the spec keeps is in {bucket_dir(cluster)}\n"
            f"  hint: {make('up', stack)}; for the results of a finished run: {command(f'results {stack}')}"
        )


def _no_logs(stack: str, cluster: str, node: str | None) -> str:
    known = sorted({source.node for source in log_files.sources(nodes_dir(cluster), bucket_dir(cluster))})
    if node is None or not known:
        return f"error: cluster {cluster} has no logs yet\n  hint: {command(f'watch {stack}')}"
    return f"error: cluster {cluster} has no logs of a node {node}\n  why: there are logs of {some(known)}"
