"""The lock, read from the account with its owner's own credentials."""

from __future__ import annotations

from datetime import datetime

from clusterwright.live.lock.failures import failure
from clusterwright.live.lock.needs import needs
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.lock import Lock


def read(spec: ClusterSpec, now: datetime, pinned: Lock | None = None) -> Lock:
    """What the account says of `spec` at `now`. Images that `pinned` names stay while they can be had.

    Raises ClusterwrightError for a spec that names no account's place, and for whatever keeps the account from being
    read.
    """
    if spec.provider == "local":
        raise failure("a local cluster has no lock", "there is no account to read", "bring it up: make up")
    if spec.region is None:
        good = "us-east-1" if spec.provider == "aws" else "us-central1"
        raise failure("the spec names no region", "quotas, images and prices are a region's", f"write `region: {good}`")
    if spec.provider == "aws":
        from clusterwright.live.lock import aws
        from clusterwright.live.lock.aws_failures import account_clients

        return aws.read(spec, spec.region, needs(spec), now, pinned, account_clients(spec.region))
    if spec.project is None:
        raise failure("the spec names no project", "a lock is of one project", "write `project: my-project-123`")
    from clusterwright.live.lock import gcp
    from clusterwright.live.lock.gcp_failures import account_calls

    return gcp.read(spec, spec.project, spec.region, needs(spec), now, pinned, account_calls())
