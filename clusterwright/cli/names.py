"""What NAME means on the command line: a spec, its plan, the stack it became."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clusterwright.errors import ClusterwrightError

if TYPE_CHECKING:
    from clusterwright.live.stack import Stack
    from clusterwright.plan.model import ClusterPlan


def spec_files(path: Path) -> Iterator[Path]:
    """The specs that `path` means: itself, or those in a folder."""
    from clusterwright.spec.load import specs_in

    if not path.is_dir():
        yield path if path.exists() else spec_file(str(path))
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


def spec_file(name: str) -> Path:
    """The spec that NAME means: a path if it looks like one, else stacks/NAME.yaml of the project around us."""
    from clusterwright.paths import project_dir

    if "/" in name or name.endswith((".yaml", ".yml")):
        return Path(name)
    return shown(project_dir() / "stacks" / f"{name}.yaml")


def source_base(spec: Path) -> Path:
    """The folder that a spec's `job.source` is in: that of its project, or its own where it is in none."""
    from clusterwright.paths import project_dir

    try:
        return project_dir(spec.resolve().parent)
    except ClusterwrightError:
        return spec.resolve().parent


def shown(path: Path) -> Path:
    """The path relative to the current folder where it lies below it: what a user would type."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def plan_of(name: str) -> ClusterPlan:
    """The plan of NAME. What a rule warns of or can't tell goes to stderr; an error raises SpecError."""
    from clusterwright.plan import plan_cluster
    from clusterwright.rules import check
    from clusterwright.spec.findings import report
    from clusterwright.spec.load import load_spec

    loaded = load_spec(spec_file(name))
    plan = plan_cluster(loaded)
    if findings := check(loaded):
        click.echo(report(findings), err=True)
    return plan


def stack_of(name: str) -> Stack:
    """The stack that NAME means, and where its bucket is."""
    from clusterwright.live.stack import find_stack

    return find_stack(name, spec_file(name))
