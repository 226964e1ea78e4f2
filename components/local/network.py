"""The network of a local cluster: of machines a bridge with a way out, of process nodes nothing to register.

Process nodes are processes of one user on one machine. They talk over its loopback interface on ports that the kernel
picks, so there is no address to plan, nothing to route and nothing that listens to the outside. Machines have addresses
of their own, in a network namespace a cluster; which subnet is free, this machine's routes alone tell.
"""

from __future__ import annotations

import pulumi

from clusterwright import paths
from clusterwright.plan.local import LocalPlan
from components.local import resources


class Network:
    """The machine's loopback, or a network of the cluster's own; `resources` is what machines have to wait for."""

    def __init__(self, name: str, plan: LocalPlan, opts: pulumi.ResourceOptions) -> None:
        self.resources: list[pulumi.Resource] = []
        if plan.runtime == "machine":
            folder = str(paths.cluster_dir(plan.name))
            self.resources.append(resources.Network(f"{name}-bridge", cluster=plan.name, folder=folder, opts=opts))
