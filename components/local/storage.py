"""The storage of a local cluster: its bucket, with the bundle that its nodes run."""

from __future__ import annotations

import base64
import hashlib

import pulumi

from clusterwright import paths
from clusterwright.bootstrap import Bundle
from clusterwright.plan.model import ClusterPlan, digest
from components.local.resources import Bucket, Object


class Storage(pulumi.ComponentResource):
    """The bucket, the one storage that a local cluster has, and what nodes run.

    That is `control/bundles/<digest>.tar.gz`, and `control/current` which names it. A superseded bundle is not
    deleted: nodes may be starting from it, and each job's record names the one it ran with. `control/plan` names the
    plan that both came from.
    """

    def __init__(self, name: str, plan: ClusterPlan, bundle: Bundle, opts: pulumi.ResourceOptions) -> None:
        super().__init__("clusterwright:index:LocalStorage", name, None, opts)
        (storage,) = plan.storage
        bucket = Bucket(
            f"{name}-bucket",
            cluster=plan.name,
            folder=str(paths.cluster_dir(plan.name)),
            path=str(paths.bucket_dir(plan.name)),
            on_destroy=storage.on_destroy,
            opts=pulumi.ResourceOptions(parent=self),
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

        planned = control("plan", f"{digest(plan)}\n", after=[])
        self.current = control("current", f"{bundle.digest}\n", after=[archive, planned])
        self.bucket = bucket.path
        self.kept = [{"name": storage.name, "path": bucket.path}] if storage.on_destroy == "keep" else []
        self.register_outputs({"bucket": self.bucket, "kept": self.kept})
