"""The resource provider `clusterwright-local`, which the engine starts as a plugin.

Why a plugin of our own and not a dynamic provider: a dynamic provider keeps its pickled code in the state, so an old
state runs old code with the Python that wrote it. Here the state holds plain typed values with a schema version
(state.py); today's code reads, updates and deletes what an older release made, in whatever language the program is.

The wire is Pulumi's resource provider protocol
(https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto); this file only translates it.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, NoReturn, Protocol

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc

from clusterwright.errors import from_system
from components.local.runtime import state as states
from components.local.runtime.bucket import Bucket
from components.local.runtime.errors import LocalError
from components.local.runtime.machine.plugin import Image, Machines, Network
from components.local.runtime.nodes import Nodes
from components.local.runtime.object import Object
from components.local.runtime.resource import SAY, Change, Resource, has_unknown
from components.local.runtime.volume import Volume

RESOURCES: Mapping[str, Resource[Any]] = {
    "clusterwright-local:index:Bucket": Bucket(),
    "clusterwright-local:index:Object": Object(),
    "clusterwright-local:index:Group": Nodes(),
    "clusterwright-local:index:Volume": Volume(),
    "clusterwright-local:index:Network": Network(),
    "clusterwright-local:index:Image": Image(),
    "clusterwright-local:index:Machines": Machines(),
}

# A bundle travels inside a message, and gRPC's own limit is 4 MiB; the engine's is 400 MiB.
MESSAGE_BYTES = 400 * 1024 * 1024
WORKERS = 32


class Log(Protocol):
    """Shows one sentence to the user, beside the resource that it is about."""

    def __call__(self, urn: str, message: str) -> None: ...


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    def __init__(self, log: Log) -> None:
        self._log = log

    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version=_version())

    def CheckConfig(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request, context):
        # Nothing that this provider takes is a secret. The engine then sends a value that a program has marked as
        # one in clear, and marks the output of the same name itself.
        return provider_pb2.ConfigureResponse(supportsPreview=True, acceptSecrets=False)

    def Check(self, request, context):
        with _errors(context):
            _, resource = _resource(request.urn)
            failures = resource.check(_to_python(request.news))
            return provider_pb2.CheckResponse(
                inputs=request.news,
                failures=[provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in failures],
            )

    def Diff(self, request, context):
        with _errors(context):
            kind, resource = _resource(request.urn)
            state = states.upgrade(kind, _to_python(request.olds))
            change = resource.diff(_to_python(request.old_inputs), state, _to_python(request.news))
            for note in change.notes:
                self._log(request.urn, note)
            return _diff_response(change, resource.delete_first)

    def Create(self, request, context):
        with _errors(context):
            _, resource = _resource(request.urn)
            inputs = _to_python(request.properties)
            if request.preview and has_unknown(inputs):
                return provider_pb2.CreateResponse(properties=request.properties)
            model, stack = resource.model.model_validate(inputs), _stack(request.urn)
            if request.preview:
                return provider_pb2.CreateResponse(properties=_to_struct(resource.preview(model, None, stack)))
            SAY.set(partial(self._log, request.urn))
            identifier, outputs = resource.create(model, stack)
            return provider_pb2.CreateResponse(id=identifier, properties=_to_struct(outputs))

    def Read(self, request, context):
        with _errors(context):
            kind, resource = _resource(request.urn)
            if not request.properties.fields:
                raise LocalError(f"a {kind} cannot be imported: `pulumi up` takes over what is on this machine")
            outputs = resource.read(states.upgrade(kind, _to_python(request.properties)))
            if outputs is None:
                return provider_pb2.ReadResponse()
            return provider_pb2.ReadResponse(id=request.id, properties=_to_struct(outputs), inputs=request.inputs)

    def Update(self, request, context):
        with _errors(context):
            kind, resource = _resource(request.urn)
            inputs, state = _to_python(request.news), states.upgrade(kind, _to_python(request.olds))
            if request.preview and has_unknown(inputs):
                return provider_pb2.UpdateResponse(properties=request.news)
            model = resource.model.model_validate(inputs)
            if request.preview:
                outputs = resource.preview(model, state, _stack(request.urn))
            else:
                SAY.set(partial(self._log, request.urn))
                outputs = resource.update(model, state)
            return provider_pb2.UpdateResponse(properties=_to_struct(outputs))

    def Delete(self, request, context):
        with _errors(context):
            kind, resource = _resource(request.urn)
            resource.delete(states.upgrade(kind, _to_python(request.properties)))
            return empty_pb2.Empty()

    def Cancel(self, request, context):
        # Every operation ends by itself and may be repeated, so the one that runs is let finish: in about a minute, or
        # some minutes where an image is built.
        return empty_pb2.Empty()


def serve(engine: str | None) -> None:
    """Serve until the engine ends us, or is gone itself. The first line on stdout is the port, as the engine asks."""
    os.umask(0o077)
    options = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)]
    server = grpc.server(futures.ThreadPoolExecutor(WORKERS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(_engine_log(engine)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    parent = os.getppid()
    with suppress(KeyboardInterrupt):  # how the engine stops its plugins
        print(port, flush=True)
        while os.getppid() == parent:  # an engine that was killed cannot stop them
            server.wait_for_termination(timeout=1)
    server.stop(grace=None)


def _engine_log(address: str | None) -> Log:
    if not address:
        return lambda urn, message: print(f"{urn}: {message}", file=sys.stderr)
    stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    said: set[tuple[str, str]] = set()

    def log(urn: str, message: str) -> None:
        if (urn, message) in said:  # a refresh and the update after it find the same
            return
        said.add((urn, message))
        stub.Log(engine_pb2.LogRequest(severity=engine_pb2.INFO, urn=urn, message=message))

    return log


@contextmanager
def _errors(context: grpc.ServicerContext) -> Iterator[None]:
    """What the user has to mend becomes a status with one message; a defect keeps its traceback."""
    try:
        yield
    except LocalError as error:
        _abort(context, grpc.StatusCode.FAILED_PRECONDITION, str(error))
    except OSError as error:
        _abort(context, grpc.StatusCode.FAILED_PRECONDITION, str(from_system(error)).removeprefix("error: "))


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, message: str) -> NoReturn:
    context.abort(code, message)
    raise AssertionError("abort raises")


def _resource(urn: str) -> tuple[str, Resource[Any]]:
    kind = urn.split("::")[2].split("$")[-1]
    if kind not in RESOURCES:
        raise LocalError(f"{kind} is not a resource of this provider, which has {', '.join(RESOURCES)}")
    return kind, RESOURCES[kind]


def _stack(urn: str) -> str:
    """Which stack a resource belongs to, as `project/stack`. A URN is urn:pulumi:<stack>::<project>::<type>::<name>."""
    stack, project = urn.removeprefix("urn:pulumi:").split("::")[:2]
    return f"{project}/{stack}"


def _diff_response(change: Change, delete_first: bool) -> provider_pb2.DiffResponse:
    paths = (*change.replaces, *change.updates)
    if not paths:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)
    kinds = provider_pb2.PropertyDiff
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME,
        replaces=change.replaces,
        diffs=sorted({path.split("[")[0] for path in paths}),
        hasDetailedDiff=True,
        detailedDiff={
            **{path: kinds(kind=kinds.UPDATE_REPLACE, inputDiff=True) for path in change.replaces},
            **{path: kinds(kind=kinds.UPDATE, inputDiff=True) for path in change.updates},
        },
        deleteBeforeReplace=delete_first and bool(change.replaces),
    )


def _to_python(struct: struct_pb2.Struct) -> dict[str, Any]:
    return json_format.MessageToDict(struct)


def _to_struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(dict(values))
    return struct


def _version() -> str:
    try:
        return importlib.metadata.version("clusterwright")
    except importlib.metadata.PackageNotFoundError:
        return "0.0.0"  # run from a clone that is not installed


if __name__ == "__main__":
    serve(sys.argv[1] if len(sys.argv) > 1 else None)
