"""Turns pydantic's errors into findings that a reader of the spec understands: place, what, why, a good value."""

import difflib
import re
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from clusterwright.spec.base import quoted
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.findings import Finding, Path, dotted
from clusterwright.spec.source import Source

MOST_COMPARED = 100
"""How many unknown words are compared with the known ones: it takes time, and more are no slips of the finger."""

_KINDS = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "finite_number": "a finite number",
    "bool": "true or false",
    "tuple": "a list",
    "dict": "a mapping of keys to values",
    "model": "a mapping of keys to values",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "more than"),
    "less_than": ("lt", "less than"),
}


def describe(error: ValidationError, data: Any, source: Source, model: type[BaseModel] = ClusterSpec) -> list[Finding]:
    """A finding for each thing that `error` says about `data`, which came from `source` and should be a `model`."""
    details = error.errors(include_url=False)
    return [
        _finding(detail, data, source, compare=number < MOST_COMPARED)
        for number, detail in enumerate(details)
        # Pydantic counts only the items without mistakes; those mistakes have findings of their own.
        if not (detail["type"] == "too_short" and len(detail["input"]) >= detail.get("ctx", {})["min_length"])
    ]


def _finding(detail: Mapping[str, Any], data: Any, source: Source, *, compare: bool) -> Finding:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    path = _path(detail["loc"], data)
    name = quoted(_key(path)) if path else "the spec"
    code, hint, at_key = "CW-SPEC-007", _example(path), detail["loc"][-1:] == ("[key]",)
    match kind:
        case "extra_forbidden":
            code, at_key = "CW-SPEC-005", True
            what, why = f"the key {name} is not known{_inside(path[:-1])}", "a key that nothing reads would be ignored"
            hint = _near(_key(path), _known_keys(path[:-1])) if compare else "remove it"
        case "missing":
            code, at_key, key = "CW-SPEC-006", True, detail["loc"][-1]
            what, why = f"the key {quoted(key)} is missing{_inside(path)}", "it has no default: only you can know it"
            hint = _example((*path, key))
        case "literal_error":
            code = "CW-SPEC-010"
            words = [word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")]
            what, why = f"{name} can't be {_shown(value)}", f"it is one of: {', '.join(words)}"
            near = difflib.get_close_matches(str(value)[:50], words, n=1) if compare else []
            hint = f"did you mean {quoted(near[0])}?" if near else hint
            if isinstance(value, str) and (pair := re.fullmatch(r"([a-z_]+):(\S.*)", value)):
                hint = f"put a space after the colon: `{quoted(f'{pair[1]}: {pair[2]}')[1:-1]}`"
        case _ if "hint" in context:  # one of our own refusals, which bring their words
            code = {"unit": "CW-SPEC-009", "range": "CW-SPEC-008"}.get(kind, "CW-SPEC-011")
            what, why, hint = f"{name} {context['what']}", context["why"], context["hint"]
        case _ if kind in _BOUNDS:
            code, (bound, words) = "CW-SPEC-008", _BOUNDS[kind]
            what, why = f"{name} is {_shown(value)}", f"it must be {words} {context[bound]}"
        case "too_short" | "too_long":
            code = "CW-SPEC-008"
            bound = f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
            what, why = f"{name} has {len(value)} item{'s' * (len(value) != 1)}", f"it must have {bound}"
        case _ if value is None:
            what, why = f"{name} has no value", "a key without a value says nothing"
            hint += "; or remove the key, and it is decided for you"
        case _:
            wanted = next((words for start, words in _KINDS.items() if kind.startswith(start)), detail["msg"])
            what, why = f"{name} is {_shown(value)}", f"it must be {wanted}"
    return Finding(code, what, why, hint, path, location=source.locate(path, at_key=at_key))


def _path(location: tuple[str | int, ...], data: Any) -> Path:
    """The part of pydantic's location that stands in the file: without tags of unions and without missing keys."""
    path: Path = ()
    for part in location:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            continue
        path = (*path, part)
    return path


def _key(path: Path) -> str:
    """The last part of a path as a reader sees it: a key, or the list's key with the item's number."""
    last = path[-1]
    return f"{_key(path[:-1])}[{last}]" if isinstance(last, int) else last


def _inside(path: Path) -> str:
    return f" in {quoted(dotted(path))}" if path else ""


def _shown(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f"the text {quoted(value)}" if value else "an empty text"
        case Mapping():
            return "a mapping"
        case tuple():
            return "a list"
        case None:
            return "empty"
        case _:
            return str(value)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _fields(path: Path) -> dict[str, FieldInfo]:
    """The fields that the section at `path` can have."""
    models: list[type[BaseModel]] = [ClusterSpec]
    for part in path:
        if isinstance(part, str):
            models = [inner for model in models if part in model.model_fields
                      for inner in _models(model.model_fields[part].annotation)]  # fmt: skip
    return {name: field for model in models for name, field in model.model_fields.items()}


def _known_keys(path: Path) -> list[str]:
    return list(_fields(path))


def _near(key: str, known: list[str]) -> str:
    listed = f"the keys here are: {', '.join(known)}"
    near = difflib.get_close_matches(key[:50], known, n=1)
    return f"did you mean {quoted(near[0])}? {listed}" if near else listed


def _example(path: Path) -> str:
    """How a good value at `path` looks, or the keys that can stand there."""
    keys = [part for part in path if isinstance(part, str)]
    field = _fields(path[: path.index(keys[-1])]).get(keys[-1]) if keys else None
    examples = (field.examples or []) if field else []
    if keys and examples:
        return f"for example `{keys[-1]}: {examples[0]}`"
    known = _known_keys(path)
    return f"the keys here are: {', '.join(known)}" if known else "see the specs in stacks/"
