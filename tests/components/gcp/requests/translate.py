"""A Pulumi resource's inputs as the requests that create it.

Names map by themselves: `networkIp` is networkIP, `subnetworks` subnetwork or subnetworks, and so down to the last.
What does not is said in the table (`table.py`), so a property that a provider's new version brings fails until somebody
looks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.components.gcp.requests.shapes import Schema, body, method, resolve

Inputs = dict[str, Any]
Request = tuple[str, dict[str, Any], dict[str, Any]]
"""A method, its parameters and its body."""


class Unmapped(Exception):
    """A property that no request takes; the text names it."""


@dataclass(frozen=True)
class Call:
    """A request of `method`, and how it comes from a resource's properties.

    A parameter has the property of its name, or what `parameters` says, in whose text a property stands in braces; all
    other properties are the body's. `names` says what a property is called there that is called otherwise, by its path
    (`disks.diskType`); a name with a full stop stands inside a member. `adds` is what the provider sends of itself.
    `first` makes the inputs nearer to the request where a name is not enough.
    """

    method: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    adds: Mapping[str, Any] = field(default_factory=dict)
    first: Callable[[Inputs], Inputs] | None = None


@dataclass(frozen=True)
class Resource:
    """The call that creates a resource, and those of its properties that Google never sees, each with the reason."""

    call: Call
    ours: Mapping[str, str] = field(default_factory=dict)

    def request(self, project: str, inputs: Inputs) -> Request:
        """The call with what it sends; `project` is the provider's. Raises Unmapped."""
        call = self.call
        given = {name: value for name, value in inputs.items() if value is not None and name not in self.ours}
        parameters, used = _parameters(call, {"project": project, **given})
        rest: Inputs = {name: value for name, value in given.items() if name not in used}
        rest = call.first(rest) if call.first else rest
        made = dict(call.adds)
        schema = body(call.method)
        if schema is None and rest:
            raise Unmapped(f"{call.method} has no body for {', '.join(rest)}")
        if schema is not None:
            _fill(made, schema, rest, call, "")
        return call.method, parameters, made


def _parameters(call: Call, inputs: Inputs) -> tuple[dict[str, Any], set[str]]:
    """The call's parameters, and the properties that they are made of."""
    known = method(call.method)["parameters"]
    made = {name: inputs[name] for name in known if name in inputs and name not in call.parameters}
    made |= {name: text.format_map(inputs) for name, text in call.parameters.items()}
    used = {word for text in call.parameters.values() for word in re.findall(r"{(\w+)}", text)}
    return made, used | made.keys() - call.parameters.keys() | {"project"}


def _fill(made: dict[str, Any], schema: Schema, inputs: Inputs, call: Call, path: str) -> None:
    """Put each input where the request has it."""
    for name, value in inputs.items():
        if value is None:
            continue
        place = f"{path}{name}"
        inner, target = schema, made
        *outer, last = call.names[place].split(".") if place in call.names else [_member(schema, name)]
        for step in outer:
            inner, target = _property(call, inner, step, place), target.setdefault(step, {})
        target[last] = _value(_property(call, inner, last, place), value, call, f"{place}.")


def _property(call: Call, schema: Schema, name: str, place: str) -> Schema:
    found = schema.get("properties", {}).get(name)
    if found is None:
        raise Unmapped(f"{call.method} has nothing for {place}")
    return resolve(call.method, found)


def _member(schema: Schema, name: str) -> str:
    """The member that a property is called by, whatever its case and number."""
    known = {member.lower(): member for member in schema.get("properties", {})}
    singular = name.lower().removesuffix("s")
    return next((known[one] for one in (name.lower(), f"{name.lower()}s", singular) if one in known), name)


def _value(schema: Schema, value: Any, call: Call, path: str) -> Any:
    """A value as its schema has it. Where Pulumi has one for Google's list it becomes a list; numbers are written as
    the format says (https://developers.google.com/discovery/v1/type-format)."""
    match schema.get("type"), value:
        case "object", dict() if "properties" in schema:
            made: dict[str, Any] = {}
            _fill(made, schema, value, call, path)
            return made
        case "array", list():
            return [_value(resolve(call.method, schema["items"]), one, call, path) for one in value]
        case "array", _:
            return [_value(resolve(call.method, schema["items"]), value, call, path)]
        case "integer", float() if value.is_integer():
            return int(value)
        case "string", float() if value.is_integer():
            return str(int(value))
        case _:
            return value
