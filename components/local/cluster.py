"""How the parts of a local cluster fit together."""

from __future__ import annotations

import pulumi

from clusterwright.bootstrap import Bundle
from clusterwright.plan.local import LocalPlan
from components.local.compute import Compute
from components.local.identity import Identity
from components.local.network import Network
from components.local.observability import Observability
from components.local.storage import Storage


class Cluster:
    """Wires the parts in the order in which they need each other, and names what a user wants to know of them."""

    def __init__(self, name: str, plan: LocalPlan, bundle: Bundle, opts: pulumi.ResourceOptions) -> None:
        network = Network(f"{name}-network", plan, opts)
        identity = Identity(f"{name}-identity", plan, opts)
        storage = Storage(f"{name}-storage", plan, bundle, network, identity, opts)
        compute = Compute(f"{name}-compute", plan, network, identity, storage, opts)
        observability = Observability(f"{name}-observability", plan, network, identity, storage, compute, opts)
        self.outputs = {
            "bucket": storage.bucket,
            "groups": compute.groups,
            "connect": compute.connect,
            "logs": observability.logs,
            "dashboard": observability.dashboard,
            "hourly_price": compute.hourly_price,
            "kept": storage.kept,
        }


def providers(plan: LocalPlan) -> list[pulumi.ProviderResource]:
    """None: the plugin of local resources has nothing to be told."""
    return []
