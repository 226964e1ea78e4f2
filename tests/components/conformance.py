"""Whether the inputs of a resource are those that the SDK has: its own types are the schema.

The SDK itself looks at the names of a resource's arguments alone. Of what is nested nothing is checked until a cloud
refuses it, or ignores it.
"""

from __future__ import annotations

import importlib
import inspect
import types
import typing
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

import pulumi
from pulumi._types import input_type_py_to_pulumi_names, input_type_types, is_input_type
from pulumi.output import Unknown


def problems(token: str, inputs: Mapping[str, Any]) -> list[str]:
    """What is wrong with `inputs`, as the engine is told them, of a resource of the type `token` (aws:ec2/vpc:Vpc)."""
    return list(_object(inputs, arguments(token), ""))


def arguments(token: str) -> type:
    """The class of a resource's arguments. Raises LookupError for a type that the SDK does not have."""
    package, path, name = token.split(":")
    module = importlib.import_module(".".join([f"pulumi_{package}", *path.split("/")[:-1]]))
    # A resource whose plain name is that of a nested input has the other.
    for called in (f"{name}InitArgs", f"{name}Args"):
        if (found := getattr(module, called, None)) is not None:
            return found
    raise LookupError(f"the SDK has no {token}")


def _object(value: Mapping[str, Any], kind: type, where: str) -> Iterator[str]:
    names, expected = input_type_py_to_pulumi_names(kind), input_type_types(kind)
    for name in value:
        if name not in expected:
            yield f"{where}{name}: {kind.__name__} has no such input"
        else:
            yield from _value(value[name], expected[name], f"{where}{name}")
    for argument in inspect.signature(kind).parameters.values():
        if argument.default is argument.empty and names[argument.name] not in value:
            yield f"{where}{names[argument.name]}: {kind.__name__} needs it"


def _value(value: Any, expected: Any, where: str) -> Iterator[str]:
    if isinstance(value, Unknown):  # told when it is made, by a resource that the SDK has typed
        return
    members = list(_members(expected))
    if isinstance(value, dict) and (objects := [member for member in members if is_input_type(member)]):
        [member] = objects
        yield from _object(value, member, f"{where}.")
        return
    found = [list(_plain(value, member, where)) for member in members]
    if all(found):
        yield found[0][0] if len(found) == 1 else f"{where}: {value!r} is none of {members}"


def _members(expected: Any) -> Iterator[Any]:
    """The types that a value may have on the wire; an output has become its value there, None is left out."""
    if typing.get_origin(expected) in (typing.Union, types.UnionType):
        for member in typing.get_args(expected):
            yield from _members(member)
    elif typing.get_origin(expected) not in (pulumi.Output, Awaitable) and expected is not type(None):
        yield expected


def _plain(value: Any, expected: Any, where: str) -> Iterator[str]:
    """What is wrong with a value that is no object of the SDK's."""
    origin, arguments = typing.get_origin(expected), typing.get_args(expected)
    match value:
        case list() if origin is not None and issubclass(origin, Sequence):
            for number, item in enumerate(value):
                yield from _value(item, arguments[0], f"{where}[{number}]")
        case dict() if origin is not None and issubclass(origin, Mapping):
            for key, item in value.items():
                yield from _value(item, arguments[1], f"{where}.{key}")
        case bool() if expected is bool:
            return
        case float() if expected is float or (expected is int and value.is_integer()):
            return
        case pulumi.FileAsset() if expected is pulumi.Asset:
            return
        case str() if expected is str or _names_member(expected, value):
            return
        case _:
            yield f"{where}: {value!r} is no {getattr(expected, '__name__', expected)}"


def _names_member(expected: Any, value: str) -> bool:
    return isinstance(expected, type) and issubclass(expected, Enum) and value in {one.value for one in expected}
