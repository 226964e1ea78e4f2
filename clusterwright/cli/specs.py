"""Commands on specs: is one right, what becomes of it, what does it take from the account."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from clusterwright.cli.names import plan_of, shown, source_base, spec_file, spec_files
from clusterwright.errors import ClusterwrightError
from clusterwright.words import counted


@click.command()
@click.argument("specs", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="github: annotations of a workflow; sarif: for code scanning.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["warning", "error"]),
    default="warning",
    show_default=True,
    help="The least severity that counts as failure.",
)
def validate(specs: tuple[Path, ...], form: str, fail_on: str) -> None:
    """Check SPECS: stacks, files or folders; by default, stacks/.

    Exits with 0 if all is well, 1 with findings of --fail-on or worse, 2 if a file can't be read.
    """
    from clusterwright.paths import project_dir
    from clusterwright.rules import check
    from clusterwright.spec.findings import Finding, SpecError, count, report
    from clusterwright.spec.load import load_spec

    failing = ("warning", "error") if fail_on == "warning" else ("error",)
    files = [file for spec in specs or (shown(project_dir() / "stacks"),) for file in spec_files(spec)]
    findings: list[Finding] = []
    status = 0
    for file in files:
        try:
            found = check(load_spec(file))
        except SpecError as error:
            found = error.findings
            status = max(status, error.exit_code)
        if any(finding.severity in failing for finding in found):
            status = max(status, 1)
        if found and form == "text":
            click.echo(report(found) + "\n")
        findings += found
    if form == "text":
        click.echo(f"{counted(len(files), 'spec')} checked: {count(findings)}")
    else:
        from clusterwright.rules.formats import FORMATS

        click.echo(FORMATS[form](findings), nl=False)
    sys.exit(status)


@click.command()
def schema() -> None:
    """Print the JSON Schema of a spec, for editors and other programs."""
    from clusterwright.spec.schema import schema as make

    click.echo(json.dumps(make(), indent=2))


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as canonical JSON.")
def plan(name: str, as_json: bool) -> None:
    """Show what NAME becomes: what is made, decided, and why."""
    from clusterwright.plan.model import canonical_json

    made = plan_of(name)
    if as_json:
        click.echo(canonical_json(made), nl=False)
        return
    from clusterwright.plan.table import show

    show(made)


@click.command()
@click.argument("name")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write to.")
def render(name: str, out: Path) -> None:
    """Write what NAME's nodes will run to a folder."""
    from clusterwright.bootstrap import render_bundle, user_data_files

    file = spec_file(name)
    made = plan_of(name)
    bundle = render_bundle(made, source_base(file))
    if out.exists() and any(out.iterdir()):
        raise ClusterwrightError(
            f"error: the folder {out} is not empty\n"
            "  why: what is in it would be mixed with the bundle's files\n"
            "  hint: name a new folder, or empty this one"
        )
    files = {**bundle.files, **user_data_files(made)}
    for path, content in files.items():
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    click.echo(f"{len(files)} files in {out}, the bundle {bundle.digest}")


@click.command()
@click.argument("name", required=False)
@click.option("--yes", is_flag=True, help="Write it without asking.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if the account differs from the lock.")
@click.option("--upgrade", is_flag=True, help="Take the newest images; without it those that the lock names stay.")
@click.option(
    "--permissions", type=click.Choice(["aws", "gcp"]), help="Print the permissions that reading an account takes."
)
def lock(name: str | None, yes: bool, check: bool, upgrade: bool, permissions: str | None) -> None:
    """Write NAME's lock: what only the cloud account knows.

    Reads images, quotas, reservations, offerings and prices into stacks/NAME.lock.yaml. Shows what changes before it
    writes. Changes nothing in the account.
    """
    if permissions:
        from clusterwright.live.lock.permissions import PERMISSIONS

        click.echo("\n".join(PERMISSIONS[permissions]))
        return
    if name is None:
        raise click.UsageError("Missing argument 'NAME'.")
    if check and (yes or upgrade):
        raise click.UsageError("--check writes nothing, so it goes with neither --yes nor --upgrade.")
    from clusterwright.live.lock import command

    file = spec_file(name)
    sys.exit(command.check(file) if check else command.refresh(file, yes=yes, upgrade=upgrade))
