"""A cluster, whatever its provider."""

from __future__ import annotations

import importlib
from types import ModuleType

import pulumi

from clusterwright.bootstrap import Bundle
from clusterwright.plan.model import ClusterPlan


class Cluster(pulumi.ComponentResource):
    """Everything of one cluster, registered as the plan decided it: the plan as of the moment, the bundle of the whole.

    `name` begins the name of every resource inside, so it is the same for as long as the cluster exists. When a
    resource has to be named or placed anew, it gets `aliases` with what it was called before, in the same change:
    without them the engine would destroy a running cluster and make another.

    Outputs: `bucket` (where its files are), `groups` (nodes by group name), `connect` and `logs` (commands),
    `dashboard` (an address), `hourly_price` (a number, in USD), `kept` (what outlives the cluster: name and path),
    `plan_digest` and `bundle_digest` (SHA-256 in hex). What a provider has none of, or nobody knows, is None.
    """

    def __init__(
        self, name: str, plan: ClusterPlan, bundle: Bundle, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("clusterwright:index:Cluster", name, None, opts)
        parts = _module(plan).Cluster(name, plan, bundle, pulumi.ResourceOptions(parent=self))
        self.outputs = {**parts.outputs, "plan_digest": bundle.plan, "bundle_digest": bundle.digest}
        self.register_outputs(self.outputs)


def providers(plan: ClusterPlan) -> list[pulumi.ProviderResource]:
    """What a program makes and hands down to a cluster, which is then made where its plan says, by nobody's default."""
    return _module(plan).providers(plan)


def _module(plan: ClusterPlan) -> ModuleType:
    # Imported when it is wanted, so that a local cluster never waits for a cloud's SDK.
    return importlib.import_module(f"components.{plan.provider}.cluster")
