"""The lock as a file: its text, what has changed in it, and how it is written."""

from __future__ import annotations

import difflib
import os
import re
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from clusterwright.spec.lock import Lock, LockedPrice

HEAD = """\
# What only the account knows of {name}. Made by `clusterwright lock {name}`; commit it, and review its changes.
# Nothing here is secret. A value that is missing is unknown.

"""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/-]*|\d{4}-\d{2}-\d{2}(T[\d:]+Z)?|\d+ [A-Za-z]+|[\d.]+/\d+")


class _Dumper(yaml.SafeDumper):
    """Mappings a line a key, so that a change is a line of the difference; lists on one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    """Plain where that is surely text; PyYAML itself quotes the words that it would read as something else."""
    return yaml.ScalarNode("tag:yaml.org,2002:str", value, style=None if _PLAIN.fullmatch(value) else '"')


def _list(dumper: _Dumper, values: tuple[Any, ...]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(tuple, _list)
# A day is text to us, as in specs: without this it would be quoted.
_Dumper.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
}


def text(lock: Lock, name: str) -> str:
    """The lock of the stack `name` as YAML: the same bytes for the same lock."""
    body = _plain(lock)
    return HEAD.format(name=name) + yaml.dump(
        body, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=10**6, allow_unicode=True
    )


def _plain(value: Any) -> Any:
    """A value as YAML has it: a model's fields in their order, other mappings sorted, what is unknown left out."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        rows = {(info.alias or name): getattr(value, name) for name, info in fields.items()}
        return {key: _plain(row) for key, row in rows.items() if row is not None and row != {}}
    if isinstance(value, Mapping):
        return {key: _plain(row) for key, row in sorted(value.items())}
    if isinstance(value, tuple):
        return tuple(_plain(row) for row in value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, bool | float | str) or type(value) is int else str(value)


def keeping_prices(new: Lock, old: Lock, machines: Iterable[str]) -> Lock:
    """`new` with the prices of `old` that could not be read anew, each with its own day and source.

    What was agreed for a capacity block, say, no API tells: its owner writes it into the lock. A lock of another
    account or region says nothing of this one's prices.
    """
    if (new.provider, new.account, new.region) != (old.provider, old.account, old.region):
        return new
    both = {name: {**old.prices.get(name, {}), **new.prices.get(name, {})} for name in machines}
    return new.model_copy(update={"prices": {name: rows for name, rows in both.items() if rows}})


def difference(old: str, new: str, file: Path) -> str:
    """What changes in the file, as a unified diff; empty where nothing does."""
    lines = difflib.unified_diff(old.splitlines(True), new.splitlines(True), f"{file} (now)", f"{file} (new)")
    return "".join(lines)


def settled(lock: Lock) -> Lock:
    """The lock without what changes by itself from day to day: dates, spot prices, and what is in use."""
    return lock.model_copy(
        update={
            "made": "",
            "reservations": {id: row.model_copy(update={"available": None}) for id, row in lock.reservations.items()},
            "quotas": {key: row.model_copy(update={"used": None}) for key, row in lock.quotas.items()},
            "prices": {name: kept for name, rows in lock.prices.items() if (kept := _settled(rows))},
            "subnets": {id: row.model_copy(update={"free": None}) for id, row in lock.subnets.items()},
            "trails": None,
        }
    )


def _settled(prices: Mapping[str, LockedPrice]) -> dict[str, LockedPrice]:
    return {kind: row.model_copy(update={"date": ""}) for kind, row in prices.items() if kind != "spot"}


def write(file: Path, content: str) -> None:
    """Replaces the file whole, so that no reader ever sees half of it. Raises OSError."""
    part = file.with_name(f".{file.name}.{uuid.uuid4().hex}.tmp")
    try:
        with part.open("x", encoding="utf-8", newline="\n") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
