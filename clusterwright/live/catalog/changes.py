"""Compares the catalog's data files with what a cloud says today, and writes them if asked to."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clusterwright.catalog.files import price_lines, with_rows
from clusterwright.catalog.machines import check
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
    rows = _machines(json.loads(texts[machines])["machines"], answer)
    then = {
        machines: with_rows(texts[machines], "machines", rows),
        prices: price_lines(_prices(json.loads(texts[prices])["rows"], answer, rows)),
    }
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


def _machines(known: Mapping[str, Json], answer: Answer) -> dict[str, Json]:
    """The rows: one that is unlike what the cloud says now takes the known one's place, with source and date.

    What the region does not offer stays as it is.
    """
    read = {"source": answer.machines_source, "date": answer.date}
    unlike = {name: {**said, "read": read} for name, said in answer.machines.items() if _differs(known, name, answer)}
    rows = {**known, **unlike}
    return rows if rows.keys() == known.keys() else dict(sorted(rows.items()))


def _differs(known: Mapping[str, Json], name: str, answer: Answer) -> bool:
    if name not in known:
        return True
    before = {key: value for key, value in known[name].items() if key != "read"}
    return check(answer.provider, before) != check(answer.provider, answer.machines[name])


def _prices(lists: Iterable[Json], answer: Answer, known: Iterable[str]) -> list[Json]:
    """The lists: prices that were answered go into one of their own, dated, and out of older ones of the region."""
    found = {name: answer.prices[name] for name in sorted(known) if name in answer.prices}
    head = {"provider": answer.provider, "region": answer.region, "capacity": "on_demand"}
    kept: list[Json] = []
    place = None
    for row in lists:
        if head.items() <= row.items():
            place = len(kept) if place is None else place
            row = {**row, "usd_per_hour": {name: usd for name, usd in row["usd_per_hour"].items() if name not in found}}
        if row["usd_per_hour"]:
            kept.append(row)
    if found:
        dated = {**head, "date": answer.date, "source": answer.prices_source, "usd_per_hour": found}
        kept.insert(len(kept) if place is None else place, dated)
    return kept
