"""What a cluster registers, as the engine is told it; nothing is made, and no account is asked."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.rpc import deserialize_properties, is_rpc_secret, unwrap_rpc_secret

from clusterwright.bootstrap import Bundle
from clusterwright.plan.model import ClusterPlan
from components.cluster import Cluster, providers

PROJECT = "clusterwright"
STACK = "pulumi:pulumi:Stack"

Request = resource_pb2.RegisterResourceRequest


class Made(mocks.Mocks):
    """Answers as providers do: with the inputs, and with what they make of them that others are told."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        kind, inputs = args.typ, args.inputs
        made: dict[str, Any] = {"arn": f"arn:aws:made:::{args.name}"} if kind.startswith("aws:") else {}
        match kind:
            case "aws:s3/bucket:Bucket":
                return inputs["bucket"], {**inputs, **made}
            case "aws:fsx/lustreFileSystem:LustreFileSystem":
                made |= {"dnsName": f"{args.name}.fsx", "mountName": "mount"}
            case "aws:ec2/launchTemplate:LaunchTemplate":
                made["latestVersion"] = 1
            case "aws:ec2/eip:Eip":
                made["allocationId"] = f"{args.name}-allocation"
            case "aws:kms/key:Key":
                made["keyId"] = f"{args.name}-id"
            case "gcp:storage/bucket:Bucket":
                return inputs["name"], {**inputs, "url": f"gs://{inputs['name']}"}
            case "gcp:serviceaccount/account:Account":
                made["uniqueId"] = "101234567890123456789"
            case "gcp:compute/address:Address":
                made["address"] = "10.0.0.2"
            case "gcp:compute/instanceTemplate:InstanceTemplate":
                made["selfLinkUnique"] = f"{args.name}-link"
            case "gcp:filestore/instance:Instance":
                [network] = inputs["networks"]
                made["networks"] = [{**network, "ipAddresses": ["10.0.0.3"]}]
            case "gcp:lustre/instance:Instance":
                made["mountPoint"] = f"10.0.0.4@tcp:/{inputs['filesystem']}"
            case "clusterwright-local:index:Image":
                made["layers"] = ["/cache/software", "/cache/system"]
            case "clusterwright-local:index:Object":
                made["path"] = f"{inputs['bucket']}/{inputs['key']}"
            case "clusterwright-local:index:Group":
                made["nodes"] = [{"name": name, "state": "running"} for name in inputs["nodeNames"]]
        return f"{args.name}-id", {**inputs, **made}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        match args.token:
            case "gcp:logging/getProjectCmekSettings:getProjectCmekSettings":
                return {"serviceAccountId": "cmek-p123456789012@gcp-sa-logging.iam.gserviceaccount.com"}, []
            case token:
                raise LookupError(f"a cluster looks up nothing that its plan can decide; it asked for {token}")


class Recorder(mocks.MockMonitor):
    """Keeps the whole request of every registration, in their order, and the outputs of components by URN."""

    def __init__(self, stack: str, answers: mocks.Mocks | None = None) -> None:
        super().__init__(answers or Made())
        self.stack = stack
        self.requests: list[Request] = []
        self.outputs: dict[str, dict[str, Any]] = {}

    def RegisterResource(self, request: Request) -> Any:
        if request.type != STACK:
            self.requests.append(request)
        return super().RegisterResource(request)

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> Any:
        self.outputs[request.urn] = deserialize_properties(request.outputs)
        return super().RegisterResourceOutputs(request)

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """As Pulumi's own, which asks the process for the stack: a recorder may be looked into after others."""
        ancestors = [parent.split("::")[2].split("$")[-1]] if parent else []
        return "::".join((f"urn:pulumi:{self.stack}", PROJECT, "$".join([*ancestors, type_]), name))

    def request(self, name: str, kind: str = "") -> Request:
        """The one request of that name, whose type ends with `kind`."""
        [found] = [one for one in self.requests if one.name == name and one.type.endswith(kind)]
        return found

    def inputs(self, name: str, kind: str = "") -> dict[str, Any]:
        """The inputs of the one request of that name, whose type ends with `kind`."""
        return inputs_of(self.request(name, kind))

    def urn(self, request: Request) -> str:
        """The URN of what `request` registers."""
        return self.make_urn(request.parent, request.type, request.name)


def inputs_of(request: Request) -> dict[str, Any]:
    """What `request` says of its resource. What an SDK takes for a secret is shown: a plan holds none."""
    said = deserialize_properties(request.object, keep_unknowns=True)
    return {name: unwrap_rpc_secret(value) if is_rpc_secret(value) else value for name, value in said.items()}


def record(plan: ClusterPlan, bundle: Bundle, *, preview: bool = False, answers: mocks.Mocks | None = None) -> Recorder:
    """Registers the cluster of `plan` as its program does. In a preview what is not made yet is unknown.

    `answers` gives the ids of what is registered, if they are to look as a provider's do.

    Raises what the components raise. Not for two threads at once: Pulumi's settings are the process's.
    """
    recorder = Recorder(plan.name, answers)
    mocks.set_mocks(recorder.mocks, project=PROJECT, stack=plan.name, preview=preview, monitor=recorder)

    @pulumi.runtime.test
    def program() -> None:
        Cluster(plan.name, plan, bundle, pulumi.ResourceOptions(providers=providers(plan)))

    program()
    return recorder
