"""The nodes of a local cluster: a group resource for the head and one for each group, however many nodes it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pulumi

from clusterwright import paths
from clusterwright.bootstrap import user_data
from clusterwright.plan.model import ClusterPlan
from components.local.identity import Identity
from components.local.network import Network
from components.local.resources import Group
from components.local.storage import Storage

Role = Literal["head", "compute"]


class Compute(pulumi.ComponentResource):
    """The head, and the groups after it: so on the way down workers write their checkpoints while it still serves."""

    def __init__(
        self,
        name: str,
        plan: ClusterPlan,
        network: Network,
        identity: Identity,
        storage: Storage,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("clusterwright:index:LocalCompute", name, None, opts)
        folder = paths.cluster_dir(plan.name)

        def register(group: str, role: Role, node_names: Sequence[str], after: pulumi.Resource) -> Group:
            return Group(
                f"{name}-{group}",
                cluster=plan.name,
                name=group,
                role=role,
                node_names=list(node_names),
                folder=str(folder),
                bucket=storage.bucket,
                user_data=user_data(plan, role, group),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[after]),
            )

        head = register(plan.head.name, "head", [plan.head.name], storage.current)
        groups = {group.name: register(group.name, "compute", group.node_names, head) for group in plan.groups}
        self.groups = {
            group: resource.nodes.apply(lambda nodes: [node["name"] for node in nodes])
            for group, resource in {plan.head.name: head, **groups}.items()
        }
        self.connect = (
            f"{paths.BIN}/supervisorctl -c {paths.nodes_dir(plan.name) / plan.head.name / 'supervisord.conf'}"
        )
        self.hourly_price = None  # nobody bills a user's own machine, and what its power costs is not known
        self.register_outputs({"groups": self.groups, "connect": self.connect})
