"""Commands to choose by: what a job takes, which machines to take, what a change does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

import click

from clusterwright.cli.names import plan_of, spec_file


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the estimate as JSON; null is unknown.")
@click.option(
    "--measured",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A run's metrics.jsonl: what is left by the rate that it measured.",
)
def estimate(name: str, as_json: bool, measured: Path | None) -> None:
    """Estimate what NAME's job takes: time, memory, money, energy.

    Every figure has a range, and says how it was got. Asks nobody, and changes nothing.
    """
    from clusterwright.estimate import command

    command.run(plan_of(name), as_json, measured)


@click.command()
@click.option("--model", help="A model of the catalog, such as bert-large.")
@click.option("--stack", metavar="NAME", help="Start from a stack in a cloud: its job, provider, limits and lock.")
@click.option("--tokens", metavar="85B", help="Tokens to pre-train on; by default what the recipe, or the stack, has.")
@click.option("--batch", type=click.IntRange(1, 10**9), help="Sequences a step, over all ranks; likewise.")
@click.option("--deadline", metavar="24h", help="The longest that the job may take.")
@click.option("--budget", metavar="3000USD", help="The most that it may cost.")
@click.option("--provider", type=click.Choice(["aws", "gcp", "any"]), default="any", show_default=True)
@click.option("--calibrated", is_flag=True, help="Only GPUs that trainings were timed on.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON; null is unknown.")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Draw the front as SVG.")
@click.option("--write", type=click.Path(path_type=Path, dir_okay=False), help="Write a spec, as stacks/NAME.yaml.")
@click.option(
    "--prefer",
    type=click.Choice(["cheapest", "fastest", "energy"]),
    default="cheapest",
    show_default=True,
    help="Which option --write writes.",
)
@click.option("--force", is_flag=True, help="Write over files that are there.")
def recommend(**options: Any) -> None:
    """Search for the machines that a job takes.

    The cheapest, the fastest and what lies between, by the catalog's prices and the same estimates as `estimate`. Asks
    nobody, and changes nothing but the files that are named. Exits with 1 if nothing of known price fits.
    """
    from clusterwright.recommend import command

    stack = options.pop("stack")
    sys.exit(command.run(command.asked(spec_file(stack) if stack else None, **options)))


@click.command()
@click.argument("names", nargs=-1)
@click.option("--base", help="A revision of git, a folder or a file; by default where HEAD left the main branch.")
@click.option("--head", help="The same; by default the files here.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "markdown", "json", "sarif"]),
    default="terminal",
    show_default=True,
    help="markdown: a comment for a pull request.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write to, as Markdown unless --format says otherwise; by default it is shown.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["never", "stop", "look"]),
    default="stop",
    show_default=True,
    help="The verdict that counts as failure: what can't be deployed, or whatever somebody has to decide.",
)
@click.option("--graph", is_flag=True, help="Hold the resources of both sides against each other: slower, and exact.")
@click.option(
    "--preview",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What `pulumi preview --json` printed for NAME; it overrules all else.",
)
def review(
    names: tuple[str, ...],
    base: str | None,
    head: str | None,
    form: str,
    out: Path | None,
    fail_on: Literal["never", "stop", "look"],
    graph: bool,
    preview: Path | None,
) -> None:
    """Say what a change of specs does, and what it costs.

    To machines, money, hours, data and security. Compares the stacks NAMES, or all that the change touches.
    Asks nobody, needs no credentials, and changes nothing.

    Exits with 0, with 1 at a verdict of --fail-on or worse, with 2 if a spec can't be read; with --fail-on never, both
    are 0.
    """
    from clusterwright.paths import project_dir
    from clusterwright.review import command

    sys.exit(command.run(base, head, names, form, out, fail_on, project_dir(), graph, preview))
