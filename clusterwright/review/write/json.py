"""The review as data for other programs, and the schema of that data."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from pydantic import TypeAdapter

from clusterwright.estimate.quantity import Figure, plain
from clusterwright.review.model import Measure, Review
from clusterwright.spec.findings import Finding, dotted

VERSION = 1


def as_json(review: Review) -> str:
    """One object. A figure that is unknown has null for its numbers, and says why; a difference that is not to be
    believed is null."""
    return json.dumps({"schema": VERSION, **_plain(review)}, indent=2, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    match value:
        case Figure():
            return plain(value)
        case Finding():
            return {**asdict(value), "path": dotted(value.path)}
        case Measure():
            return {**_members(value), "difference": value.difference}
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case tuple() | list():
            return [_plain(one) for one in value]
    return _members(value) if is_dataclass(value) else value


def _members(value: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


NUMBER = {"type": "number", "minimum": 0}
UNKNOWN = {"type": "null"}
FIGURE = {
    "description": "A quantity in `unit`: its range, and how it was got; or nulls, and why it is unknown.",
    "type": "object",
    "oneOf": [
        {
            "properties": {
                "unit": {"type": "string"},
                **dict.fromkeys(("low", "likely", "high"), numbers),
                said: {"type": "string"},
            },
            "required": ["unit", "low", "likely", "high", said],
            "additionalProperties": False,
        }
        for numbers, said in ((NUMBER, "basis"), (UNKNOWN, "why"))
    ],
}


def schema() -> dict[str, Any]:
    """The schema (JSON Schema 2020-12) of what `as_json` writes, from the types of the review."""
    made = TypeAdapter(Review).json_schema()
    parts = made.pop("$defs")
    for name in ("Unit", "Span"):
        parts.pop(name, None)
    parts["Figure"] = FIGURE
    parts["Finding"]["properties"]["path"] = {"type": "string", "title": "Path"}
    parts["Measure"]["properties"]["difference"] = {"anyOf": [{"type": "number"}, UNKNOWN]}
    for part in (made, *(part for name, part in parts.items() if name != "Figure")):
        part["required"] = list(part["properties"])
        part["additionalProperties"] = False
    made["properties"] = {"schema": {"const": VERSION}, **made["properties"]}
    made["required"].insert(0, "schema")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "Clusterwright review",
        "$defs": dict(sorted(parts.items())),
    }
