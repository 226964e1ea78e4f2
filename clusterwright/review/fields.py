"""What the author changed in a spec: field by field, lists matched by name, with what each change costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from clusterwright.review.model import FieldChange
from clusterwright.review.sides import Side
from clusterwright.spec.base import Change, SpecModel, printable
from clusterwright.spec.findings import Location, Path
from clusterwright.spec.load import Loaded


@dataclass(frozen=True)
class _Place:
    """A place in both specs: as people call it, groups[train].nodes, and where it is in the head's file."""

    called: str
    path: Path
    cost: Change
    what: str

    def inside(self, key: str, path: Path, extra: Any = None) -> _Place:
        extra = extra if isinstance(extra, Mapping) else {}
        cost, what = extra.get("x-change", self.cost), extra.get("x-change-what", self.what)
        return _Place(f"{self.called}{key}", path, cost, what)


def changes(before: Loaded, after: Loaded, side: Side) -> tuple[FieldChange, ...]:
    """Every field whose value was changed, in the order of the spec; `side` is that of `after`."""
    place = _Place("", (), "nothing", "")
    return tuple(
        FieldChange(where.called, old, new, where.cost, where.what, _location(after, where.path, side))
        for where, old, new in _models(before.spec, after.spec, place)
    )


def _location(loaded: Loaded, path: Path, side: Side) -> Location | None:
    if loaded.source is None:
        return None
    found = loaded.source.locate(path)
    return Location(side.shown(found.file), found.line, found.column, found.width, found.text)


_Found = tuple[_Place, str | None, str | None]


def _models(before: SpecModel, after: SpecModel, place: _Place) -> Iterator[_Found]:
    dot = "." if place.called else ""
    for name, field in type(after).model_fields.items():
        inner = place.inside(f"{dot}{name}", (*place.path, name), field.json_schema_extra)
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            written = name in before.model_fields_set, name in after.model_fields_set
            yield from _values(old, new, written, inner)


def _values(old: Any, new: Any, written: tuple[bool, bool], place: _Place) -> Iterator[_Found]:
    if isinstance(old, SpecModel) and type(old) is type(new) and _kind(old) == _kind(new):
        yield from _models(old, new, place)
    elif _named(old) and _named(new):
        yield from _lists(old, new, place)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in {**old, **new}:
            if old.get(key) != new.get(key):
                inner = place.inside(f".{key}", (*place.path, key))
                yield inner, _text(old.get(key)), _text(new.get(key))
    else:
        yield place, _text(old) if written[0] else None, _text(new) if written[1] else None


def _lists(old: tuple[Any, ...], new: tuple[Any, ...], place: _Place) -> Iterator[_Found]:
    """Members of the same name are the same; one that is another kind of thing is told by its kind."""
    befores = {member.name: member for member in old}
    afters = {member.name: (number, member) for number, member in enumerate(new)}
    for name in {**befores, **afters}:
        number, member = afters.get(name, (len(new), None))
        inner = place.inside(f"[{name}]", (*place.path, number) if member else place.path)
        was = befores.get(name)
        if was is None or member is None:
            yield inner, _text(was), _text(member)
        elif _kind(was) != _kind(member):
            extra = type(member).model_fields["kind"].json_schema_extra
            yield inner.inside(".kind", (*inner.path, "kind"), extra), str(_kind(was)), str(_kind(member))
        elif was != member:
            yield from _models(was, member, inner)


def _named(value: Any) -> TypeGuard[tuple[Any, ...]]:
    if not isinstance(value, tuple):
        return False
    return all(isinstance(member, SpecModel) and "name" in type(member).model_fields for member in value)


def _kind(value: SpecModel) -> object:
    return getattr(value, "kind", None)


def _text(value: Any) -> str | None:
    """A value as a spec has it; None is nothing."""
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case SpecModel():
            given = [name for name in type(value).model_fields if name in value.model_fields_set]
            return _flow((name, _text(getattr(value, name))) for name in given)
        case Mapping():
            return _flow((key, _text(one)) for key, one in value.items())
        case tuple():
            return f"[{', '.join(str(_text(one)) for one in value)}]"
        case _:
            return printable(str(value))


def _flow(entries: Any) -> str:
    return f"{{{', '.join(f'{key}: {one}' for key, one in entries)}}}"
