"""What is known of a cloud's types of resource: one entry a type in `tables/<cloud>/*.yaml`, and what replaces it from
where reviews have it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from clusterwright.review.blast.replacing import Replaces, Source, load_replaces

TABLES = Path(__file__).parent / "tables"
CLOUD = "cloud.yaml"
"""The file of a folder that holds what is no type of resource."""


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Refusal(Row):
    """What a cloud says when it refuses. Its `{...}` are filled as in a type's outputs."""

    error: str
    source: Source


class Held(Refusal):
    """A thing isn't deleted while one of `type` has its `key`, an output or input, at the path `at` of its inputs.

    Where the thing's own input `unless` is set the cloud deletes those as well. `besides` is a path of theirs: one that
    has the key there too is part of the thing, and doesn't hold it.
    """

    type: str
    at: str
    key: str = "id"
    unless: str | None = None
    besides: str | None = None


class Unique(Refusal):
    """No two things have the same inputs `by`. One that was deleted still has them where `lingers` is true, or where it
    is an input that is not 0."""

    by: tuple[str, ...]
    lingers: str | Literal[True] | None = None


class Principals(Refusal):
    """The roles that the policy in the input `policy` names as principals have to be there; `role` is their type."""

    policy: str
    role: str


class Needs(Refusal):
    """Each thing that the input `of` names has to have one of `type`, whose own input or output `at` it is. With
    `ending`, only those whose name ends so."""

    of: str
    type: str
    at: str
    ending: str = ""


class Type(Replaces):
    """A type of resource: what replaces it, as reviews of a change know it too, and all else.

    `defaults` is what the provider, whose file is the `source`, gives to inputs that a program leaves out, `name` the
    input that it makes a name for. `id` and `outputs` are patterns with `{id}`, `{hex}` (17 digits), `{digits}`,
    `{uuid}`, `{six}` (letters), `{region}`, `{account}` and `{inputs[...]}`; outputs of an input's name are what the
    provider adds to it. `versions` are outputs that count: 1, and one more at each update.
    """

    defaults: dict[str, Any] = Field(default_factory=dict)
    name: str | None = None
    id: str
    outputs: dict[str, Any] = Field(default_factory=dict)
    versions: tuple[str, ...] = ()
    unique: Unique | None = None
    principals: Principals | None = None
    needs: tuple[Needs, ...] = ()
    held: tuple[Held, ...] = ()


class Function(Row):
    """A question that programs ask of the cloud; patterns of the answer may use `{arguments[...]}`."""

    source: Source
    answer: dict[str, Any]


class Table(Row):
    """A cloud: whose `account` it is, its types and functions, and the errors that a test can let it raise."""

    account: str
    functions: dict[str, Function]
    errors: dict[str, Refusal]
    types: dict[str, Type]


@cache
def load_table(cloud: str) -> Table:
    """The table of a cloud.

    Raises pydantic.ValidationError for an entry that nothing is known of what replaces it, or with a key that nothing
    reads, ValueError for a type with two entries.
    """
    types: dict[str, Any] = {}
    for path in sorted((TABLES / cloud).glob("*.yaml")):
        if path.name == CLOUD:
            continue
        entries = yaml.safe_load(path.read_text())
        if twice := types.keys() & entries.keys():
            raise ValueError(f"{path}: {', '.join(sorted(twice))} has another entry")
        types |= entries
    known = {kind: row.model_dump(exclude_unset=True) for kind, row in load_replaces(cloud).items() if kind in types}
    for kind, row in types.items():
        types[kind] = known.get(kind, {}) | row
    return Table(types=types, **yaml.safe_load((TABLES / cloud / CLOUD).read_text()))
