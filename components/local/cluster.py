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
        # The bucket takes a folder over only if all in it is known to be the cluster's: it must see whole volumes.
        after_identity = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=identity.resources))
        storage = Storage(f"{name}-storage", plan, bundle, after_identity)
        compute = Compute(f"{name}-compute", plan, network, identity, storage, opts)
        observability = Observability(f"{name}-observability", plan, compute, opts)
        self.outputs = {
            "bucket": storage.bucket,
            "groups": compute.groups,
            "connect": compute.connect,
            "logs": observability.logs,
            "dashboard": observability.dashboard,
            "hourly_price": compute.hourly_price,
            "kept": storage.kept,
        }
