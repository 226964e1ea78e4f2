"""Commands on clusters that are up: their nodes, jobs, logs and results."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from clusterwright.cli.group import Submit
from clusterwright.cli.names import stack_of


@click.command()
@click.argument("name")
@click.option("--until-finished", is_flag=True, help="End when the job has ended.")
@click.option("--interval", type=click.FloatRange(min=0.1), default=1.0, show_default=True, help="Seconds.")
def watch(name: str, until_finished: bool, interval: float) -> None:
    """Follow NAME: its nodes, and its job's phase, loss and speed."""
    from clusterwright.live import commands

    sys.exit(commands.watch(stack_of(name), until_finished, interval))


@click.command()
@click.argument("name")
@click.argument("wanted", required=False, metavar="[NODE|NODE/LOG|RUN]")
@click.option("--follow", is_flag=True, help="Go on with new lines as they come.")
@click.option("--lines", type=click.IntRange(min=0), default=50, show_default=True, help="Last lines of each log.")
def logs(name: str, wanted: str | None, follow: bool, lines: int) -> None:
    """Print the logs of a node or of a run, or list the logs of NAME.

    NODE has all of a node, NODE/LOG is one log as the list names it, and RUN has what a run has written: its name, or
    what `submit --name` called it.
    """
    from clusterwright.live import commands

    sys.exit(commands.logs(stack_of(name), wanted, follow, lines))


@click.command(cls=Submit)
@click.argument("name")
@click.argument("words", nargs=-1, metavar="-- COMMAND...")
@click.option(
    "--source",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of your code, sent along; without it nodes have none of it.",
)
@click.option("--nodes", type=click.IntRange(min=1), help="How many nodes; 1 by default.")
@click.option("--group", help="The group that runs it; by default that of the spec's job, or the first.")
@click.option("--name", "label", help="What `jobs` calls the run.")
def submit(
    name: str, words: tuple[str, ...], source: Path | None, nodes: int | None, group: str | None, label: str | None
) -> None:
    """Run a command of your own on NAME, which has Slurm.

    torchrun starts COMMAND on every rank: a Python program in the folder of --source and its arguments, such as
    train.py --steps 100, or a program that nodes have, such as bash.
    """
    from clusterwright.live import commands

    sys.exit(commands.submit(stack_of(name), words, source, nodes, group, label))


@click.command()
@click.argument("name")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def jobs(name: str, form: Literal["text", "json"]) -> None:
    """List the runs of NAME: where each is, or why it waits."""
    from clusterwright.live import commands

    sys.exit(commands.jobs(stack_of(name), form))


@click.command()
@click.argument("name")
@click.argument("run")
def cancel(name: str, run: str) -> None:
    """End RUN of NAME, or take it from the queue."""
    from clusterwright.live import commands

    sys.exit(commands.cancel(stack_of(name), run))


@click.command()
@click.argument("name")
def prune(name: str) -> None:
    """Remove long superseded bundles of NAME, as `make up` does."""
    from clusterwright.live import commands

    sys.exit(commands.prune(stack_of(name)))


@click.command()
@click.argument("name")
@click.argument("run", required=False)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder; runs/NAME by default.")
def results(name: str, run: str | None, out: Path | None) -> None:
    """Fetch the model and the report of NAME's last finished job.

    With RUN, fetch all that it has written but its checkpoints, to runs/NAME/RUN by default.
    """
    from clusterwright.live import commands

    sys.exit(commands.results(stack_of(name), run, out))


@click.command()
@click.argument("name")
def rerun(name: str) -> None:
    """Run the job of NAME again, on the nodes that are up."""
    from clusterwright.live import commands

    sys.exit(commands.rerun(stack_of(name)))
