"""The plugin's servicer called as the engine calls it, on real processes in a short folder."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import psutil
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2

from components.local.runtime import node
from components.local.runtime.node import Record, carrying, stop
from components.local.runtime.provider import Provider

Properties = dict[str, Any]

# A node's first program, as small as it can be: it runs until it is stopped.
IDLE = "#!/bin/bash\nexec sleep 1000\n"


class Refused(Exception):
    """What the servicer answered with an error status."""


def abort(code: grpc.StatusCode, details: str) -> None:
    assert code == grpc.StatusCode.FAILED_PRECONDITION
    raise Refused(details)


CONTEXT: Any = SimpleNamespace(abort=abort)


def to_struct(values: Properties) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


@dataclass
class Deployed:
    """A resource as the engine remembers it."""

    kind: str
    name: str
    id: str
    inputs: Properties
    outputs: Properties


@dataclass
class Engine:
    """The few things that the engine does with one resource; `notes` is what the plugin told the user."""

    stack: str = "local"
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.provider = Provider(lambda urn, message: self.notes.append(message))

    def urn(self, kind: str, name: str) -> str:
        parents = "clusterwright:index:Cluster$clusterwright:index:LocalCompute"
        return f"urn:pulumi:{self.stack}::clusterwright::{parents}$clusterwright-local:index:{kind}::{name}"

    def check(self, kind: str, inputs: Properties, name: str = "it") -> dict[str, str]:
        request = provider_pb2.CheckRequest(urn=self.urn(kind, name), news=to_struct(inputs))
        return {failure.property: failure.reason for failure in self.provider.Check(request, CONTEXT).failures}

    def create(self, kind: str, inputs: Properties, name: str = "it") -> Deployed:
        assert self.check(kind, inputs, name) == {}
        self.preview_create(kind, inputs, name)
        request = provider_pb2.CreateRequest(urn=self.urn(kind, name), properties=to_struct(inputs))
        answer = self.provider.Create(request, CONTEXT)
        return Deployed(kind, name, answer.id, inputs, json_format.MessageToDict(answer.properties))

    def preview_create(self, kind: str, inputs: Properties, name: str = "it") -> Properties:
        request = provider_pb2.CreateRequest(urn=self.urn(kind, name), properties=to_struct(inputs), preview=True)
        return json_format.MessageToDict(self.provider.Create(request, CONTEXT).properties)

    def diff(self, it: Deployed, **changed: Any) -> provider_pb2.DiffResponse:
        return self.provider.Diff(
            provider_pb2.DiffRequest(
                id=it.id,
                urn=self.urn(it.kind, it.name),
                olds=to_struct(it.outputs),
                old_inputs=to_struct(it.inputs),
                news=to_struct({**it.inputs, **changed}),
            ),
            CONTEXT,
        )

    def unchanged(self, it: Deployed) -> bool:
        return self.diff(it).changes == provider_pb2.DiffResponse.DIFF_NONE

    def update(self, it: Deployed, *, preview: bool = False, **changed: Any) -> Deployed:
        inputs = {**it.inputs, **changed}
        request = provider_pb2.UpdateRequest(
            id=it.id,
            urn=self.urn(it.kind, it.name),
            olds=to_struct(it.outputs),
            old_inputs=to_struct(it.inputs),
            news=to_struct(inputs),
            preview=preview,
        )
        outputs = json_format.MessageToDict(self.provider.Update(request, CONTEXT).properties)
        return Deployed(it.kind, it.name, it.id, inputs, outputs)

    def read(self, it: Deployed) -> Properties | None:
        """The outputs as a refresh finds them; None for a resource that is gone."""
        request = provider_pb2.ReadRequest(
            id=it.id,
            urn=self.urn(it.kind, it.name),
            properties=to_struct(it.outputs),
            inputs=to_struct(it.inputs),
        )
        answer = self.provider.Read(request, CONTEXT)
        if not answer.id:
            return None
        assert json_format.MessageToDict(answer.inputs) == it.inputs
        return json_format.MessageToDict(answer.properties)

    def delete(self, it: Deployed) -> None:
        request = provider_pb2.DeleteRequest(
            id=it.id,
            urn=self.urn(it.kind, it.name),
            properties=to_struct(it.outputs),
            old_inputs=to_struct(it.inputs),
        )
        self.provider.Delete(request, CONTEXT)


@dataclass
class Machine:
    """The cluster's folder on this machine, and the inputs of its resources."""

    folder: Path
    cluster: str = "local"

    @property
    def bucket(self) -> Path:
        return self.folder / "bucket"

    def bucket_inputs(self, **changed: Any) -> Properties:
        inputs = {"cluster": self.cluster, "folder": str(self.folder), "path": str(self.bucket), "onDestroy": "keep"}
        return {**inputs, **changed}

    def object_inputs(self, key: str, content: str) -> Properties:
        digest = hashlib.sha256(content.encode()).hexdigest()
        return {"bucket": str(self.bucket), "key": key, "content": content, "sha256": digest}

    def group_inputs(self, *nodes: str, **changed: Any) -> Properties:
        inputs = {
            "cluster": self.cluster,
            "name": "train",
            "role": "compute",
            "nodeNames": list(nodes),
            "folder": str(self.folder),
            "bucket": str(self.bucket),
            "userData": IDLE,
        }
        return {**inputs, **changed}

    def record(self, node: str) -> Record:
        record = Record.read(self.folder / "nodes" / node)
        assert record is not None
        return record

    def records(self) -> dict[str, Record]:
        return {path.parent.name: self.record(path.parent.name) for path in self.folder.glob("nodes/*/node.json")}

    def state(self, node: str) -> str:
        return self.record(node).state(self.bucket / "reports" / f"{node}.json")

    def report(self, node: str, heard: float) -> None:
        """A report of the node, as if written at `heard` (unix seconds)."""
        report = self.bucket / "reports" / f"{node}.json"
        report.parent.mkdir(parents=True, exist_ok=True)
        report.touch()
        os.utime(report, (heard, heard))

    def processes(self, node: str) -> list[psutil.Process]:
        return carrying({self.record(node).token})

    def supervisor(self, node: str) -> psutil.Process:
        return psutil.Process(self.record(node).pid)

    def left(self) -> list[str]:
        """Everything in the cluster's folder."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*"))


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def machine() -> Iterator[Machine]:
    # Not pytest's own folder: the path of a node's socket must stay under 100 bytes.
    with tempfile.TemporaryDirectory(prefix="cw-") as place:
        machine = Machine(Path(place) / "local")
        yield machine
        stop({json.loads(path.read_text())["token"] for path in Path(place).rglob("node.json")}, patience=0)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ends nodes without asking them first, which takes two seconds: for tests of something else."""
    monkeypatch.setattr(node, "stop", partial(stop, patience=0))
