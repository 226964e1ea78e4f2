"""`clusterwright catalog refresh`: asks the cloud, shows what would change, and writes it if that is wanted."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from clusterwright.live.catalog import aws, gcp
from clusterwright.live.catalog.changes import Answer, changes, difference, write
from clusterwright.live.lock.failures import failure


def ask(provider: str, region: str, project: str | None, date: str) -> Answer:
    """What the cloud says of the region. Raises ClusterwrightError for whatever keeps it from being read."""
    if provider == "aws":
        from clusterwright.live.lock.aws_failures import account_clients, reading

        clients = account_clients(region)
        with reading():
            machines, unlike = aws.machines(clients)
            prices, several = aws.prices(clients, region)
        sources = aws.MACHINES, aws.PRICES
    else:
        from clusterwright.live.lock.gcp_failures import account_calls

        if project is None:
            raise failure(
                "no project is named", "machine types are listed in a project's zones", "add --project my-project-123"
            )
        calls = account_calls()
        machines, unlike = gcp.machines(calls, project, region)
        prices, several = gcp.prices(calls, region)
        sources = gcp.MACHINES, gcp.PRICES
    return Answer(
        provider=provider,
        region=region,
        date=date,
        machines=machines,
        machines_source=sources[0].format(region=region),
        prices=prices,
        prices_source=sources[1],
        left_out=(*unlike, *several),
    )


def refresh(provider: str, region: str, project: str | None, wanted: bool) -> None:
    """Shows how the data files would change, and writes them if `wanted`."""
    answer = ask(provider, region, project, f"{datetime.now(UTC):%Y-%m-%d}")
    for line in answer.left_out:
        click.echo(f"left out: {line}", err=True)
    changed = changes(answer)
    for line in difference(changed):
        click.echo(line)
    counted = f"read of {region}: machine types {len(answer.machines)}, prices {len(answer.prices)}"
    if not changed:
        click.echo(f"{counted}; the catalog has them all")
    elif wanted:
        write(changed)
        click.echo(f"{counted}; written: {', '.join(str(path) for path in changed)}")
    else:
        click.echo(f"{counted}; nothing was written: add --write")
