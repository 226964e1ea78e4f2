"""Commands on machines: what this computer lacks, what is known of machine types."""

from __future__ import annotations

import json
import sys

import click

from clusterwright.cli.names import spec_file


@click.command()
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--online", is_flag=True, help="Ask the clouds whether they know the credentials; else nothing is asked.")
def doctor(name: str | None, form: str, online: bool) -> None:
    """Say what this computer lacks for clusters, and how to get it.

    With NAME only what that stack needs, else what any cluster may. Changes nothing.

    Exits with 0 if nothing is missing, 1 if something is, 2 if a file can't be read.
    """
    from clusterwright.live.doctor import command

    sys.exit(command.doctor(spec_file(name) if name else None, form, online))


@click.group()
def catalog() -> None:
    """What Clusterwright knows of machine types."""


@catalog.command("list")
@click.option("--provider", type=click.Choice(["aws", "gcp", "local"]), help="Only its machine types; all by default.")
@click.option("--gpu", is_flag=True, help="Only machine types with GPUs.")
def list_(provider: str | None, gpu: bool) -> None:
    """List machine types."""
    from clusterwright.catalog.machines import PROVIDERS
    from clusterwright.catalog.table import show_all

    show_all((provider,) if provider else PROVIDERS, gpu)


@catalog.command()
@click.argument("machine")
def show(machine: str) -> None:
    """Print all that is known of MACHINE as JSON; null is unknown."""
    from clusterwright.catalog.table import facts

    click.echo(json.dumps(facts(machine), indent=2))


@catalog.command()
@click.argument("provider", type=click.Choice(["aws", "gcp"]))
@click.option("--region", required=True, help="The region whose machine types and prices are read.")
@click.option("--project", help="The project to ask in, with gcp.")
@click.option("--write", is_flag=True, help="Write the data files; without it they are compared alone.")
def refresh(provider: str, region: str, project: str | None, write: bool) -> None:
    """Compare the catalog with what PROVIDER says today.

    Compares machine types and on-demand prices. Needs credentials that may read them.
    """
    from clusterwright.live.catalog import command

    command.refresh(provider, region, project, write)
