"""The machines of a cluster on GCP: an instance for the head, a managed instance group for each group."""

from __future__ import annotations

import pulumi

from clusterwright.plan.gcp.model import GcpPlan
from components.gcp.bindings import bind
from components.gcp.groups import group
from components.gcp.head import Head
from components.gcp.identity import Identity
from components.gcp.network import Network
from components.gcp.storage import Storage


class Compute(pulumi.ComponentResource):
    """The head, and the groups after it: so on the way down workers write their checkpoints while it still serves."""

    def __init__(
        self,
        name: str,
        plan: GcpPlan,
        network: Network,
        identity: Identity,
        storage: Storage,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("clusterwright:index:GcpCompute", name, None, opts)
        made = pulumi.ResourceOptions(
            parent=self, depends_on=[*network.resources, *identity.resources, *storage.resources]
        )
        head = Head(name, plan, network, identity, storage, made)
        after_head = pulumi.ResourceOptions.merge(made, pulumi.ResourceOptions(depends_on=head.resources))
        for part in plan.groups:
            group(f"{name}-{part.name}", plan, part, network, identity, after_head)
        tunnels = pulumi.ResourceOptions(parent=self, depends_on=head.resources)
        for binding in plan.identity.bindings:
            if binding.kind == "tunnel":
                bind(name, plan, binding, tunnels)
        # Machines come and go: these are the names that Slurm may ask for.
        self.groups = {
            plan.head.name: [plan.head.name],
            **{part.name: list(part.node_names) for part in plan.groups},
        }
        self.connect = pulumi.Output.concat(
            "gcloud compute ssh ", head.name, f" --project {plan.project} --zone {plan.zone} --tunnel-through-iap"
        )
        self.hourly_price = plan.hourly_price
        self.register_outputs({"groups": self.groups, "connect": self.connect})
