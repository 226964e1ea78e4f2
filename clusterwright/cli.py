"""The command line. Each command imports what it needs when it runs, so that `validate` stays fast."""

from __future__ import annotations

import errno
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from clusterwright.errors import ClusterwrightError, from_system

if TYPE_CHECKING:
    from clusterwright.live.stack import Stack
    from clusterwright.plan.model import ClusterPlan


class Commands(click.Group):
    """The one place where a user's mistake becomes a message and an exit code."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # what a terminal can't show must not end the message
                stream.reconfigure(errors="backslashreplace")
        return super().main(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ClusterwrightError as error:
            click.echo(_shown_text(error), err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:  # click itself would end with 1, as after a failure
            ctx.exit(130)
        except OSError as error:
            if error.errno == errno.EPIPE:  # `clusterwright logs | head`: click ends quietly
                raise
            click.echo(_shown_text(from_system(error)), err=True)
            ctx.exit(ClusterwrightError.exit_code)


class Submit(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise click.UsageError(
                f"{error.format_message()} If it is one of your own program, put `--` before the program: "
                "submit NAME --source DIR -- train.py --steps 100",
                ctx,
            ) from None


def _shown_text(error: ClusterwrightError) -> str:
    """The message; what a terminal would obey is escaped, as it may quote a name or an answer from elsewhere."""
    from clusterwright.spec.base import printable

    return "\n".join(map(printable, str(error).split("\n")))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="clusterwright", prog_name="clusterwright")
def main() -> None:
    """A cluster spec goes in, a running cluster that trains BERT comes out.

    NAME is a stack of this project (stacks/NAME.yaml) or the path of a spec file.
    """


@main.command()
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
    files = [file for spec in specs or (_shown(project_dir() / "stacks"),) for file in _spec_files(spec)]
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
        click.echo(f"{len(files)} spec{'s' * (len(files) != 1)} checked: {count(findings)}")
    else:
        from clusterwright.rules.formats import FORMATS

        click.echo(FORMATS[form](findings), nl=False)
    sys.exit(status)


@main.command()
def schema() -> None:
    """Print the JSON Schema of a spec, for editors and other programs."""
    from clusterwright.spec.schema import schema as make

    click.echo(json.dumps(make(), indent=2))


@main.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as canonical JSON.")
def plan(name: str, as_json: bool) -> None:
    """Show what NAME becomes: what is made, decided, and why."""
    from clusterwright.plan.model import canonical_json

    made = _plan(name)
    if as_json:
        click.echo(canonical_json(made), nl=False)
        return
    from clusterwright.plan.table import show

    show(made)


@main.command()
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

    command.run(_plan(name), as_json, measured)


@main.command()
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
    sys.exit(command.run(command.asked(_spec_file(stack) if stack else None, **options)))


@main.command()
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


@main.command()
@click.argument("name")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write to.")
def render(name: str, out: Path) -> None:
    """Write what NAME's nodes will run to a folder."""
    from clusterwright.bootstrap import render_bundle, user_data_files

    file = _spec_file(name)
    made = _plan(name)
    bundle = render_bundle(made, _source_base(file))
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


@main.command()
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

    file = _spec_file(name)
    sys.exit(command.check(file) if check else command.refresh(file, yes=yes, upgrade=upgrade))


@main.command()
@click.argument("name")
@click.option("--until-finished", is_flag=True, help="End when the job has ended.")
@click.option("--interval", type=click.FloatRange(min=0.1), default=1.0, show_default=True, help="Seconds.")
def watch(name: str, until_finished: bool, interval: float) -> None:
    """Follow NAME: its nodes, and its job's phase, loss and speed."""
    from clusterwright.live import commands

    sys.exit(commands.watch(_stack(name), until_finished, interval))


@main.command()
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

    sys.exit(commands.logs(_stack(name), wanted, follow, lines))


@main.command(cls=Submit)
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

    sys.exit(commands.submit(_stack(name), words, source, nodes, group, label))


@main.command()
@click.argument("name")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def jobs(name: str, form: Literal["text", "json"]) -> None:
    """List the runs of NAME: where each is, or why it waits."""
    from clusterwright.live import commands

    sys.exit(commands.jobs(_stack(name), form))


@main.command()
@click.argument("name")
@click.argument("run")
def cancel(name: str, run: str) -> None:
    """End RUN of NAME, or take it from the queue."""
    from clusterwright.live import commands

    sys.exit(commands.cancel(_stack(name), run))


@main.command()
@click.argument("name")
def prune(name: str) -> None:
    """Remove long superseded bundles of NAME, as `make up` does."""
    from clusterwright.live import commands

    sys.exit(commands.prune(_stack(name)))


@main.command()
@click.argument("name")
@click.argument("run", required=False)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder; runs/NAME by default.")
def results(name: str, run: str | None, out: Path | None) -> None:
    """Fetch the model and the report of NAME's last finished job.

    With RUN, fetch all that it has written but its checkpoints, to runs/NAME/RUN by default.
    """
    from clusterwright.live import commands

    sys.exit(commands.results(_stack(name), run, out))


@main.command()
@click.argument("name")
def rerun(name: str) -> None:
    """Run the job of NAME again, on the nodes that are up."""
    from clusterwright.live import commands

    sys.exit(commands.rerun(_stack(name)))


@main.command()
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--online", is_flag=True, help="Ask the clouds whether they know the credentials; else nothing is asked.")
def doctor(name: str | None, form: str, online: bool) -> None:
    """Say what this computer lacks for clusters, and how to get it.

    With NAME only what that stack needs, else what any cluster may. Changes nothing.

    Exits with 0 if nothing is missing, 1 if something is, 2 if a file can't be read.
    """
    from clusterwright.live.doctor import command

    sys.exit(command.doctor(_spec_file(name) if name else None, form, online))


@main.group()
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


def _spec_files(path: Path) -> Iterator[Path]:
    """The specs that `path` means: itself, or those in a folder."""
    from clusterwright.spec.load import specs_in

    if not path.is_dir():
        yield path if path.exists() else _spec_file(str(path))
        return
    if file := min(path.glob("*.yml"), default=None):
        raise ClusterwrightError(
            f"error: {file} would not be read\n"
            "  why: specs are files NAME.yaml, and one that is left out would look like one without findings\n"
            f"  hint: rename it: mv {file} {file.with_suffix('.yaml')}"
        )
    files = specs_in(path)
    if not files:
        raise ClusterwrightError(
            f"error: the folder {path} holds no specs\n"
            "  why: a spec is a file NAME.yaml\n"
            "  hint: give a file, or the stacks/ folder of a project"
        )
    yield from files


def _spec_file(name: str) -> Path:
    """The spec that NAME means: a path if it looks like one, else stacks/NAME.yaml of the project around us."""
    from clusterwright.paths import project_dir

    if "/" in name or name.endswith((".yaml", ".yml")):
        return Path(name)
    return _shown(project_dir() / "stacks" / f"{name}.yaml")


def _source_base(spec: Path) -> Path:
    """The folder that a spec's `job.source` is in: that of its project, or its own where it is in none."""
    from clusterwright.paths import project_dir

    try:
        return project_dir(spec.resolve().parent)
    except ClusterwrightError:
        return spec.resolve().parent


def _shown(path: Path) -> Path:
    """The path relative to the current folder where it lies below it: what a user would type."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _plan(name: str) -> ClusterPlan:
    """The plan of NAME. What a rule warns of or can't tell goes to stderr; an error raises SpecError."""
    from clusterwright.plan import plan_cluster
    from clusterwright.rules import check
    from clusterwright.spec.findings import report
    from clusterwright.spec.load import load_spec

    loaded = load_spec(_spec_file(name))
    plan = plan_cluster(loaded)
    if findings := check(loaded):
        click.echo(report(findings), err=True)
    return plan


def _stack(name: str) -> Stack:
    """The stack that NAME means, and where its bucket is."""
    from clusterwright.live.stack import find_stack

    return find_stack(name, _spec_file(name))
