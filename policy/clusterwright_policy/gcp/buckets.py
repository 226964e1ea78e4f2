"""Buckets: under IAM alone, without any public access, and with what was overwritten."""

from __future__ import annotations

from collections.abc import Iterator

from clusterwright_policy.base import UNKNOWN, Resource, ResourceRule, Violation, is_true
from clusterwright_policy.gcp.types import BUCKET


class BucketOpenToThePublic(ResourceRule):
    """A bucket does not refuse public access, or takes lists of who may besides IAM."""

    code = "CW-POL-251"
    types = frozenset({BUCKET})
    why = (
        "one careless binding or list makes its objects everybody's otherwise "
        "(docs.cloud.google.com/storage/docs/public-access-prevention)"
    )
    hint = "set `publicAccessPrevention` to `enforced` and `uniformBucketLevelAccess` to true"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        if resource.value("publicAccessPrevention") not in ("enforced", UNKNOWN):
            yield self.violation(resource, "`publicAccessPrevention` is not enforced")
        if not is_true(resource.value("uniformBucketLevelAccess")):
            yield self.violation(resource, "`uniformBucketLevelAccess` is not true")


class OverwrittenForGood(ResourceRule):
    """A bucket does not keep what was overwritten or deleted."""

    code = "CW-POL-252"
    types = frozenset({BUCKET})
    why = (
        "a job that writes where another wrote has destroyed it (docs.cloud.google.com/storage/docs/object-versioning)"
    )
    hint = "set `versioning.enabled`"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        if not is_true(resource.value("versioning.enabled")):
            yield self.violation(resource, "`versioning.enabled` is not true")
