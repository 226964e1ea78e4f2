"""YAML with positions: text becomes plain data, and every key and value knows its line and column.

Reads the part of YAML that a spec needs: one document of mappings, lists and scalars by the core schema of YAML 1.2
(https://yaml.org/spec/1.2.2/#103-core-schema), in which `5e-4` is a number and `no`, `12:30` and dates are text.
Anchors, aliases, merge keys and tags are refused, so a small file can't unfold into a large document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import yaml

from clusterwright.spec.base import quoted
from clusterwright.spec.findings import Finding, Location, Path

MOST_DEPTH = 20
MOST_CHARACTERS = 40  # of a number; longer ones stay text and are refused as such: no field takes so large a number

# What YAML 1.2 calls printable (https://yaml.org/spec/1.2.2/#51-character-set); a byte order mark is dropped before.
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {word: value for spelled, value in (("true", True), ("false", False), ("null", None))
          for word in (spelled, spelled.capitalize(), spelled.upper())} | {"~": None, "": None}  # fmt: skip


@dataclass
class Source:
    """A file's text and where in it each key and value stands. Positions count from 0, as PyYAML's marks do.

    `base` is the file that this one builds on: what stands there and not here is found there.
    """

    file: str
    text: str
    keys: dict[Path, tuple[int, int, int]] = field(default_factory=dict)
    values: dict[Path, tuple[int, int, int]] = field(default_factory=dict)
    base: Source | None = None

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def location(self, line: int, column: int, width: int = 1) -> Location:
        """The place at `line` and `column`, counted from 0, with the text of its line."""
        text = self.lines[line] if line < len(self.lines) else ""
        return Location(self.file, line + 1, column + 1, width, text)

    def locate(self, path: Path, *, at_key: bool = False) -> Location:
        """The place of the value at `path` (or of its key); of the nearest part around it where the file has none."""
        while path:
            for source in filter(None, (self, self.base)):
                for marks in (source.keys, source.values) if at_key else (source.values, source.keys):
                    if path in marks:
                        return source.location(*marks[path])
            path, at_key = path[:-1], True
        return self.location(0, 0)

    def forget(self, path: Path) -> None:
        """Drops the places of `path` and of all inside it: something else has replaced them."""
        for marks in (self.keys, self.values):
            for inner in [inner for inner in marks if inner[: len(path)] == path]:
                del marks[inner]


def after(text: str) -> tuple[int, int]:
    """The line and column, counted from 0, of what follows `text`."""
    lines = f"{text}.".splitlines()
    return len(lines) - 1, len(lines[-1]) - 1


class Unreadable(Exception):
    """The text is not YAML as a spec is written; carries the one finding that says so."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.what)


def compose(source: Source) -> tuple[Any, list[Finding]]:
    """The data in `source.text` and a finding for each duplicate key; fills in the source's positions.

    Lists become tuples. Raises Unreadable for a syntax error and for what a spec can't hold.
    """
    return _Composer(source).compose()


class _Composer:
    """Builds data from the parser's events, so that depth is checked while the text is being read, not after."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.findings: list[Finding] = []
        # libyaml's parser where PyYAML has it: ten times faster, the same events.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.events: Iterator[Any] = iter(yaml.parse(source.text, Loader=loader))

    def compose(self) -> tuple[Any, list[Finding]]:
        if match := _NOT_TEXT.search(self.source.text):
            raise self._syntax(
                f"the character {match.group()!r} is not allowed", *after(self.source.text[: match.start()])
            )
        try:
            next(self.events)  # the start of the stream
            if not isinstance(next(self.events), yaml.DocumentStartEvent):
                raise self._empty()
            data = self._node(next(self.events), ())
            if data is None:
                raise self._empty()
            next(self.events)  # the end of the document
            rest = next(self.events)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            said = getattr(error, "context", None), getattr(error, "problem", None)
            what = ", ".join(filter(None, said)) or str(error)
            raise self._syntax(what, *((mark.line, mark.column) if mark else (0, 0))) from error
        if not isinstance(rest, yaml.StreamEndEvent):
            raise self._refused(rest, "a second document starts here", "a spec is one document", "use a file a spec")
        return data, self.findings

    def _node(self, event: Any, path: Path) -> Any:
        if isinstance(event, yaml.AliasEvent):
            what = f"the alias *{event.anchor} is not read"
            raise self._refused(event, what, "a spec says everything where it is used", "write the value out here")
        if event.anchor is not None or event.tag not in (None, "!"):
            what = f"the {'anchor &' + event.anchor if event.anchor is not None else 'tag ' + event.tag} is not read"
            raise self._refused(event, what, "a spec is plain mappings, lists, texts and numbers", "remove it")
        if len(path) > MOST_DEPTH:
            what = f"this is nested more than {MOST_DEPTH} levels deep"
            raise self._refused(event, what, "no section of a spec is", "check the brackets and the indentation")
        self.source.values[path] = _place(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return tuple(self._node(item, (*path, number)) for number, item in enumerate(self._until_end()))
        return self._mapping(path)

    def _until_end(self) -> Iterator[Any]:
        """The events up to the end of the list or mapping that has just begun."""
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
                return
            yield event

    def _mapping(self, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for event in self._until_end():
            if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag not in (None, "!"):
                raise self._refused(
                    event, "this key is not plain text", "keys of a spec are words", "write `key: value`"
                )
            key, place = event.value, _place(event)
            inner = (*path, key)
            if key in data:
                first = self.source.keys[inner][0] + 1
                self.findings.append(
                    Finding(
                        code="CW-SPEC-004",
                        what=f"{quoted(key)} is given twice",
                        why=f"line {first} gives it already, and only one of the two can count",
                        hint="remove one of them",
                        path=inner,
                        location=self.source.location(*place),
                    )
                )
                self._node(next(self.events), (*path, f"{key} (again)"))
                continue
            self.source.keys[inner] = place
            data[key] = self._node(next(self.events), inner)
        return data

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text = event.value
        if not event.implicit[0]:  # quoted, or a block of text
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text) if len(text) <= MOST_CHARACTERS else text
        if _FLOAT.fullmatch(text) and len(text) <= MOST_CHARACTERS:
            return float(text)
        return text

    def _empty(self) -> Unreadable:
        return Unreadable(
            Finding(
                code="CW-SPEC-001",
                what="the file holds nothing",
                why="it is empty, or all of it is comments",
                hint="a spec has at least `name: my-cluster` and `provider: local`",
                location=Location(self.source.file),
                readable=False,
            )
        )

    def _syntax(self, what: str, line: int, column: int) -> Unreadable:
        return Unreadable(
            Finding(
                code="CW-SPEC-002",
                what=f"this is not YAML: {what}",
                why="the mistake is here or just before; nothing after it can be read",
                hint="check the indentation (spaces, no tabs), the colon and space after each key, brackets and quotes",
                location=self.source.location(line, column),
                readable=False,
            )
        )

    def _refused(self, event: Any, what: str, why: str, hint: str) -> Unreadable:
        mark = event.start_mark
        location = self.source.location(mark.line, mark.column)
        return Unreadable(Finding("CW-SPEC-003", what, why, hint, location=location, readable=False))


def _place(event: Any) -> tuple[int, int, int]:
    start, end = event.start_mark, event.end_mark
    return start.line, start.column, max(1, end.column - start.column) if end.line == start.line else 1
