"""The machines of a cluster on AWS: an instance for the head, an Auto Scaling group for each group."""

from __future__ import annotations

import pulumi

from clusterwright.plan.aws.model import AwsPlan
from components.aws.groups import group
from components.aws.head import Head
from components.aws.identity import Identity
from components.aws.network import Network
from components.aws.storage import Storage


class Compute(pulumi.ComponentResource):
    """The head, and the groups after it: so on the way down workers write their checkpoints while it still serves."""

    def __init__(
        self,
        name: str,
        plan: AwsPlan,
        network: Network,
        identity: Identity,
        storage: Storage,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("clusterwright:index:AwsCompute", name, None, opts)
        made = pulumi.ResourceOptions(
            parent=self, depends_on=[*network.resources, *identity.resources, *storage.resources]
        )
        head = Head(name, plan, network, identity, storage, made)
        after_head = pulumi.ResourceOptions.merge(made, pulumi.ResourceOptions(depends_on=head.resources))
        for part in plan.groups:
            group(f"{name}-{part.name}", plan, part, network, identity, after_head)
        # Machines come and go: these are the names that Slurm may ask for.
        self.groups = {
            plan.head.name: [plan.head.name],
            **{part.name: list(part.node_names) for part in plan.groups},
        }
        self.connect = pulumi.Output.concat("aws ssm start-session --region ", plan.region, " --target ", head.id)
        self.hourly_price = plan.hourly_price
        self.register_outputs({"groups": self.groups, "connect": self.connect})
