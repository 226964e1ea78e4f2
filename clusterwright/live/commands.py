"""What the command line calls: each function prints, and returns the exit status.

What a user can mend is raised as a ClusterwrightError, whose text is the whole message.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from rich.console import Console

from clusterwright.bucket import Bucket
from clusterwright.errors import ClusterwrightError
from clusterwright.live import jobs as job_table
from clusterwright.live import logs as log_files
from clusterwright.live import watch as watching
from clusterwright.live.access import open_stack, open_up, reaching
from clusterwright.live.bundles import remove_superseded
from clusterwright.live.reading import Reader
from clusterwright.live.rerun import request_rerun
from clusterwright.live.runs import RunLine, read_lines
from clusterwright.live.shortages import read_shortages
from clusterwright.live.stack import Stack
from clusterwright.live.state import read_snapshot
from clusterwright.live.submit import request_submit
from clusterwright.live.text import command, duration, make, some
from clusterwright.paths import bucket_dir, nodes_dir, project_dir
from clusterwright.plan.common import SUPERSEDED_DAYS
from clusterwright.words import counted

FOLLOW_FILES, FOLLOW_OBJECTS = 0.5, 5.0  # s between two looks; machines put their logs into the bucket every 15 s


def watch(stack: Stack, until_finished: bool = False, interval: float = 1.0) -> int:
    """Follow a cluster. Exit status: 0 finished, 1 failed, 130 interrupted; the cluster goes on in any case."""
    bucket = open_up(stack)
    console = Console()
    display: watching.Display
    if console.is_terminal and not console.is_dumb_terminal:
        display = watching.Screen(console, stack.name)
    else:
        display = watching.Lines(console, stack.name)

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    return watching.follow(bucket, stack.name, display, say, until_finished=until_finished, interval=interval)


def logs(stack: Stack, wanted: str | None = None, follow: bool = False, lines: int = 50) -> int:
    """Print the last lines of the logs of a node, of a run, or of one NODE/LOG; without any list all, or follow all.

    A run goes by its name or by what its owner called it.
    """
    bucket = open_stack(stack)

    def find_all() -> tuple[log_files.Source, ...]:
        objects = log_files.node_objects(bucket)
        if stack.provider == "local":
            files = log_files.node_files(nodes_dir(stack.cluster)), log_files.job_files(bucket_dir(stack.cluster))
            return (*files[0], *files[1], *objects)
        return (*objects, *log_files.job_objects(bucket))

    with reaching(stack):
        everything = find_all()
        found = log_files.chosen(everything, wanted)
        if not found and wanted is not None:
            run = _run(bucket, stack, wanted)
            wanted = run.name if run is not None else wanted
            found = log_files.chosen(everything, wanted)
            if run is not None and not found and not follow:
                raise ClusterwrightError(_nothing_written(stack, run))
        if not found and not follow:
            raise ClusterwrightError(_no_logs(stack, everything, wanted))
        console = Console(soft_wrap=True)
        if wanted is None and not follow:
            _list(console, stack, found)
            return 0

        def write(source: log_files.Source, line: str) -> None:
            console.print(f"{log_files.label(source)} | {line}", markup=False, highlight=False)

        told = {source.where for source in log_files.without_old_runs(found)}
        readers = {source.where: source.reader(lines if source.where in told else 0) for source in found}
        for source in found:
            for line in readers[source.where].read() if source.where in told else ():
                write(source, line)
        if follow:
            interval = FOLLOW_FILES if stack.provider == "local" else FOLLOW_OBJECTS
            with suppress(KeyboardInterrupt):  # the way to stop following
                log_files.follow(lambda: log_files.chosen(find_all(), wanted), readers, write, interval=interval)
    return 0


def _run(bucket: Bucket, stack: Stack, wanted: str) -> RunLine | None:
    """The run of that name or label; None where there is none."""
    lines = read_lines(Reader(bucket), time.time())
    return (
        job_table.find_run(lines, stack.name, wanted) if any(wanted in (one.name, one.label) for one in lines) else None
    )


def _nothing_written(stack: Stack, run: RunLine) -> str:
    so, hint = ("so it has written nothing yet", "watch") if run.going else ("and has written no log", "jobs")
    reason = f"\n  why: {run.reason}" if run.reason else ""
    return f"error: run {run.name} is {run.state}, {so}{reason}\n  hint: {command(f'{hint} {stack.name}')}"


def _list(console: Console, stack: Stack, found: Sequence[log_files.Source]) -> None:
    folder = bucket_dir(stack.cluster) if stack.provider == "local" else Path()
    widest = max(len(log_files.label(source)) for source in found)
    for source in found:
        label, size = log_files.label(source), f"{source.size():,}"
        # A path of this machine stays as it is; of a bucket elsewhere it is the key.
        console.print(f"{label:{widest}}  {size:>12} B  {folder / source.where}", markup=False, highlight=False)
    one, run = command(f"logs {stack.name} NODE/LOG"), command(f"logs {stack.name} RUN")
    all_ = command(f"logs {stack.name} --follow")
    console.print(
        f"read one: {one}; all of a node: NODE alone; of a run: {run}; follow all: {all_}",
        markup=False,
        highlight=False,
    )


def _no_logs(stack: Stack, everything: Sequence[log_files.Source], wanted: str | None) -> str:
    known = sorted({source.node for source in everything})
    if wanted is None or not known:
        return f"error: cluster {stack.cluster} has no logs yet\n  hint: {command(f'watch {stack.name}')}"
    return (
        f"error: cluster {stack.cluster} has no logs of a node, a run or a NODE/LOG called {wanted}\n"
        f"  why: there are logs of {some(known)}\n"
        f"  hint: see all: {command(f'logs {stack.name}')}"
    )


def results(stack: Stack, run: str | None = None, out: Path | str | None = None) -> int:
    """Copy the model and the report of the current job's newest finished run to runs/<stack>/ (or to `out`).

    With a run, copy what that has written, however it ended, to runs/<stack>/<run>/.
    """
    from clusterwright.live.results import fetch, fetch_run, show  # draws with matplotlib: a second to import

    bucket = open_stack(stack)
    home = _home()
    target = Path(out) if out is not None else home / "runs" / stack.name
    with reaching(stack):
        if run is not None:
            found = job_table.find_run(read_lines(Reader(bucket), time.time()), stack.name, run)
            target = target if out is not None else target / found.name
            count = fetch_run(bucket, found.name, target)
            print(f"run {found.name}, {found.state}: {counted(count, 'file')} in {target}")
            return 0
        fetched = fetch(bucket, stack.name, target, spec=home / "stacks" / f"{stack.name}.yaml")
    show(Console(), fetched)
    return 0


def rerun(stack: Stack) -> int:
    """Run the stack's job again, from its start, on the cluster that is up."""
    bucket = open_up(stack)
    with reaching(stack):
        run = request_rerun(bucket, stack.name)
        _asked_for(bucket, stack, run)
    return 0


def submit(
    stack: Stack, words: Sequence[str], source: Path | None, nodes: int | None, group: str | None, label: str | None
) -> int:
    """Run a user's own command on the cluster that is up."""
    bucket = open_up(stack)
    with reaching(stack):
        run = request_submit(bucket, stack.name, words, source=source, nodes=nodes, group=group, label=label)
        _asked_for(bucket, stack, run)
    return 0


def jobs(stack: Stack, form: Literal["text", "json"] = "text") -> int:
    """Print every run of the cluster, also of one that is down."""
    bucket = open_stack(stack)
    with reaching(stack):
        reader = Reader(bucket)
        lines = read_lines(reader, time.time())
        short = read_shortages(reader)
    console = Console()
    if form == "json":
        print(job_table.as_json(lines))
    elif lines:
        job_table.show(console, lines)
        for words in job_table.waits(lines, short, stack.name):
            console.print(words, markup=False, highlight=False, soft_wrap=True)
    else:
        print(f"cluster {stack.cluster} has had no run yet; watch it: {command(f'watch {stack.name}')}")
    for problem in reader.problems:
        Console(stderr=True).print(f"warning: {problem}", markup=False, highlight=False, soft_wrap=True)
    return 0


def cancel(stack: Stack, run: str) -> int:
    """Ask for the end of a run."""
    bucket = open_up(stack)
    with reaching(stack):
        print(job_table.request_cancel(bucket, stack.name, run))
        _tell_lost(bucket, stack, "until then nothing happens")
    print(f"see what became of it: {command(f'jobs {stack.name}')}")
    return 0


def prune(stack: Stack) -> int:
    """Remove superseded bundles that nothing needs any more; silent where there are none."""
    bucket = open_up(stack)
    with reaching(stack):
        gone = remove_superseded(bucket, stack.name)
    if gone:
        print(f"removed {counted(len(gone), 'superseded bundle')} of more than {SUPERSEDED_DAYS} days")
    return 0


def _asked_for(bucket: Bucket, stack: Stack, run: str) -> None:
    snapshot = read_snapshot(bucket, time.time())
    if snapshot.facts is None:
        print(f"run {run} is asked for; the head starts it when every node is healthy")
        lost = [node.name for node in snapshot.nodes if node.state == "lost"]
        if lost:
            print(
                f"until then it waits for {some(lost)}, which the cluster has lost; to mend: {make('up', stack.name)}"
            )
    else:
        print(f"run {run} is asked for; the head puts it into Slurm's queue")
        _tell_lost(bucket, stack, "until then the run waits")
    print(f"watch it: {command(f'watch {stack.name}')}; see all runs: {command(f'jobs {stack.name}')}")


def _tell_lost(bucket: Bucket, stack: Stack, meanwhile: str) -> None:
    """Say so when the head, which has to act, does not: a queue that nobody works on looks like any other."""
    head = read_snapshot(bucket, time.time()).head
    if head is None or head.age is None:
        print(f"the head has not reported yet; {meanwhile}")
    elif head.state == "lost":
        print(
            f"the head has not been heard of for {duration(head.age)}; {meanwhile}. "
            f"To look: {command(f'logs {stack.name} head')}. To mend: {make('up', stack.name)}"
        )


def _home() -> Path:
    """The project's folder, as a user in or below it would type it; the current folder outside of a project."""
    try:
        project = project_dir()
    except ClusterwrightError:
        return Path()
    return project.relative_to(Path.cwd()) if project.is_relative_to(Path.cwd()) else project
