"""The types of a cloud's own SDK for Pulumi: what inputs a resource has, which it needs, and of what form.

Pulumi's Python SDKs check only that the required arguments of a resource are there: a misspelt key of a nested
dictionary travels on, and the cloud's provider is the first to see it.
"""

from __future__ import annotations

import collections.abc
import importlib
import importlib.metadata
import importlib.util
import inspect
import json
import re
import typing
import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pulumi import _types

from tests.engine.standin.wire import UNKNOWNS

Mistake = tuple[str, str]
"""The path of an input, and what is wrong with it."""


def version(package: str) -> str:
    return importlib.metadata.version(f"pulumi-{package}")


@cache
def resources(package: str) -> Mapping[str, tuple[str, str]]:
    """The package and the class of each type of resource, as the SDK registers them; nothing of it is imported."""
    spec = importlib.util.find_spec(f"pulumi_{package}")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the SDK pulumi-{package} is not installed")
    listed = re.search(r'resource_modules="""\n(.*?)\n"""', Path(spec.origin).read_text(), re.DOTALL)
    if listed is None:
        raise ValueError(f"{spec.origin} registers no resources where it used to")
    return {
        token: (module["fqn"], name)
        for module in json.loads(listed.group(1))
        for token, name in module["classes"].items()
    }


def mistakes(package: str, token: str, inputs: Mapping[str, Any]) -> Iterator[Mistake]:
    """Everything about `inputs` that is not of the SDK's types. What is unknown yet is not looked at."""
    yield from _object(_args(package, token), inputs, "")


def _args(package: str, token: str) -> type:
    """The class of a resource's inputs."""
    module, name = resources(package)[token]
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # of others that it brings in
        # Not the resource's own module: that would leave the package, which loads lazily, half empty for all others.
        found = importlib.import_module(module)
        # Where an object within some resource's inputs has the name already, the resource's own are called otherwise.
        return getattr(found, f"{name}InitArgs", None) or getattr(found, f"{name}Args")


def has_input(package: str, token: str, path: str) -> bool:
    """Whether a resource has an input at `path`: `a.b` or, for what is in a list, `a[*].b`."""
    kind: Any = _args(package, token)
    for part in path.replace("[*]", "").split("."):
        if not _types.is_input_type(kind) or part not in _types.input_type_types(kind):
            return False
        kind = _types.input_type_types(kind)[part]
        while typing.get_origin(kind) in (typing.Union, collections.abc.Sequence):
            kind = _plain(typing.get_args(kind))[0]
    return True


def _object(kind: type, value: Any, path: str) -> Iterator[Mistake]:
    if not isinstance(value, Mapping):
        yield path, f"{kind.__name__} is an object, not {value!r}"
        return
    fields, names = _types.input_type_types(kind), _types.input_type_py_to_pulumi_names(kind)
    for python, parameter in inspect.signature(kind.__init__).parameters.items():
        if python in names and parameter.default is parameter.empty and value.get(names[python]) is None:
            yield _join(path, names[python]), f"{kind.__name__} needs it"
    for key, inner in value.items():
        if key not in fields:
            yield _join(path, key), f"{kind.__name__} has no such input"
        elif inner is not None:
            yield from _value(fields[key], inner, _join(path, key))


def _value(kind: Any, value: Any, path: str) -> Iterator[Mistake]:
    if isinstance(value, str) and value in UNKNOWNS:
        return
    origin, arguments = typing.get_origin(kind), _plain(typing.get_args(kind))
    if origin is typing.Union:
        found = [list(_value(argument, value, path)) for argument in arguments]
        yield from min(found, key=len, default=[])
    elif origin in (collections.abc.Sequence, list):
        if isinstance(value, list):
            for index, inner in enumerate(value):
                yield from _value(arguments[0], inner, f"{path}[{index}]")
        else:
            yield path, f"is a list, not {value!r}"
    elif origin in (collections.abc.Mapping, dict):
        if isinstance(value, Mapping):
            for key, inner in value.items():
                yield from _value(arguments[-1], inner, _join(path, key))
        else:
            yield path, f"is an object, not {value!r}"
    elif _types.is_input_type(kind):
        yield from _object(kind, value, path)
    elif kind in _FORMS and not _FORMS[kind](value):
        yield path, f"is of type {kind.__name__}, not {value!r}"


def _plain(arguments: tuple[Any, ...]) -> list[Any]:
    """What is left of the members of an Input[T] without those that stand for values which come later."""
    later = (collections.abc.Awaitable,)
    kept = [argument for argument in arguments if typing.get_origin(argument) not in later]
    return [argument for argument in kept if "Output" not in getattr(typing.get_origin(argument), "__name__", "")]


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_FORMS: Mapping[Any, typing.Callable[[Any], bool]] = {
    str: lambda value: isinstance(value, str),
    bool: lambda value: isinstance(value, bool),
    int: lambda value: _number(value) and value == int(value),  # the wire has doubles alone
    float: _number,
}


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
