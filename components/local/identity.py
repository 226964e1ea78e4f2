"""The identities of a local cluster: of machines a secret store, of process nodes nothing to register.

Process nodes run as the user who deploys them, with no credentials of their own; the folders that hold keys and logs
are that user's alone. Nodes cannot be denied to write what their own user owns, so control/ is guarded against
accidents only (read-only files) and every bundle is checked against its SHA-256. To machines control/ is mounted
read-only. Their secret store is a folder that the head writes and the others read, as a cloud's store lets them.
"""

from __future__ import annotations

import pulumi

from clusterwright import paths
from clusterwright.plan.local import LocalPlan
from components.local.resources import Volume


class Identity:
    """The deploying user, or the store of what machines may know; `resources` is what machines have to wait for."""

    def __init__(self, name: str, plan: LocalPlan, opts: pulumi.ResourceOptions) -> None:
        self.resources: list[pulumi.Resource] = []
        if plan.runtime == "machine":
            folder, path = str(paths.cluster_dir(plan.name)), str(paths.secrets_dir(plan.name))
            self.resources.append(Volume(f"{name}-secrets", cluster=plan.name, folder=folder, path=path, opts=opts))
