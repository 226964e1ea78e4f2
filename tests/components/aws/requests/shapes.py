"""Whether a request is one that AWS would read, by botocore's own models of its services.

botocore's validator holds types, required members and least lengths. It leaves enums, patterns and greatest lengths and
values to the service: those are held here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

import botocore.session
import regex
from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

BEYOND_16_BITS = (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
"""A range of characters as Java writes it, in pairs of 16 bits, and as Python does."""
_session = botocore.session.get_session()


@cache
def operation(name: str) -> OperationModel:
    """The model of an operation, `ec2:CreateVpc` for one."""
    service, _, call = name.partition(":")
    return _session.get_service_model(service).operation_model(call)


def input_shape(name: str) -> StructureShape:
    """The shape of an operation's request."""
    shape = operation(name).input_shape
    if not isinstance(shape, StructureShape):
        raise ValueError(f"{name} takes nothing")
    return shape


def members(shape: StructureShape) -> Mapping[str, Shape]:
    """The members of a structure; botocore's caching property tells a type checker nothing."""
    return cast("Mapping[str, Shape]", shape.members)


def item(shape: ListShape) -> Shape:
    """What a list has."""
    return cast("Shape", shape.member)


def problems(name: str, request: dict[str, Any]) -> list[str]:
    """What AWS would refuse of a request of the operation `name`, each with its place."""
    shape = input_shape(name)
    report = ParamValidator().validate(request, shape).generate_report()
    return [*report.splitlines(), *_beyond(shape, request, name)]


def _beyond(shape: Shape, value: Any, place: str) -> Iterator[str]:
    """What botocore's validator does not look at. A value of a wrong type is its to report."""
    match shape, value:
        case StructureShape(), dict():
            for key in value.keys() & members(shape).keys():
                yield from _beyond(members(shape)[key], value[key], f"{place}.{key}")
        case ListShape(), list() | tuple():
            yield from _too_long(shape, value, place, "items")
            for index, one in enumerate(value):
                yield from _beyond(item(shape), one, f"{place}[{index}]")
        case MapShape(), dict():
            yield from _too_long(shape, value, place, "entries")
            for key, one in value.items():
                yield from _beyond(cast("Shape", shape.key), key, f"{place} key")
                yield from _beyond(cast("Shape", shape.value), one, f"{place}[{key}]")
        case StringShape(), str():
            yield from _too_long(shape, value, place, "characters")
            words = cast("list[str]", shape.enum)
            if words and value not in words:
                near = difflib.get_close_matches(value, words) or words[:3]
                yield f"{place}: {value!r} is none of {', '.join(near)} and so on"
            pattern = _limit(shape, "pattern")
            if pattern and not _pattern(pattern).fullmatch(value):
                yield f"{place}: {value!r} does not match {pattern}"
        case _, int() | float() if not isinstance(value, bool):
            most = _limit(shape, "max")
            if most is not None and value > most:
                yield f"{place}: {value} is more than {most}"


def _limit(shape: Shape, name: str) -> Any:
    return cast("dict[str, Any]", shape.metadata).get(name)


def _too_long(shape: Shape, value: Any, place: str, unit: str) -> Iterator[str]:
    most = _limit(shape, "max")
    if most is not None and len(value) > most:
        yield f"{place}: {len(value)} {unit} are more than {most}"


@cache
def _pattern(pattern: str) -> regex.Pattern[str]:
    """AWS's patterns are Java's; a value has to match as a whole, whether they say so or not."""
    return regex.compile(pattern.replace(*BEYOND_16_BITS))
