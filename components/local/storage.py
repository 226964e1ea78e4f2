"""The storage of a local cluster: its bucket, with the bundle that its nodes run, and its head's state."""

from __future__ import annotations

import base64
import hashlib

import pulumi

from clusterwright import paths
from clusterwright.bootstrap import Bundle
from clusterwright.plan.local import JOB_USER, LocalPlan
from components.local.identity import Identity
from components.local.network import Network
from components.local.resources import Bucket, Object, Volume


class Storage(pulumi.ComponentResource):
    """The bucket, what nodes run, and for a head that is a machine the folder that a cloud has a disk for.

    That is `control/bundles/<digest>.tar.gz`, and `control/current` which names it. A superseded bundle is not
    deleted: nodes may be starting from it, and each job's record names the one it ran with. `clusterwright prune`
    removes it later. `control/plan` names the plan that both came from. The state ends with the cluster, as on a cloud:
    what is kept of a run is in the bucket.
    """

    def __init__(
        self,
        name: str,
        plan: LocalPlan,
        bundle: Bundle,
        network: Network,
        identity: Identity,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("clusterwright:index:LocalStorage", name, None, opts)
        (storage,) = plan.storage
        bucket = Bucket(
            f"{name}-bucket",
            cluster=plan.name,
            folder=str(paths.cluster_dir(plan.name)),
            path=str(paths.bucket_dir(plan.name)),
            on_destroy=storage.on_destroy,
            job_user=JOB_USER if plan.runtime == "machine" else None,
            # It takes a folder over only if all in it is known to be the cluster's: it must see whole volumes.
            opts=pulumi.ResourceOptions(parent=self, depends_on=identity.resources),
        )
        archive = Object(
            f"{name}-bundle",
            bucket=bucket.path,
            key=f"control/bundles/{bundle.digest}.tar.gz",
            sha256=bundle.digest,
            content_base64=base64.b64encode(bundle.data).decode(),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )

        def control(key: str, content: str, after: list[pulumi.Resource]) -> Object:
            return Object(
                f"{name}-{key}",
                bucket=bucket.path,
                key=f"control/{key}",
                sha256=hashlib.sha256(content.encode()).hexdigest(),
                content=content,
                opts=pulumi.ResourceOptions(parent=self, depends_on=after),
            )

        planned = control("plan", f"{bundle.plan}\n", after=[])
        self.current = control("current", f"{bundle.digest}\n", after=[archive, planned])
        self.archive = archive.path
        self.bucket = bucket.path
        self.resources: list[pulumi.Resource] = [self.current]
        if plan.runtime == "machine":
            state = Volume(
                f"{name}-state",
                cluster=plan.name,
                folder=str(paths.cluster_dir(plan.name)),
                path=str(paths.state_dir(plan.name)),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[bucket]),
            )
            self.resources.append(state)
        self.kept = [{"name": storage.name, "path": bucket.path}] if storage.on_destroy == "keep" else []
        self.register_outputs({"bucket": self.bucket, "kept": self.kept})
