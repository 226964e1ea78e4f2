"""Compares the catalog's data files with what a cloud says today, and writes them if asked to."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clusterwright.catalog.files import lines, price_lines
from clusterwright.catalog.rows import FOLDER

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a cloud said of a region: rows of machine types, and on-demand prices in USD per hour.

    `left_out` says what of it the catalog can't take, and why.
    """

    provider: str
    region: str
    date: str
    machines: Mapping[str, Json]
    machines_source: str
    prices: Mapping[str, float]
    prices_source: str
    left_out: tuple[str, ...] = ()


def changes(answer: Answer, folder: Path = FOLDER) -> dict[Path, tuple[str, str]]:
    """The data files that the answer changes: their text now, and then."""
    machines, prices = folder / f"{answer.provider}.json", folder / "prices.json"
    texts = {path: path.read_text(encoding="utf-8") for path in (machines, prices)}
    rows = _machines(json.loads(texts[machines]), answer)
    then = {machines: rows, prices: _prices(json.loads(texts[prices]), answer, json.loads(rows)["machines"])}
    return {path: (texts[path], then[path]) for path in texts if texts[path] != then[path]}


def difference(changed: Mapping[Path, tuple[str, str]]) -> Iterator[str]:
    """The changes as a unified diff, line by line."""
    for path, (now, then) in changed.items():
        name = f"clusterwright/catalog/{path.name}"
        yield from difflib.unified_diff(now.splitlines(), then.splitlines(), f"a/{name}", f"b/{name}", n=0, lineterm="")


def write(changed: Mapping[Path, tuple[str, str]]) -> None:
    """Writes the files anew. Raises OSError where one can't be written."""
    for path, (_, then) in changed.items():
        path.write_text(then, encoding="utf-8")


def _machines(content: Json, answer: Answer) -> str:
    """The file of machine types: a row that is unlike what the cloud says now takes its place, with source and date.

    What the region does not offer stays as it is.
    """
    rows: Json = content.pop("machines")
    for name, said in answer.machines.items():
        known = {key: value for key, value in rows.get(name, {}).items() if key != "read"}
        if said != known:
            rows[name] = {**said, "read": {"source": answer.machines_source, "date": answer.date}}
    return lines(content, "machines", dict(sorted(rows.items())))


def _prices(content: Json, answer: Answer, known: Iterable[str]) -> str:
    """The file of prices: those that were answered go into a list of their own, dated, and out of older ones."""
    found = {name: answer.prices[name] for name in sorted(known) if name in answer.prices}
    key = (answer.provider, answer.region, "on_demand")
    kept, place = [], None
    for row in content["rows"]:
        if found and (row["provider"], row["region"], row["capacity"]) == key:
            place = len(kept) if place is None else place
            row = {**row, "usd_per_hour": {name: usd for name, usd in row["usd_per_hour"].items() if name not in found}}
        if row["usd_per_hour"]:
            kept.append(row)
    if found:
        head = dict(zip(("provider", "region", "capacity"), key, strict=True))
        dated = {**head, "date": answer.date, "source": answer.prices_source, "usd_per_hour": found}
        kept.insert(len(kept) if place is None else place, dated)
    return price_lines(kept)
