"""How the parts of a cluster on AWS fit together."""

from __future__ import annotations

import pulumi
import pulumi_aws

from clusterwright.bootstrap import Bundle
from clusterwright.plan.aws.model import AwsPlan
from components.aws.compute import Compute
from components.aws.identity import Identity
from components.aws.network import Network
from components.aws.observability import Observability
from components.aws.storage import Storage


class Cluster:
    """Wires the parts in the order in which they need each other, and names what a user wants to know of them."""

    def __init__(self, name: str, plan: AwsPlan, bundle: Bundle, opts: pulumi.ResourceOptions) -> None:
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
            "kept": [*storage.kept, *network.kept, *identity.kept, *observability.kept],
        }


def providers(plan: AwsPlan) -> list[pulumi.ProviderResource]:
    """The provider of the plan's region, which works in no other account than the plan's, whoever is signed in."""
    accounts = [plan.account] if plan.account else None
    return [pulumi_aws.Provider("aws", region=plan.region, allowed_account_ids=accounts)]
