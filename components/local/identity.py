"""The identities of a local cluster: nothing to register.

Nodes run as the user who deploys them, with no credentials of their own; the folders that hold keys and logs are that
user's alone. Nodes cannot be denied to write what their own user owns, so control/ is guarded against accidents only
(read-only files) and every bundle is checked against its SHA-256.
"""

from __future__ import annotations

import pulumi

from clusterwright.plan.model import ClusterPlan


class Identity:
    """The deploying user."""

    def __init__(self, name: str, plan: ClusterPlan, opts: pulumi.ResourceOptions) -> None:
        """Takes what every provider's identities take; there is nothing to make of it here."""
