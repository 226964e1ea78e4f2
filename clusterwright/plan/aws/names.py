"""The names of what a cluster makes on AWS, as far as they can be known before it is made.

Roles and buckets are named in a space that all regions share, so their names hold the region or a hash of it. A role's
name has at most 64 characters, a bucket's 63
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
"""

import hashlib
from dataclasses import dataclass

from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.lock import Lock

UNKNOWN_ACCOUNT = "UNKNOWN-ACCOUNT"
"""Stands where only the lock knows the account. No name that has it is valid, so nothing is ever made under it."""


@dataclass(frozen=True)
class Names:
    """The names of one cluster. `account` is the account's number, or UNKNOWN_ACCOUNT without a lock."""

    cluster: str
    region: str
    zone: str
    account: str

    @property
    def partition(self) -> str:
        """The part of AWS that the region is in."""
        return next((name for start, name in _PARTITIONS.items() if self.region.startswith(start)), "aws")

    @property
    def root(self) -> str:
        """The account itself, as a principal."""
        return self.arn("iam", "root", region="")

    @property
    def path(self) -> str:
        """What secrets, log groups and metrics of the cluster are named under."""
        return f"clusterwright/{self.cluster}"

    @property
    def key_alias(self) -> str:
        return f"alias/clusterwright-{self.cluster}"

    def arn(self, service: str, resource: str, region: str | None = None, account: str | None = None) -> str:
        """The full name of a resource of this account and region, unless others (or "", none) are given."""
        where = self.region if region is None else region
        return f"arn:{self.partition}:{service}:{where}:{self.account if account is None else account}:{resource}"

    def bucket_arn(self, bucket: str, key: str = "") -> str:
        """The full name of a bucket, or of its objects that match `key`."""
        return self.arn("s3", f"{bucket}/{key}" if key else bucket, region="", account="")

    def bucket(self, name: str, use: str = "storage") -> str:
        """The name of a bucket. Buckets of all accounts share one space, so a hash tells them apart; `use` tells those
        of the spec's storage from the cluster's others."""
        if self.account == UNKNOWN_ACCOUNT:
            return f"{self.cluster}-{name}-{UNKNOWN_ACCOUNT}"
        key = f"{self.account}/{self.region}/{self.cluster}/{use}/{name}"
        return f"{self.cluster}-{name}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"

    def group(self, group: str) -> str:
        """The name of what is a group's; the full stop, which is in no part's name, keeps a-b.c from being a.b-c."""
        return f"{self.cluster}.{group}"

    def role(self, part: str) -> str:
        return f"{self.cluster}-{self.region}-{part}"

    def log_group(self, name: str) -> str:
        return f"/{self.path}/{name}"

    def service(self, name: str) -> str:
        """A service as the principal of a policy."""
        return f"{name}.amazonaws.com"

    def secret_arn(self, ref: str) -> str:
        """The full name of a secret; Secrets Manager appends six characters to the name that it was given."""
        return ref if ref.startswith("arn:") else self.arn("secretsmanager", f"secret:{ref}-??????")


_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


def names_of(spec: ClusterSpec, lock: Lock | None) -> Names:
    """The names of a spec without errors. Raises ValueError where it has no region or zone."""
    if spec.region is None or spec.zone is None:
        raise ValueError("the rules pass no cloud cluster without a region and a zone")
    return Names(spec.name, spec.region, spec.zone, lock.account if lock else UNKNOWN_ACCOUNT)
