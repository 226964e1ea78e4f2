"""A Pulumi resource's inputs as the requests that create it.

Names map by themselves: `cidrBlock` is CidrBlock, `securityGroups` SecurityGroup or SecurityGroups, and so down to the
last. What does not is said in the table (`table.py`), so a property that a provider's new version brings fails until
somebody looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from botocore.model import ListShape, MapShape, Shape, StructureShape

from tests.components.aws.requests.shapes import input_shape, item, members

PAIRS = (("Key", "Value"), ("TagKey", "TagValue"), ("Name", "Value"))
Inputs = dict[str, Any]


class Unmapped(Exception):
    """A property that no request takes; the text names it."""


@dataclass(frozen=True)
class Call:
    """A request of `operation`, and how it comes from a resource's properties.

    `takes` are the properties that it is made of; without, all that no other call takes. `names` says what a property
    is called there that is called otherwise, by its path (`launchTemplate.id`); a name with a full stop stands inside
    a member. `adds` is what the provider sends of itself, `tagged` EC2's type of what gets the tags. `first` makes the
    inputs nearer to the request where a name is not enough.
    """

    operation: str
    takes: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    adds: Mapping[str, Any] = field(default_factory=dict)
    tagged: str = ""
    first: Callable[[Inputs], Inputs] | None = None


@dataclass(frozen=True)
class Resource:
    """The calls that create a resource, and those of its properties that AWS never sees, each with the reason."""

    calls: tuple[Call, ...]
    ours: Mapping[str, str] = field(default_factory=dict)

    def requests(self, inputs: Inputs) -> Iterator[tuple[str, dict[str, Any]]]:
        """Operation and request of each call that the inputs cause. Raises Unmapped."""
        named = {name for call in self.calls for name in call.takes}
        for call in self.calls:
            mine = {
                name: value
                for name, value in inputs.items()
                if value is not None
                and name not in self.ours
                and (name in call.takes or not (call.takes or name in named))
            }
            if mine or not call.takes:
                yield call.operation, _request(call, mine)


def _request(call: Call, inputs: Inputs) -> dict[str, Any]:
    shape = input_shape(call.operation)
    inputs = call.first(inputs) if call.first else inputs
    made = dict(call.adds)
    if call.tagged and "tags" in inputs:
        tags = [{"Key": key, "Value": value} for key, value in inputs["tags"].items()]
        made["TagSpecifications"] = [{"ResourceType": call.tagged, "Tags": tags}]
        inputs = {name: value for name, value in inputs.items() if name != "tags"}
    _fill(made, shape, inputs, call, "")
    return made


def _fill(made: dict[str, Any], shape: StructureShape, inputs: Inputs, call: Call, path: str) -> None:
    """Put each input where the request has it."""
    for name, value in inputs.items():
        if value is None:
            continue
        place = f"{path}{name}"
        steps = call.names[place].split(".") if place in call.names else [_member(shape, name)]
        inner: Shape = shape
        target = made
        for step in steps[:-1]:
            assert isinstance(inner, StructureShape), place
            inner, target = members(inner)[step], target.setdefault(step, {})
        if not isinstance(inner, StructureShape) or steps[-1] not in members(inner):
            raise Unmapped(f"{call.operation} has nothing for {place}")
        target[steps[-1]] = _value(members(inner)[steps[-1]], value, call, f"{place}.")


def _member(shape: StructureShape, name: str) -> str:
    """The member that a property is called by, whatever its case and number."""
    known = {member.lower(): member for member in members(shape)}
    singular = name.lower().removesuffix("s")
    return next((known[one] for one in (name.lower(), f"{name.lower()}s", singular) if one in known), name)


def _value(shape: Shape, value: Any, call: Call, path: str) -> Any:
    """A value as its shape has it. Where Pulumi has one for AWS's list it becomes a list; strings are read."""
    match shape, value:
        case StructureShape(), dict():
            made: dict[str, Any] = {}
            _fill(made, shape, value, call, path)
            return made
        case StructureShape(), [only]:
            return _value(shape, only, call, path)
        case ListShape(), dict() if pair := _pair(item(shape)):
            return [dict(zip(pair, entry, strict=True)) for entry in value.items()]
        case ListShape(), list() | tuple():
            return [_value(item(shape), one, call, path) for one in value]
        case ListShape(), dict() | str():
            return [_value(item(shape), value, call, path)]
        case MapShape(), dict():
            return {key: _value(cast("Shape", shape.value), one, call, path) for key, one in value.items()}
    match shape.type_name, value:
        case "boolean", "true" | "false":
            return value == "true"
        case "integer" | "long", float() if value.is_integer():
            return int(value)
        case "integer" | "long", str() if value.isdecimal():
            return int(value)
        case "double" | "float", str():
            return float(value)
        case _:
            return value


def _pair(shape: Shape) -> tuple[str, str] | None:
    """What a shape calls name and value, if it is such a pair: tags, dimensions."""
    known = members(shape).keys() if isinstance(shape, StructureShape) else ()
    return next((pair for pair in PAIRS if set(pair) == set(known)), None)
