"""How the parts of a cluster on GCP fit together."""

from __future__ import annotations

import pulumi
import pulumi_gcp

from clusterwright.bootstrap import Bundle
from clusterwright.plan.gcp.model import GcpPlan
from components.gcp.compute import Compute
from components.gcp.identity import Identity
from components.gcp.network import Network
from components.gcp.observability import Observability
from components.gcp.storage import Storage


class Cluster:
    """Wires the parts in the order in which they need each other, and names what a user wants to know of them."""

    def __init__(self, name: str, plan: GcpPlan, bundle: Bundle, opts: pulumi.ResourceOptions) -> None:
        identity = Identity(f"{name}-identity", plan, opts)
        # Rules of its firewall name the accounts.
        after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*identity.accounts.values()]))
        network = Network(f"{name}-network", plan, after)
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
            "kept": [*storage.kept, *network.kept, *identity.kept, *observability.kept],
        }


def providers(plan: GcpPlan) -> list[pulumi.ProviderResource]:
    """The provider of the plan's project and place, whoever is signed in and whatever that person's defaults are.

    Labels are the plan's alone. Requests count for the plan's project, whose services are switched on: those of a
    user's own credentials would else be without one
    (https://docs.cloud.google.com/docs/authentication/rest#set-billing-project).
    """
    return [
        pulumi_gcp.Provider(
            "gcp",
            project=plan.project,
            region=plan.region,
            zone=plan.zone,
            billing_project=plan.project,
            user_project_override=True,
            add_pulumi_attribution_label=False,
        )
    ]
