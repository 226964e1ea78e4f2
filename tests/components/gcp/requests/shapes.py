"""Whether a request is one that Google would read, by the discovery documents of its APIs.

google-api-python-client ships the documents (https://developers.google.com/discovery/v1/reference/apis). Managed Lustre
has none there: `lustre.v1.json` is what its client's types and documentation say, in the same form.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

Schema = Mapping[str, Any]
OWN = Path(__file__).parent
INTEGERS = {
    "int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1), "int64": (-(2**63), 2**63 - 1), "uint64": (0, 2**64 - 1),
}  # fmt: skip
"""The least and the largest of each format; those of 64 bits are written as strings
(https://developers.google.com/discovery/v1/type-format)."""
TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str, "boolean": bool, "integer": int, "number": (int, float), "array": list, "object": dict,
}  # fmt: skip


@cache
def document(name: str) -> Schema:
    """The discovery document of an API, `compute.v1` for one."""
    own = OWN / f"{name}.json"
    found = own if own.exists() else files("googleapiclient.discovery_cache.documents").joinpath(f"{name}.json")
    return json.loads(found.read_text())


@cache
def method(name: str) -> Schema:
    """The description of a method, `compute.v1:networks.insert` for one."""
    api, _, path = name.partition(":")
    found = document(api)
    *resources, last = path.split(".")
    for resource in resources:
        found = found["resources"][resource]
    return {"parameters": {}, **found["methods"][last]}


def body(name: str) -> Schema | None:
    """The schema of a method's body; None where it has none."""
    request = method(name).get("request")
    return resolve(name, request) if request else None


def resolve(name: str, schema: Schema) -> Schema:
    """The schema that `schema` refers to, in the document of the method `name`, or itself."""
    reference = schema.get("$ref")
    return document(name.partition(":")[0])["schemas"][reference] if reference else schema


def problems(name: str, parameters: Mapping[str, Any], request: Mapping[str, Any]) -> list[str]:
    """What Google would refuse of a request of the method `name`, each with its place."""
    known = method(name)["parameters"]
    found = [f"{name} has no parameter {key}" for key in parameters.keys() - known.keys()]
    for key, schema in known.items():
        if key in parameters:
            found += _value(name, schema, parameters[key], f"{name}({key})")
        elif schema.get("required"):
            found.append(f"{name}({key}) is required")
    schema = body(name)
    if schema is not None:
        return [*found, *_value(name, schema, dict(request), name)]
    return [*found, *(f"{name} has no body for {key}" for key in request)]


def _value(name: str, schema: Schema, value: Any, place: str) -> Iterator[str]:
    schema = resolve(name, schema)
    kind = schema.get("type", "any")
    if kind != "any" and not _is(kind, value):
        yield f"{place}: {value!r} is no {kind}"
        return
    match value:
        case dict() if "properties" in schema:
            yield from _object(name, schema["properties"], value, place)
        case dict() if "additionalProperties" in schema:
            for key, one in value.items():
                yield from _value(name, schema["additionalProperties"], one, f"{place}[{key}]")
        case list():
            for index, one in enumerate(value):
                yield from _value(name, schema["items"], one, f"{place}[{index}]")
        case _:
            yield from _scalar(schema, value, place)


def _is(kind: str, value: Any) -> bool:
    """Whether a value is of a type; a boolean is no number."""
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _object(name: str, properties: Mapping[str, Schema], value: Mapping[str, Any], place: str) -> Iterator[str]:
    for key, one in value.items():
        schema = properties.get(key)
        if schema is None:
            yield f"{place}.{key} is not there"
        elif _given_by_google(schema):
            yield f"{place}.{key} is Google's to say"
        else:
            yield from _value(name, schema, one, f"{place}.{key}")
    for key, schema in properties.items():
        if key not in value and _required(name, schema):
            yield f"{place}.{key} is required"


def _given_by_google(schema: Schema) -> bool:
    return bool(schema.get("readOnly")) or schema.get("description", "").startswith(("[Output Only]", "Output only."))


def _required(name: str, schema: Schema) -> bool:
    """Older documents name the methods that need a property, newer ones say so in its description alone."""
    full = f"{name.partition('.')[0]}.{name.partition(':')[2]}"
    return full in schema.get("annotations", {}).get("required", ()) or schema.get("description", "").startswith(
        "Required."
    )


def _scalar(schema: Schema, value: Any, place: str) -> Iterator[str]:
    words = schema.get("enum")
    if words and value not in words:
        near = difflib.get_close_matches(str(value), words) or words[:3]
        yield f"{place}: {value!r} is none of {', '.join(near)} and so on"
    pattern = schema.get("pattern")
    if pattern and not re.fullmatch(pattern, str(value)):
        yield f"{place}: {value!r} does not match {pattern}"
    format_ = schema.get("format", "")
    if (limits := INTEGERS.get(format_)) and not _within(value, *limits):
        yield f"{place}: {value!r} is no {format_}"
    elif format_ == "google-duration" and not re.fullmatch(r"\d+(\.\d{1,9})?s", str(value)):
        yield f"{place}: {value!r} is no number of seconds with an s"
    elif format_ == "byte" and not _encoded(value):
        yield f"{place}: {value!r} is no base64"
    for word, wrong in (("minimum", lambda least: value < least), ("maximum", lambda most: value > most)):
        if word in schema and wrong(type(value)(schema[word])):
            yield f"{place}: {value!r} is beyond the {word} {schema[word]}"


def _within(value: Any, least: int, most: int) -> bool:
    return re.fullmatch(r"-?\d+", str(value)) is not None and least <= int(value) <= most


def _encoded(value: str) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        return False
    return True
