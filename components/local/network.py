"""The network of a local cluster: nothing to register.

Process nodes are processes of one user on one machine. They talk over its loopback interface on ports that the kernel
picks, so there is no address to plan, nothing to route and nothing that listens to the outside.
"""

from __future__ import annotations

import pulumi

from clusterwright.plan.model import ClusterPlan


class Network:
    """The machine's loopback."""

    def __init__(self, name: str, plan: ClusterPlan, opts: pulumi.ResourceOptions) -> None:
        """Takes what every provider's network takes; there is nothing to make of it here."""
