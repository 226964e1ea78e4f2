"""The logs and metrics of a local cluster: nothing to register.

Nodes write their logs, reports and metrics to the cluster's bucket, where `clusterwright watch` and
`clusterwright logs` read them. There is no dashboard: nothing on this machine serves pages.
"""

from __future__ import annotations

import pulumi

from clusterwright import paths
from clusterwright.plan.local import LocalPlan
from components.local.compute import Compute
from components.local.identity import Identity
from components.local.network import Network
from components.local.storage import Storage


class Observability:
    """The bucket is what is watched."""

    def __init__(
        self,
        name: str,
        plan: LocalPlan,
        network: Network,
        identity: Identity,
        storage: Storage,
        compute: Compute,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Takes what every provider's observability takes; there is nothing to register."""
        self.logs = f"{paths.BIN}/clusterwright logs {plan.name}"
        self.dashboard = None
