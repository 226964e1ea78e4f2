"""The cloud itself, as files: what is there, what was done, and what is to fail. Providers and tests share the folder.

things/<type>/<id>.json   a thing
operations.jsonl          what was done, in order
failures.json             which creations are to fail, planted by a test
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

VARIABLE = "CLUSTERWRIGHT_STANDIN_CLOUD"
"""The environment variable that names the folder."""

Verb = Literal["create", "update", "delete"]


class Thing(BaseModel):
    """A thing of the cloud. `name` is what the program calls it, `made` how many of that name were made before it.

    One that is `deleted` is no longer there, but what it is known by is still taken.
    """

    type: str
    name: str
    id: str
    made: int
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    deleted: bool = False


class Operation(BaseModel):
    model_config = ConfigDict(frozen=True)

    verb: Verb
    type: str
    name: str
    id: str


class Planted(BaseModel):
    """The creation of a thing of `type` that is to fail, after `after` others."""

    type: str
    error: str
    after: int = 0


class Cloud:
    def __init__(self, folder: Path) -> None:
        self._things = folder / "things"
        self._operations = folder / "operations.jsonl"
        self._failures = folder / "failures.json"
        self._lock = folder / "lock"
        self._things.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One operation at a time, whichever process or thread it is of."""
        with self._lock.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield

    # --- what is there ---

    def things(self, kind: str | None = None, *, deleted: bool = False) -> list[Thing]:
        """What is there, of one type or of all; with `deleted` also what still takes up a name."""
        paths = sorted(self._things.glob(f"{_file(kind)}/*.json" if kind else "*/*.json"))
        found = [Thing.model_validate_json(path.read_text()) for path in paths]
        return [thing for thing in found if deleted or not thing.deleted]

    def find(self, kind: str, identifier: str) -> Thing | None:
        path = self._path(kind, identifier)
        thing = Thing.model_validate_json(path.read_text()) if path.exists() else None
        return thing if thing and not thing.deleted else None

    def put(self, thing: Thing) -> None:
        path = self._path(thing.type, thing.id)
        path.parent.mkdir(exist_ok=True)
        path.write_text(thing.model_dump_json(indent=1))

    def remove(self, thing: Thing) -> None:
        self._path(thing.type, thing.id).unlink()

    # --- what was done ---

    def record(self, verb: Verb, thing: Thing) -> None:
        done = Operation(verb=verb, type=thing.type, name=thing.name, id=thing.id)
        with self._operations.open("a") as file:
            file.write(f"{done.model_dump_json()}\n")

    def operations(self) -> list[Operation]:
        """What was done, from the first on."""
        lines = self._operations.read_text().splitlines() if self._operations.exists() else []
        return [Operation.model_validate_json(line) for line in lines]

    # --- what a test does behind the engine's back ---

    def change(self, thing: Thing, **inputs: Any) -> None:
        """Somebody changes a thing by hand."""
        more: Mapping[str, Any] = inputs
        self.put(thing.model_copy(update={"inputs": thing.inputs | more, "outputs": thing.outputs | more}))

    def plant(self, kind: str, error: str, after: int = 0) -> None:
        """Let the next creation of a thing of that type fail once, or a later one, with an error of the table."""
        self._save([*self._planted(), Planted(type=kind, error=error, after=after)])

    def failure(self, kind: str) -> str | None:
        """The error that the creation of a thing of that type fails with, which it does once."""
        due: str | None = None
        left: list[Planted] = []
        for planted in self._planted():
            if planted.type != kind:
                left.append(planted)
            elif planted.after or due:
                left.append(planted.model_copy(update={"after": max(planted.after - 1, 0)}))
            else:
                due = planted.error
        self._save(left)
        return due

    def _planted(self) -> list[Planted]:
        text = self._failures.read_text() if self._failures.exists() else "[]"
        return [Planted.model_validate(one) for one in json.loads(text)]

    def _save(self, planted: list[Planted]) -> None:
        self._failures.write_text(json.dumps([one.model_dump() for one in planted]))

    def _path(self, kind: str, identifier: str) -> Path:
        return self._things / _file(kind) / f"{quote(identifier, safe='')}.json"


def _file(name: str) -> str:
    return quote(name, safe="")
