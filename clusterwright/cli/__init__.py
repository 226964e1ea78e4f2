"""The command line. Each command imports what it needs when it runs, so that `validate` stays fast."""

from __future__ import annotations

import click

from clusterwright.cli import choices, clusters, machines, specs
from clusterwright.cli.group import Commands


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="clusterwright", prog_name="clusterwright")
def main() -> None:
    """A cluster spec goes in, a running cluster that trains BERT comes out.

    NAME is a stack of this project (stacks/NAME.yaml) or the path of a spec file.
    """


for command in (
    *(specs.validate, specs.schema, specs.plan),
    *(choices.estimate, choices.recommend, choices.review),
    *(specs.render, specs.lock),
    *(clusters.watch, clusters.logs, clusters.submit, clusters.jobs, clusters.cancel),
    *(clusters.prune, clusters.results, clusters.rerun),
    *(machines.doctor, machines.catalog),
):
    main.add_command(command)
