"""What an account of the cloud does when it is asked to make, change and delete things: what its table says."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.engine.standin.cloud import Cloud, Thing
from tests.engine.standin.paths import values_at
from tests.engine.standin.table import Needs, Principals, Refusal, Table, Type
from tests.engine.standin.wire import DEFAULTS, UNKNOWN


class RefusedError(Exception):
    """The cloud refuses, in its own words."""


@dataclass(frozen=True)
class Account:
    table: Table
    cloud: Cloud
    region: str

    def create(self, kind: str, name: str, inputs: dict[str, Any]) -> Thing:
        with self.cloud.alone():
            row = self.table.types[kind]
            if error := self.cloud.failure(kind):
                raise RefusedError(self.table.errors[error].error)
            self._check_unique(kind, row, inputs)
            if row.principals:
                self._check_principals(row.principals, inputs)
            for need in row.needs:
                self._check_need(need, inputs)
            done = self.cloud.operations()
            made = sum(one.verb == "create" and (one.type, one.name) == (kind, name) for one in done)
            words = self._words(kind, name, made, inputs)
            thing = Thing(type=kind, name=name, id=row.id.format_map(words), made=made, inputs=inputs, outputs={})
            thing.outputs = self._outputs(thing, dict.fromkeys(row.versions, 1))
            self.cloud.put(thing)
            self.cloud.record("create", thing)
            return thing

    def update(self, kind: str, identifier: str, inputs: dict[str, Any]) -> Thing:
        with self.cloud.alone():
            thing = self._existing(kind, identifier)
            if principals := self.table.types[kind].principals:
                self._check_principals(principals, inputs)
            versions = {name: thing.outputs[name] + 1 for name in self.table.types[kind].versions}
            thing.inputs = inputs
            thing.outputs = self._outputs(thing, versions)
            self.cloud.put(thing)
            self.cloud.record("update", thing)
            return thing

    def delete(self, kind: str, identifier: str) -> None:
        """Delete a thing, and what the cloud deletes with it. One that is gone already is fine."""
        with self.cloud.alone():
            if thing := self.cloud.find(kind, identifier):
                for part in list(self._parts(thing)):
                    self._remove(part)
                self._remove(thing)

    def planned(self, kind: str, inputs: Mapping[str, Any], olds: Mapping[str, Any]) -> dict[str, Any]:
        """What is known of a thing before it is made or, with the outputs that it has, changed: versions are not."""
        row = self.table.types[kind]
        computed = {name: olds.get(name, _unknown(pattern)) for name, pattern in row.outputs.items()}
        return _added(computed, _given(inputs)) | dict.fromkeys(row.versions, UNKNOWN)

    def answer(self, function: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        words = {"region": self.region, "account": self.table.account, "arguments": arguments}
        return _filled(self.table.functions[function].answer, words)

    # --- what it refuses ---

    def _check_unique(self, kind: str, row: Type, inputs: Mapping[str, Any]) -> None:
        if row.unique is None:
            return
        wanted = [inputs.get(name) for name in row.unique.by]
        for other in self.cloud.things(kind, deleted=True):
            if None not in wanted and [other.inputs.get(name) for name in row.unique.by] == wanted:
                raise self._refused(row.unique, {"inputs": inputs})

    def _check_principals(self, rule: Principals, inputs: Mapping[str, Any]) -> None:
        there = {thing.outputs["arn"] for thing in self.cloud.things(rule.role)}
        prefix = f":iam::{self.table.account}:role/"
        for principal in _principals(inputs.get(rule.policy)):
            if prefix in principal and principal not in there:
                raise self._refused(rule, {"principal": principal})

    def _check_need(self, rule: Needs, inputs: Mapping[str, Any]) -> None:
        there = {key for other in self.cloud.things(rule.type) for key in values_at(other.outputs, rule.at)}
        ending = rule.ending.format_map({"account": self.table.account})
        for key in values_at(inputs, rule.of):
            if key.endswith(ending) and key not in there:
                raise self._refused(rule, {"id": key})

    def _parts(self, thing: Thing) -> Iterator[Thing]:
        """What goes with a thing. Raises RefusedError where something that stays has need of it."""
        for rule in self.table.types[thing.type].held:
            key = thing.id if rule.key == "id" else thing.outputs[rule.key]
            for other in self.cloud.things(rule.type):
                if key not in values_at(other.inputs, rule.at):
                    continue
                if rule.besides and key in values_at(other.inputs, rule.besides):
                    continue
                if not rule.unless or not thing.inputs.get(rule.unless):
                    raise self._refused(rule, {"id": thing.id, "other": other.id})
                yield other

    def _refused(self, rule: Refusal, words: Mapping[str, Any]) -> RefusedError:
        return RefusedError(rule.error.format_map({"region": self.region, "account": self.table.account, **words}))

    # --- how things are ---

    def _existing(self, kind: str, identifier: str) -> Thing:
        thing = self.cloud.find(kind, identifier)
        if thing is None:
            raise RefusedError(f"api error NotFound: {identifier} does not exist")
        return thing

    def _remove(self, thing: Thing) -> None:
        unique = self.table.types[thing.type].unique
        if unique and unique.lingers and (unique.lingers is True or thing.inputs.get(unique.lingers) != 0):
            self.cloud.put(thing.model_copy(update={"deleted": True}))
        else:
            self.cloud.remove(thing)
        self.cloud.record("delete", thing)

    def _outputs(self, thing: Thing, versions: Mapping[str, int]) -> dict[str, Any]:
        words = self._words(thing.type, thing.name, thing.made, thing.inputs) | {"id": thing.id}
        computed = _filled(self.table.types[thing.type].outputs, words)
        return _added(computed, _given(thing.inputs)) | versions

    def _words(self, kind: str, name: str, made: int, inputs: Mapping[str, Any]) -> dict[str, Any]:
        digest = hashlib.sha256(f"{kind}/{name}/{made}".encode()).hexdigest()
        return {
            "hex": digest[:17],
            "uuid": str(uuid.UUID(digest[:32])),
            "digits": str(int(digest[:8], 16)),
            "six": "".join(chr(ord("a") + int(digit, 16)) for digit in digest[:6]),
            "region": self.region,
            "account": self.table.account,
            "inputs": inputs,
        }


def _given(inputs: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in inputs.items() if name != DEFAULTS}
    return given | {"tagsAll": given["tags"]} if "tags" in given else given


def _unknown(pattern: Any) -> Any:
    """What is known of an output before it is there: its objects' members."""
    if isinstance(pattern, Mapping):
        return {key: _unknown(inner) for key, inner in pattern.items()}
    if isinstance(pattern, list) and all(isinstance(inner, Mapping) for inner in pattern):
        return [_unknown(inner) for inner in pattern]
    return UNKNOWN


def _added(computed: Any, given: Any) -> Any:
    """What was given, and what the provider adds: as deep as both have the same form."""
    if isinstance(computed, Mapping) and isinstance(given, Mapping):
        return {**computed, **{key: _added(computed.get(key), inner) for key, inner in given.items()}}
    if isinstance(computed, list) and isinstance(given, list) and len(computed) == len(given):
        return [_added(one, other) for one, other in zip(computed, given, strict=True)]
    return given


def _filled(pattern: Any, words: Mapping[str, Any]) -> Any:
    if isinstance(pattern, Mapping):
        return {key: _filled(inner, words) for key, inner in pattern.items()}
    if isinstance(pattern, list):
        return [_filled(inner, words) for inner in pattern]
    return pattern.format_map(words) if isinstance(pattern, str) else pattern


def _principals(policy: str | None) -> Iterator[str]:
    for statement in json.loads(policy)["Statement"] if policy else ():
        named = statement.get("Principal", {})
        each = named.get("AWS", []) if isinstance(named, Mapping) else []
        yield from [each] if isinstance(each, str) else each
