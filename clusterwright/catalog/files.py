"""How the catalog's data files are written: a line a row, so that a difference can be read."""

import json
from collections.abc import Mapping
from typing import Any


def lines(head: Mapping[str, Any], name: str, rows: Mapping[str, Any]) -> str:
    """A whole file: `head`'s members on the first line, then the rows of the member `name`, a line each."""
    opening = json.dumps(head)[:-1]
    written = [f"  {json.dumps(key)}: {json.dumps(row)}" for key, row in rows.items()]
    return f"{opening}, {json.dumps(name)}: {{\n" + ",\n".join(written) + "\n}}\n"
