"""The stand-in for a cloud's resource provider that the real engine runs: python -m tests.engine.standin.provider aws.

A thing is a file (cloud.py). What is particular to a cloud is data: `tables/<cloud>/` says for each type of resource,
with its source, what its ids and outputs look like, and what the cloud refuses (table.py). Which inputs replace it is
what reviews go by (clusterwright/review/blast/replaces/), so tests hold that too. Inputs are held against the types
of the cloud's own SDK (sdk.py).

The wire is Pulumi's (https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto), and what happens on it
is what the bridge from Terraform's providers does
(https://github.com/pulumi/pulumi-terraform-bridge/blob/master/pkg/tfbridge/provider.go).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from clusterwright.review.blast.replacing import differences, replacing
from tests.engine.standin import sdk
from tests.engine.standin.account import Account, RefusedError
from tests.engine.standin.cloud import VARIABLE, Cloud
from tests.engine.standin.inputs import completed
from tests.engine.standin.table import load_table
from tests.engine.standin.wire import DEFAULTS, has_unknown, to_python, to_struct

PLUGIN = "tests/engine/standin/plugin"
"""The folder of the programs that the engine starts, from the project's root."""

MESSAGE_BYTES = 400 * 1024 * 1024  # as large as the engine's own: a bundle travels inside a message
WORKERS = 32


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    def __init__(self, name: str, folder: Path) -> None:
        self._name = name
        self._table = load_table(name)
        self._cloud = Cloud(folder)
        self._account: Account | None = None

    def GetPluginInfo(self, request, context):
        # The engine refuses one that is older than the SDK.
        return plugin_pb2.PluginInfo(version=sdk.version(self._name))

    def CheckConfig(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_UNKNOWN)

    def Configure(self, request, context):
        with _errors(context):
            config = {name: _decoded(value) for name, value in to_python(request.args).items()}
            allowed = config.get("allowedAccountIds") or [config.get("project", self._table.account)]
            if self._table.account not in allowed:
                raise RefusedError(f"account ID not allowed: {self._table.account}")
            if not config.get("region"):
                raise RefusedError("the provider has no region")
            self._account = Account(self._table, self._cloud, config["region"])
            # The engine then sends secrets in clear, and marks the outputs of the same name itself.
            return provider_pb2.ConfigureResponse(supportsPreview=True, acceptSecrets=False)

    def Invoke(self, request, context):
        with _errors(context):
            if request.tok not in self._table.functions:
                raise RefusedError(f"the table of {self._name} has no function {request.tok}")
            answer = self._asked.answer(request.tok, to_python(request.args))
            response = provider_pb2.InvokeResponse()
            getattr(response, "return").CopyFrom(to_struct(answer))
            return response

    def Check(self, request, context):
        with _errors(context):
            kind, name = self._kind(request.urn), _name(request.urn)
            olds, news = to_python(request.olds), to_python(request.news)
            inputs = completed(self._table.types[kind], name, request.randomSeed, olds, news)
            return provider_pb2.CheckResponse(
                inputs=to_struct(inputs),
                failures=[
                    provider_pb2.CheckFailure(property=path, reason=reason)
                    for path, reason in sdk.mistakes(self._name, kind, news)
                ],
            )

    def Diff(self, request, context):
        with _errors(context):
            row = self._table.types[self._kind(request.urn)]
            olds, news = to_python(request.old_inputs), to_python(request.news)
            defaulted = news.pop(DEFAULTS, [])
            olds.pop(DEFAULTS, None)
            paths = list(differences(olds, news))
            replaces = list(replacing(row, olds, news, paths))
            # Both have the same name, unless the provider makes one.
            by_name = row.name is not None and row.name not in defaulted
            return _diff_response(paths, replaces, delete_first=by_name)

    def Create(self, request, context):
        with _errors(context):
            kind, inputs = self._kind(request.urn), to_python(request.properties)
            if request.preview:
                return provider_pb2.CreateResponse(properties=to_struct(self._asked.planned(kind, inputs, {})))
            _refuse_unknown(inputs)
            thing = self._asked.create(kind, _name(request.urn), inputs)
            return provider_pb2.CreateResponse(id=thing.id, properties=to_struct(thing.outputs))

    def Read(self, request, context):
        with _errors(context):
            thing = self._cloud.find(self._kind(request.urn), request.id)
            if thing is None:
                return provider_pb2.ReadResponse()
            # With the inputs too: the engine finds what has drifted by comparing them.
            outputs, inputs = to_struct(thing.outputs), to_struct(thing.inputs)
            return provider_pb2.ReadResponse(id=thing.id, properties=outputs, inputs=inputs)

    def Update(self, request, context):
        with _errors(context):
            kind, inputs = self._kind(request.urn), to_python(request.news)
            if request.preview:
                planned = self._asked.planned(kind, inputs, to_python(request.olds))
                return provider_pb2.UpdateResponse(properties=to_struct(planned))
            _refuse_unknown(inputs)
            thing = self._asked.update(kind, request.id, inputs)
            return provider_pb2.UpdateResponse(properties=to_struct(thing.outputs))

    def Delete(self, request, context):
        with _errors(context):
            self._asked.delete(self._kind(request.urn), request.id)
            return empty_pb2.Empty()

    def Cancel(self, request, context):
        return empty_pb2.Empty()

    @property
    def _asked(self) -> Account:
        if self._account is None:
            raise RefusedError("the provider is not configured")
        return self._account

    def _kind(self, urn: str) -> str:
        kind = urn.split("::")[2].split("$")[-1]
        if kind not in self._table.types:
            raise RefusedError(f"the table of {self._name} has no {kind}")
        return kind


def serve(name: str) -> None:
    """Serve until the engine ends us, or is gone itself. The first line on stdout is the port, as the engine asks."""
    options = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)]
    server = grpc.server(futures.ThreadPoolExecutor(WORKERS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(name, Path(os.environ[VARIABLE])), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    parent = os.getppid()
    with suppress(KeyboardInterrupt):  # how the engine stops its plugins
        print(port, flush=True)
        while os.getppid() == parent:  # an engine that was killed cannot stop them
            server.wait_for_termination(timeout=1)
    server.stop(grace=None)


@contextmanager
def _errors(context: grpc.ServicerContext) -> Iterator[None]:
    try:
        yield
    except RefusedError as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))


def _refuse_unknown(inputs: dict[str, Any]) -> None:
    if has_unknown(inputs):
        raise RefusedError("an input is not known yet, in an update")


def _decoded(value: Any) -> Any:
    """A provider's settings are strings on the wire, with JSON where they are none."""
    with suppress(TypeError, json.JSONDecodeError):
        return json.loads(value)
    return value


def _name(urn: str) -> str:
    return urn.split("::")[3]


def _diff_response(paths: list[str], replaces: list[str], delete_first: bool) -> provider_pb2.DiffResponse:
    if not paths:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)
    kinds = provider_pb2.PropertyDiff
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME,
        replaces=replaces,
        diffs=sorted({path.split("[")[0].split(".")[0] for path in paths}),
        hasDetailedDiff=True,
        detailedDiff={
            path: kinds(kind=kinds.UPDATE_REPLACE if path in replaces else kinds.UPDATE, inputDiff=True)
            for path in paths
        },
        deleteBeforeReplace=bool(replaces) and delete_first,
    )


if __name__ == "__main__":
    serve(sys.argv[1])
