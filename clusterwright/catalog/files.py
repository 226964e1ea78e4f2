"""How the catalog's data files are written: a line a row, so that a difference can be read."""

import json
from collections.abc import Iterable, Mapping
from typing import Any


def lines(head: Mapping[str, Any], name: str, rows: Mapping[str, Any]) -> str:
    """A whole file: `head`'s members on the first line, then the rows of the member `name`, a line each."""
    return f"{json.dumps(head)[:-1]}, {_rows(name, rows)}"


def with_rows(text: str, name: str, rows: Mapping[str, Any]) -> str:
    """The file's text with other rows in the member `name`, its last; what stands before it stays as it is."""
    return text[: text.index(f"{json.dumps(name)}: {{")] + _rows(name, rows)


def _rows(name: str, rows: Mapping[str, Any]) -> str:
    written = [f"  {json.dumps(key)}: {json.dumps(row)}" for key, row in rows.items()]
    return f"{json.dumps(name)}: {{\n" + ",\n".join(written) + "\n}}\n"


def price_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """The whole of prices.json: a line a price, below the line of its list."""
    written = []
    for row in rows:
        head = json.dumps({key: value for key, value in row.items() if key != "usd_per_hour"})[:-1]
        prices = (f"    {json.dumps(name)}: {json.dumps(usd)}" for name, usd in row["usd_per_hour"].items())
        written.append(f'  {head}, "usd_per_hour": {{\n' + ",\n".join(prices) + "\n  }}")
    return '{"rows": [\n' + ",\n".join(written) + "\n]}\n"
