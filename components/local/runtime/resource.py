"""What the plugin's kinds of resource have in common: checked inputs, and a diff that looks at the machine.

Every operation may be repeated after a crash in its middle: it looks at what is there and does what is missing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import pydantic
from pulumi.runtime.rpc import UNKNOWN
from pydantic.alias_generators import to_camel

from components.local.runtime.state import SCHEMA_VERSION, Outputs

# Shows a sentence to the user while an operation runs; the plugin sets it for each operation, which has its own thread.
SAY: ContextVar[Callable[[str], None]] = ContextVar("SAY")


def say(message: str) -> None:
    """Tell the user what an operation that takes long is about to do."""
    SAY.get()(message)


class Inputs(pydantic.BaseModel):
    """A resource's inputs; on the wire and in the state their names are written in camelCase."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)

    def outputs(self, **more: Any) -> Outputs:
        """The inputs that are given, as they stand in the state, with `more` beside them."""
        return {
            **self.model_dump(mode="json", by_alias=True, exclude_none=True),
            **more,
            "schemaVersion": SCHEMA_VERSION,
        }


I = TypeVar("I", bound=Inputs)  # noqa: E741


@dataclass(frozen=True)
class Change:
    """What an update would do, and why: property paths, and one sentence for each thing that the machine shows."""

    replaces: Sequence[str] = ()
    updates: Sequence[str] = ()
    notes: Sequence[str] = ()


class Resource(ABC, Generic[I]):
    """One kind of resource. Methods raise LocalError or OSError for what the user has to mend."""

    model: type[I]
    # Inputs that say which thing it is: when one changes, there is a new thing. All others change in place.
    identity: ClassVar[frozenset[str]]
    # Whether the old one has to go before its replacement comes, as both would claim the same folders.
    delete_first: ClassVar[bool] = True
    # Inputs that never change alone, and are too long to be shown.
    silent: ClassVar[frozenset[str]] = frozenset()

    def check(self, inputs: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
        """(property, reason) for everything wrong with `inputs`; a value that is still unknown is not looked at."""
        if has_unknown(inputs):
            return ()
        try:
            return self.problems(self.model.model_validate(inputs))
        except pydantic.ValidationError as error:
            return [(".".join(map(str, item["loc"])), item["msg"]) for item in error.errors()]

    def diff(self, old: Mapping[str, Any], state: Outputs, inputs: Mapping[str, Any]) -> Change:
        changed = sorted(name for name in {*old, *inputs} - self.silent if old.get(name) != inputs.get(name))
        replaces = [name for name in changed if name in self.identity]
        updates = [name for name in changed if name not in self.identity]
        if replaces or has_unknown(inputs):
            return Change(replaces, updates)
        found = self.drift(self.model.model_validate(inputs), state)
        drift = {path: note for path, note in found.items() if path not in updates}  # that one differs because of us
        return Change(replaces, [*updates, *drift], list(drift.values()))

    def problems(self, inputs: I) -> Sequence[tuple[str, str]]:
        """(property, reason) for what the types alone cannot tell."""
        return ()

    @abstractmethod
    def drift(self, inputs: I, state: Outputs) -> Mapping[str, str]:
        """Where the machine differs from what the state says: property path -> one sentence on what an update does."""

    @abstractmethod
    def preview(self, inputs: I, state: Outputs | None, stack: str) -> Outputs:
        """The outputs as far as they are known before the resource is made or updated; refuses what would fail."""

    @abstractmethod
    def create(self, inputs: I, stack: str) -> tuple[str, Outputs]: ...

    @abstractmethod
    def read(self, state: Outputs) -> Outputs | None:
        """The state as the machine shows it; None when the resource is gone."""

    @abstractmethod
    def update(self, inputs: I, state: Outputs) -> Outputs: ...

    @abstractmethod
    def delete(self, state: Outputs) -> None: ...


def has_unknown(value: Any) -> bool:
    """Whether `value` holds something that only an update will tell."""
    if isinstance(value, Mapping):
        return any(map(has_unknown, value.values()))
    if isinstance(value, list):
        return any(map(has_unknown, value))
    return value == UNKNOWN
