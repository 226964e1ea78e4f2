"""What the deployer tells machines, under control/ in the cluster's bucket: which bundle to run, where things are."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import s3

from clusterwright.bootstrap import Bundle
from components.aws.buckets import Bucket


class Control:
    """`control/bundles/<digest>.tar.gz`, `control/plan`, `control/addresses.json` and, after them, `control/current`.

    Who reads `current` must find what it leads to, so it is written last. A superseded bundle is not deleted: nodes may
    be starting from it, and each job's record names the one it ran with. `clusterwright prune` removes it later.
    """

    def __init__(
        self,
        name: str,
        bundle: Bundle,
        bucket: Bucket,
        addresses: Mapping[str, pulumi.Input[str]],
        mounted: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`addresses` are the sources of mounts that are known once `mounted` are made, by storage."""

        def control(part: str, content: pulumi.Input[str], after: Sequence[pulumi.Resource]) -> s3.BucketObjectv2:
            return s3.BucketObjectv2(
                f"{name}-{part.removesuffix('.json')}",
                bucket=bucket.id,
                key=f"control/{part}",
                content=content,
                opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*after])),
            )

        archive = s3.BucketObjectv2(
            f"{name}-bundle",
            bucket=bucket.id,
            key=f"control/bundles/{bundle.digest}.tar.gz",
            content_base64=base64.b64encode(bundle.data).decode(),
            opts=pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(retain_on_delete=True, depends_on=bucket.resources)
            ),
        )
        planned = control("plan", f"{bundle.plan}\n", bucket.resources)
        placed = control("addresses.json", pulumi.Output.json_dumps(addresses, sort_keys=True), mounted)
        self.current = control("current", f"{bundle.digest}\n", [archive, planned, placed])
