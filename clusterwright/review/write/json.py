"""The review as data for programs, and the schema that it follows."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from clusterwright.estimate.quantity import Figure, plain
from clusterwright.review.model import Alternative, Measure, Review
from clusterwright.review.write.words import better
from clusterwright.spec.findings import Finding, dotted

VERSION = 1
_NUMBER = {"type": ["number", "null"]}
_FIGURE = {
    "type": "object",
    "description": "A quantity. Where it is unknown, low, likely and high are null, and `why` says why; else `basis` "
    "says how it was got.",
    "properties": {
        "unit": {"type": "string", "description": 'Empty for a number without a unit, else such as "USD/h", "s", "B".'},
        "low": _NUMBER,
        "likely": _NUMBER,
        "high": _NUMBER,
        "basis": {"type": "string"},
        "why": {"type": "string"},
    },
    "required": ["unit", "low", "likely", "high"],
    "oneOf": [{"required": ["basis"]}, {"required": ["why"]}],
    "additionalProperties": False,
}


def as_json(review: Review) -> str:
    """One object with `schema`, which grows when programs have to be changed, and the fields of a review.

    Raises ValueError for a figure that is not finite, which JSON has no number for.
    """
    return json.dumps({"schema": VERSION, **_data(review)}, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def schema() -> dict[str, Any]:
    """The schema of `as_json` (JSON Schema 2020-12), made from the types of a review."""
    made = TypeAdapter(Review).json_schema(mode="serialization")
    parts = {name: part for name, part in made.pop("$defs").items() if name not in ("Figure", "Span", "Unit")}
    parts["Measure"]["properties"]["difference"] = {
        **_NUMBER,
        "description": "After minus before in the unit of after; null where it is unknown or not to be believed.",
    }
    parts["Alternative"]["properties"]["better"] = {
        "type": ["string", "null"],
        "description": "In which way it is better; null where that rests on what is unknown or not to be believed.",
    }
    parts["Finding"]["properties"]["path"] = {"type": "string", "description": "The place in the spec: groups[0].nodes"}
    for part in (made, *parts.values()):
        part |= {"required": list(part["properties"]), "additionalProperties": False}
        for field in part["properties"].values():
            field.pop("default", None)  # every field is always there
    made["properties"] = {"schema": {"const": VERSION}, **made["properties"]}
    made["required"].insert(0, "schema")
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "Clusterwright review"}
    return {**whole, "$defs": {**parts, "Figure": _FIGURE}}


def _data(value: Any) -> Any:
    """As `plain` has it, with what follows from the fields: paths as people write them, and differences."""
    if isinstance(value, tuple):
        return [_data(one) for one in value]
    if isinstance(value, dict):
        return {name: _data(one) for name, one in value.items()}
    if not hasattr(value, "__dataclass_fields__") or isinstance(value, Figure):
        return plain(value)
    data = {name: _data(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Finding):
        data["path"] = dotted(value.path)
    if isinstance(value, Measure):
        data["difference"] = value.difference
    if isinstance(value, Alternative):
        data["better"] = better(value)
    return data
