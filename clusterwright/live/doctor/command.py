"""`clusterwright doctor`: what was found, as a table or as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clusterwright.live.doctor import Host, Section, examine
from clusterwright.live.text import command as typed
from clusterwright.spec.load import load_spec

MARKS = {"ok": ("ok", "green"), "missing": ("missing", "bold red"), "later": ("later", "yellow")}


def doctor(file: Path | None, form: str, online: bool, host: Host | None = None) -> int:
    """Shows what this computer has of what the spec in `file` needs, or of all. 0: nothing is missing, else 1."""
    sections = tuple(examine(host or Host(), load_spec(file).spec if file else None, online))
    missing = {section.title: sum(check.state == "missing" for check in section.checks) for section in sections}
    total = sum(missing.values())
    if form == "json":
        click.echo(json.dumps({"ok": not total, "sections": [asdict(section) for section in sections]}, indent=2))
        return bool(total)
    console = Console()
    for section in sections:
        _show(console, section)
    parts = ", ".join(
        f"{count} {'always' if title == 'always' else f'for {title}'}" for title, count in missing.items() if count
    )
    console.print(f"{total} missing: {parts}" if total else "nothing is missing", highlight=False)
    if total and file is None:
        console.print(f"what one stack needs: {typed('doctor STACK')}", highlight=False)
    return bool(total)


def _show(console: Console, section: Section) -> None:
    table = Table(box=None, pad_edge=False, title=section.title, title_justify="left", title_style="bold")
    for column, wraps in (("", False), ("needed", False), ("what for, and what was found", True)):
        table.add_column(column, no_wrap=not wraps, overflow="fold")
    for check in section.checks:
        word, style = MARKS[check.state]
        told = Text(check.purpose)
        if check.state == "ok":
            told.append(f" ({check.found})", style="dim")
        else:
            told.append(f"\n{check.found}", style=style)
        if check.hint:
            told.append(f"\nhint: {check.hint}")
        table.add_row(Text(word, style), Text(check.name), told)
    console.print(table)
    console.print()
