"""Turns pydantic's errors into findings that a reader of the file understands: place, what, why, a good value."""

import difflib
import re
from collections.abc import Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from clusterwright.spec.base import quoted
from clusterwright.spec.findings import Finding, Path, dotted
from clusterwright.spec.source import Source
from clusterwright.words import counted

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


def describe(error: ValidationError, model: type[BaseModel], data: Any, source: Source) -> list[Finding]:
    """A finding for each thing that `error` says about `data`, which came from `source` and should be a `model`."""
    describer = _Describer(model, data, source)
    return [
        describer.finding(detail, compare=number < MOST_COMPARED)
        for number, detail in enumerate(error.errors(include_url=False))
        # Pydantic counts only the items without mistakes; those mistakes have findings of their own.
        if not (detail["type"] == "too_short" and len(detail["input"]) >= detail.get("ctx", {})["min_length"])
    ]


class _Describer:
    """Knows the file's data and the model that it should be."""

    def __init__(self, model: type[BaseModel], data: Any, source: Source) -> None:
        self.model, self.data, self.source = model, data, source

    def finding(self, detail: Mapping[str, Any], *, compare: bool) -> Finding:
        """What one of pydantic's errors says; `compare`: whether to look for the word that was meant."""
        kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
        path = _path(detail["loc"], self.data)
        name = quoted(_key(path)) if path else "the spec"
        code, hint, at_key = "CW-SPEC-007", self._example(path), detail["loc"][-1:] == ("[key]",)
        match kind:
            case "extra_forbidden":
                code, at_key, known = "CW-SPEC-005", True, list(self._fields(path[:-1]))
                what = f"the key {name} is not known{_inside(path[:-1])}"
                why = "a key that nothing reads would be ignored"
                hint = _near(_key(path), known) if compare else "remove it"
            case "missing":
                code, at_key, key = "CW-SPEC-006", True, detail["loc"][-1]
                what = f"the key {quoted(key)} is missing{_inside(path)}"
                why, hint = "it has no default: only you can know it", self._example((*path, key))
            case "literal_error" | "union_tag_invalid":
                code = "CW-SPEC-010"
                if kind == "union_tag_invalid":
                    path, value = (*path, "kind"), value["kind"]
                    name, hint = quoted("kind"), self._example(path)
                words = _words(context.get("expected") or context["expected_tags"])
                what, why = f"{name} can't be {_shown(value)}", f"it is one of: {', '.join(words)}"
                hint = (_meant(value, words) if compare else None) or hint
            case "union_tag_not_found":
                code, at_key = "CW-SPEC-006", True
                what, why = f"the key `kind` is missing{_inside(path)}", "it says which keys there are besides"
                hint = next(filter(None, map(_spaced, value)), None) or self._example((*path, "kind"))
            case _ if "hint" in context:  # one of our own refusals, which bring their words
                code = {"unit": "CW-SPEC-009", "range": "CW-SPEC-008"}.get(kind, "CW-SPEC-011")
                what, why, hint = f"{name} {context['what']}", context["why"], context["hint"]
            case _ if kind in _BOUNDS:
                code, (bound, words) = "CW-SPEC-008", _BOUNDS[kind]
                what, why = f"{name} is {_shown(value)}", f"it must be {words} {context[bound]}"
            case "string_too_long":
                code = "CW-SPEC-008"
                what = f"{name} is {len(value)} characters long: {quoted(value, 30)}"
                why = f"it must have at most {context['max_length']}"
            case "string_pattern_mismatch":
                code, what = "CW-SPEC-011", f"{name} is not written as it must be: {quoted(value)}"
                why = f"it must match {context['pattern']}"
            case "too_short" | "too_long":
                code = "CW-SPEC-008"
                bound = (
                    f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
                )
                what, why = f"{name} has {counted(len(value), 'item')}", f"it must have {bound}"
            case _ if value is None:
                what, why = f"{name} has no value", "a key without a value says nothing"
                hint += "; or remove the key, and it is decided for you"
            case _:
                wanted = next((words for start, words in _KINDS.items() if kind.startswith(start)), detail["msg"])
                what, why = f"{name} is {_shown(value)}", f"it must be {wanted}"
                hint = _spaced(value) or hint
        return Finding(code, what, why, hint, path, location=self.source.locate(path, at_key=at_key))

    def _fields(self, path: Path) -> dict[str, FieldInfo]:
        """The fields that the section at `path` can have: of a union, those of the member that `kind` names."""
        models, data, keyed = [self.model], self.data, False
        for part in path:
            data = _item(data, part)
            if isinstance(part, str) and not keyed:
                found = [field for model in models for name, field in _named(model).items() if name == part]
                models = [inner for field in found for inner in models_in(field.annotation)]
                keyed = any(get_origin(field.annotation) is Mapping for field in found)
            elif keyed:
                keyed = False
            kind = data.get("kind", "") if isinstance(data, Mapping) else ""
            models = [model for model in models if kind in _tags(model)] or models
        fields: dict[str, FieldInfo] = {}
        for model in models:
            fields = {**_named(model), **fields}
        return fields

    def _example(self, path: Path) -> str:
        """How a good value at `path` looks, or the keys that can stand there."""
        keys = [part for part in path if isinstance(part, str)]
        last = next((index for index in reversed(range(len(path))) if isinstance(path[index], str)), 0)
        field = self._fields(path[:last]).get(keys[-1]) if keys else None
        if field and field.examples:
            return f"for example `{keys[-1]}: {field.examples[0]}`"
        known = list(self._fields(path))
        return f"the keys here are: {', '.join(known)}" if known else "see the specs in stacks/"


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


def _item(data: Any, part: str | int) -> Any:
    try:
        return data[part]
    except (KeyError, IndexError, TypeError):
        return None


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


def _words(expected: str) -> list[str]:
    """The words in pydantic's list of them: 'a', 'b' or 'c'."""
    return [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]


def _meant(value: Any, words: list[str]) -> str | None:
    near = difflib.get_close_matches(str(value)[:50], words, n=1)
    return f"did you mean {quoted(near[0])}?" if near else _spaced(value)


def _spaced(value: Any) -> str | None:
    """What to write for text that was meant as a mapping: `{kind:spot}` without a space is the text `kind:spot`."""
    pair = re.fullmatch(r"([a-z_]+):([^\s/].*)", value) if isinstance(value, str) else None
    return f"put a space after the colon: `{quoted(f'{pair[1]}: {pair[2]}')[1:-1]}`" if pair else None


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models that stand somewhere in a field's type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def _named(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The model's fields by the names that they have in the file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _tags(model: type[BaseModel]) -> tuple[str, ...]:
    """The values of `kind` that mean this member of a union."""
    field = model.model_fields.get("kind")
    return get_args(field.annotation) if field else ()


def _near(key: str, known: list[str]) -> str:
    listed = f"the keys here are: {', '.join(known)}"
    near = difflib.get_close_matches(key[:50], known, n=1)
    return f"did you mean {quoted(near[0])}? {listed}" if near else listed
