"""A bucket with all that makes it one of the cluster's: versioned, encrypted, closed to the public, under IAM alone."""

from __future__ import annotations

import pulumi
from pulumi_gcp import storage

from clusterwright.plan.gcp.model import BucketPlan, GcpPlan, LifecyclePlan


def bucket(
    name: str, plan: GcpPlan, part: BucketPlan, key: pulumi.Input[str] | None, opts: pulumi.ResourceOptions
) -> storage.Bucket:
    """Registers the bucket `part`. `key` of None is encryption with Google's own keys."""
    return storage.Bucket(
        name,
        name=part.full_name,
        location=part.location.upper(),
        storage_class=part.storage_class,
        uniform_bucket_level_access=part.uniform_access,
        public_access_prevention=part.public_access_prevention,
        versioning=storage.BucketVersioningArgs(enabled=part.versioning),
        soft_delete_policy=storage.BucketSoftDeletePolicyArgs(retention_duration_seconds=part.soft_delete),
        encryption=storage.BucketEncryptionArgs(default_kms_key_name=key) if part.encrypted else None,
        lifecycle_rules=[_rule(rule) for rule in part.lifecycle],
        force_destroy=part.force_destroy,
        labels=plan.tags_of(),
        opts=opts,
    )


def folders(name: str, part: BucketPlan, made: storage.Bucket, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """The managed folders of the cluster's own bucket, whose policies say who may do what in them."""
    return [
        storage.ManagedFolder(
            f"{name}-{folder.rstrip('/')}",
            bucket=made.name,
            name=folder,
            # The folder alone goes, and with it what it allows: objects stay where they are
            # (https://docs.cloud.google.com/storage/docs/managed-folders).
            force_destroy=True,
            opts=opts,
        )
        for folder in part.folders
    ]


def _rule(plan: LifecyclePlan) -> storage.BucketLifecycleRuleArgs:
    """A rule; an empty prefix is all objects."""
    return storage.BucketLifecycleRuleArgs(
        action=storage.BucketLifecycleRuleActionArgs(type=plan.action),
        condition=storage.BucketLifecycleRuleConditionArgs(
            days_since_noncurrent_time=plan.noncurrent_days,
            age=plan.age_days,
            matches_prefixes=[plan.prefix] if plan.prefix else None,
        ),
    )
