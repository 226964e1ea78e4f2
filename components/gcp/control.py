"""What the deployer tells machines, under control/ in the cluster's bucket: which bundle to run, where things are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_gcp import storage

from clusterwright import paths
from clusterwright.bootstrap import Bundle


class Control:
    """`control/bundles/<digest>.tar.gz`, `control/plan`, `control/addresses.json` and, after them, `control/current`.

    Who reads `current` must find what it leads to, so it is written last. A superseded bundle is not deleted: nodes may
    be starting from it, and each job's record names the one it ran with. `clusterwright prune` removes it later.
    """

    def __init__(
        self,
        name: str,
        bundle: Bundle,
        bucket: storage.Bucket,
        addresses: Mapping[str, pulumi.Input[str]],
        mounted: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`addresses` are the sources of mounts that are known once `mounted` are made, by storage."""

        def control(part: str, content: pulumi.Input[str], after: Sequence[pulumi.Resource]) -> storage.BucketObject:
            return storage.BucketObject(
                f"{name}-{part.removesuffix('.json')}",
                bucket=bucket.name,
                name=f"control/{part}",
                content=content,
                opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*after])),
            )

        archive = storage.BucketObject(
            f"{name}-bundle",
            bucket=bucket.name,
            name=f"control/bundles/{bundle.digest}.tar.gz",
            # Its content can only be text, and what is no text a file.
            source=pulumi.FileAsset(str(paths.asset(bundle.data))),
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(retain_on_delete=True)),
        )
        planned = control("plan", f"{bundle.plan}\n", [])
        placed = control("addresses.json", pulumi.Output.json_dumps(addresses, sort_keys=True), mounted)
        self.current = control("current", f"{bundle.digest}\n", [archive, planned, placed])
