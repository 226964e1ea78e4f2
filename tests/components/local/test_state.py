"""States written by earlier releases: today's code reads, updates and deletes them.

states/schema-1.json is what the engine stored for a small cluster; the bundle and the nodes' program in it were made
short. A release that changes a shape adds a file and keeps this one.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pulumi.runtime.proto import provider_pb2

from components.local.runtime import state
from components.local.runtime.node import carrying
from tests.components.local.conftest import CONTEXT, Deployed, Engine, Machine, Refused

STATES = Path(__file__).parent / "states"


def recorded(schema: int, machine: Machine) -> list[Deployed]:
    text = (STATES / f"schema-{schema}.json").read_text().replace("@FOLDER@", str(machine.folder))
    return [
        Deployed(
            kind=resource["type"].split(":")[-1],
            name=resource["urn"].split("::")[-1],
            id=resource["id"],
            inputs=resource["inputs"],
            outputs=resource["outputs"],
        )
        for resource in json.loads(text)
    ]


@pytest.fixture
def engine() -> Engine:
    return Engine(stack="small")


def test_every_schema_has_a_recorded_state() -> None:
    assert {path.stem for path in STATES.iterdir()} == {f"schema-{n}" for n in range(1, state.SCHEMA_VERSION + 1)}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("schema", range(1, state.SCHEMA_VERSION + 1))
def test_a_recorded_state_is_read_updated_and_deleted(engine: Engine, machine: Machine, schema: int) -> None:
    resources = recorded(schema, machine)
    for resource in resources:  # the machine as it was when the state was written
        assert engine.create(resource.kind, resource.inputs, resource.name).id == resource.id
    tokens = {record.token for record in machine.records().values()}

    for resource in resources:
        read = engine.read(resource)
        assert read is not None, resource.name
        assert set(read) == set(resource.outputs)
        assert engine.unchanged(resource), resource.name
        assert engine.update(resource).outputs == read
    assert {record.token for record in machine.records().values()} == tokens

    for resource in reversed(resources):
        engine.delete(resource)
    assert carrying(tokens) == []
    assert not (machine.folder / "nodes").exists()


def test_a_state_of_a_newer_release_is_refused(engine: Engine, machine: Machine) -> None:
    bucket = engine.create("Bucket", machine.bucket_inputs())
    bucket.outputs["schemaVersion"] = state.SCHEMA_VERSION + 1
    with pytest.raises(Refused, match=r"written by a newer release of Clusterwright.*update this checkout"):
        engine.delete(bucket)
    assert machine.bucket.exists()


def test_an_older_state_goes_through_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = {("Bucket", 1): lambda old: {**old, "b": old["a"]}, ("Bucket", 2): lambda old: {**old, "c": old["b"]}}
    monkeypatch.setattr(state, "SCHEMA_VERSION", 3)
    monkeypatch.setattr(state, "UPGRADES", steps)
    assert state.upgrade("Bucket", {"schemaVersion": 1.0, "a": 1}) == {"schemaVersion": 3, "a": 1, "b": 1, "c": 1}
    assert state.upgrade("Group", {"schemaVersion": 2.0, "a": 1}) == {"schemaVersion": 3, "a": 1}


def test_an_import_is_refused_in_words(engine: Engine) -> None:
    request = provider_pb2.ReadRequest(id="small/train", urn=engine.urn("Group", "it"))
    with pytest.raises(Refused, match="cannot be imported"):
        engine.provider.Read(request, CONTEXT)
