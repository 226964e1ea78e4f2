"""`clusterwright review`."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from pathlib import Path
from typing import Literal

import click

from clusterwright.review.model import Level, Review
from clusterwright.review.review import review
from clusterwright.review.sides import sides

FailOn = Literal["never", "stop", "look"]
FAILING: dict[FailOn, tuple[Level, ...]] = {"never": (), "stop": ("stop",), "look": ("stop", "look")}


def run(
    base: str | None,
    head: str | None,
    names: Collection[str],
    form: str,
    out: Path | None,
    fail_on: FailOn,
    project: Path,
    graph: bool = False,
    preview: Path | None = None,
) -> int:
    """Prints the review of a change, or writes it to the file `out`. The exit code: 0, 1 for a verdict of `fail_on` or
    worse, 2 if a spec of the head can't be read; with "never" always 0."""
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    with sides(base, head, project) as (before, after):
        made = review(before, after, project, names, date, graph, preview)
    _tell(made, form, out)
    if fail_on != "never" and any(stack.status == "unreadable" for stack in made.stacks):
        return 2
    return int(made.verdict.level in FAILING[fail_on])


def _tell(made: Review, form: str, out: Path | None) -> None:
    if form == "terminal" and out is None:
        from clusterwright.review.write.terminal import show

        show(made)
        return
    from clusterwright.review.write import FORMATS

    text = FORMATS["markdown" if form == "terminal" else form](made)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
