"""`clusterwright lock`: reads the account, shows what has changed, and writes it if that is wanted."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from clusterwright.live.lock import read
from clusterwright.live.lock.needs import gaps, needs
from clusterwright.live.lock.write import difference, keeping_prices, settled, text, write
from clusterwright.live.text import command
from clusterwright.spec.load import load_spec
from clusterwright.spec.lock import Lock


def on_terminal() -> bool:
    return sys.stdin.isatty()


def refresh(file: Path, *, yes: bool, upgrade: bool) -> int:
    """Writes the lock of the spec in `file` anew and returns the exit status.

    0: written, or nothing to write. 1: not written. `yes` writes without asking, `upgrade` takes the newest images.
    """
    old, new, target = _both(file, upgrade)
    before = target.read_text(encoding="utf-8") if old else ""
    after = text(new, file.stem)
    changes = difference(before, after, target)
    if not changes:
        click.echo(f"{target}: nothing has changed")
        return 0
    click.echo(changes, nl=False)
    if not (yes or _agreed(target, file.stem)):
        return 1
    write(target, after)
    click.echo(f"{target} written; commit it with the spec")
    return 0


def _agreed(target: Path, name: str) -> bool:
    if on_terminal():
        if click.confirm(f"write {target}?"):
            return True
        click.echo("not written")
    else:
        click.echo(f"not written, as there is no terminal to ask on; to write it: {command(f'lock {name} --yes')}")
    return False


def check(file: Path) -> int:
    """Whether the account still is as the lock of the spec in `file` says: 0 if so, else 1. Writes nothing.

    What changes by itself from day to day counts for nothing: dates, spot prices, what is in use.
    """
    old, new, target = _both(file, upgrade=False)
    if old is None:
        click.echo(f"there is no {target}; to make it: {command(f'lock {file.stem}')}")
        return 1
    changes = difference(text(settled(old), file.stem), text(settled(new), file.stem), target)
    if not changes:
        click.echo(f"{target}: the account is as the lock says")
        return 0
    click.echo(changes, nl=False)
    click.echo(f"the account differs from {target}; to read it anew: {command(f'lock {file.stem}')}")
    return 1


def _both(file: Path, upgrade: bool) -> tuple[Lock | None, Lock, Path]:
    """The lock that is there, the account's, and where it is written. Says what was not found."""
    loaded = load_spec(file)
    needed, new = needs(loaded.spec), read(loaded.spec, datetime.now(UTC), None if upgrade else loaded.lock)
    if loaded.lock:
        new = keeping_prices(new, loaded.lock, needed.machines)
    for line in gaps(needed, new):
        click.echo(f"unknown: {line}")
    return loaded.lock, new, file.with_name(f"{file.stem}.lock.yaml")
