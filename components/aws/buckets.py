"""A bucket with all that makes it one of the cluster's: versioned, encrypted, closed to the public, over TLS alone."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import s3

from clusterwright.plan.aws.model import AccessLogsPlan, AwsPlan, LifecyclePlan, ResourceStatementPlan, policy
from components.options import kept


class Bucket:
    """`id` is the bucket's name; `resources` is what whoever writes into it waits for."""

    def __init__(
        self,
        name: str,
        bucket: str,
        *,
        statements: Sequence[ResourceStatementPlan],
        lifecycle: Sequence[LifecyclePlan],
        force_destroy: bool,
        key: pulumi.Input[str] | None,
        tags: dict[str, str],
        logs: AccessLogs | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`opts` are those of the bucket and of its settings alike: a kept bucket keeps its protection.

        `key` of None is encryption with S3's own keys, `logs` of None no record of requests.
        """
        made = s3.Bucket(name, bucket=bucket, force_destroy=force_destroy, tags=tags, opts=opts)
        self.id, self.arn = made.id, made.arn
        closed = s3.BucketPublicAccessBlock(
            f"{name}-public",
            bucket=self.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=opts,
        )
        # Objects belong to the bucket's owner, whoever writes them: access is by policies alone.
        owned = s3.BucketOwnershipControls(
            f"{name}-owner",
            bucket=self.id,
            rule=s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=opts,
        )
        versioned = s3.BucketVersioning(
            f"{name}-versions",
            bucket=self.id,
            versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=opts,
        )
        encrypted = s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=self.id,
            rules=[
                s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=_default(key),
                    bucket_key_enabled=None if key is None else True,
                )
            ],
            opts=opts,
        )
        # S3 takes one change of a bucket's access at a time: a policy beside a block is a conflict.
        after_block = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[closed]))
        guarded = s3.BucketPolicy(f"{name}-policy", bucket=self.id, policy=policy(statements), opts=after_block)
        # Rules for old versions want versions.
        after_versions = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[versioned]))
        s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle", bucket=self.id, rules=[_rule(rule) for rule in lifecycle], opts=after_versions
        )
        self.resources: list[pulumi.Resource] = [closed, owned, versioned, encrypted, guarded]
        if logs is not None:
            logs.record(name, self.id, opts.parent)


class AccessLogs:
    """The bucket that S3 writes its record of requests into."""

    def __init__(self, name: str, plan: AwsPlan, part: AccessLogsPlan, parent: pulumi.Resource) -> None:
        self._day_of = part.day_of
        self._bucket = Bucket(
            name,
            part.bucket,
            statements=part.statements,
            lifecycle=part.lifecycle,
            force_destroy=part.force_destroy,
            key=None,
            tags=plan.named(part.bucket),
            logs=None,
            opts=kept(parent, part.on_destroy),
        )
        self.id = self._bucket.id

    def record(self, name: str, bucket: pulumi.Input[str], parent: pulumi.Resource | None) -> None:
        """Has S3 record the requests to a bucket, for as long as the stack says so: of a kept bucket too."""
        s3.BucketLogging(
            f"{name}-logging",
            bucket=bucket,
            target_bucket=self.id,
            target_prefix="",
            target_object_key_format=s3.BucketLoggingTargetObjectKeyFormatArgs(
                partitioned_prefix=s3.BucketLoggingTargetObjectKeyFormatPartitionedPrefixArgs(
                    partition_date_source=self._day_of
                )
            ),
            opts=pulumi.ResourceOptions(parent=parent, depends_on=self._bucket.resources),
        )


def _default(
    key: pulumi.Input[str] | None,
) -> s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs:
    return s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
        sse_algorithm="AES256" if key is None else "aws:kms", kms_master_key_id=key
    )


def _rule(plan: LifecyclePlan) -> s3.BucketLifecycleConfigurationRuleArgs:
    """A rule; an empty prefix is all objects."""
    old, unfinished, all_days = plan.noncurrent_days, plan.unfinished_days, plan.days
    return s3.BucketLifecycleConfigurationRuleArgs(
        id=plan.id,
        status="Enabled",
        filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=plan.prefix),
        expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(
            days=all_days, expired_object_delete_marker=plan.markers or None
        )
        if all_days or plan.markers
        else None,
        noncurrent_version_expiration=s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=old
        )
        if old
        else None,
        abort_incomplete_multipart_upload=s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=unfinished
        )
        if unfinished
        else None,
    )
