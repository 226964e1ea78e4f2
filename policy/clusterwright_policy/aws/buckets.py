"""Buckets: without any public access, and reached over TLS alone; file systems likewise, by access points alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clusterwright_policy.aws.encryption import BUCKET, BUCKET_ENCRYPTION, BUCKET_LOGGING, EFS, encrypts_target
from clusterwright_policy.aws.iam import BUCKET_POLICY, FILE_SYSTEM_POLICY, Conditions, policy_of
from clusterwright_policy.base import UNKNOWN, Graph, Resource, Rule, Violation, is_true

PUBLIC_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
MOUNT = ("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite")
IN_CLEAR: Conditions = {"Bool": {"aws:SecureTransport": ("false",)}}
PAST_ACCESS_POINTS: Conditions = {"Null": {"elasticfilesystem:AccessPointArn": ("true",)}}
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def bucket_name(bucket: Resource) -> str | None:
    """The name of a bucket, None while it is not known."""
    name = bucket.value("bucket")
    return name if isinstance(name, str) else None


class BucketOpenToThePublic(Rule):
    """A bucket does not refuse public access."""

    code = "CW-POL-151"
    why = (
        "one careless policy or ACL makes its objects everybody's otherwise "
        "(docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html)"
    )
    hint = f"add a BucketPublicAccessBlock with {', '.join(f'`{block}`' for block in BLOCKS)}"

    def check(self, graph: Graph) -> Iterator[Violation]:
        for bucket in graph.of(BUCKET):
            blocks = list(graph.about(bucket, PUBLIC_ACCESS, "bucket"))
            if not blocks:
                yield self.violation(bucket, "it has no public access block")
            for block in blocks:
                if missing := [name for name in BLOCKS if not is_true(block.value(name))]:
                    yield self.violation(block, f"{', '.join(missing)} is not true")


class SpokenToInClear(Rule):
    """A bucket or a file system can be reached without TLS."""

    code = "CW-POL-152"
    why = (
        "S3 and NFS answer in clear as well (docs.aws.amazon.com/AmazonS3/latest/userguide/"
        "security-best-practices.html, docs.aws.amazon.com/efs/latest/ug/encryption-in-transit.html)"
    )
    hint = "deny everything where `aws:SecureTransport` is false, to everybody"

    def check(self, graph: Graph) -> Iterator[Violation]:
        for type_, policies, through, actions in (
            (BUCKET, BUCKET_POLICY, "bucket", ("s3:GetObject", "s3:PutObject", "s3:ListBucket")),
            (EFS, FILE_SYSTEM_POLICY, "fileSystemId", MOUNT),
        ):
            for resource in graph.of(type_):
                if not _refused(list(graph.about(resource, policies, through)), actions, IN_CLEAR):
                    yield self.violation(resource, "no policy refuses who comes without TLS")


class AccessLogsThatNeverArrive(Rule):
    """Access logs go to a bucket that is encrypted with a key of KMS."""

    code = "CW-POL-153"
    why = "S3 delivers none to such a bucket (docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html)"
    hint = "encrypt that bucket with S3's own keys, `sseAlgorithm: AES256`, and keep nothing else in it"

    def check(self, graph: Graph) -> Iterator[Violation]:
        for record in graph.of(BUCKET_LOGGING):
            for encryption in graph.of(BUCKET_ENCRYPTION):
                used = encryption.values("rules[].applyServerSideEncryptionByDefault.sseAlgorithm")
                if encrypts_target(encryption, record) and any(str(one).startswith("aws:kms") for one in used):
                    yield self.violation(record, f"{encryption.name} encrypts the bucket that they go to with KMS")


class MountedPastItsAccessPoints(Rule):
    """A file system of EFS can be mounted without an access point."""

    code = "CW-POL-154"
    why = (
        "who mounts it so sees all of it, and not the root of an access point alone "
        "(docs.aws.amazon.com/efs/latest/ug/access-points-iam-policy.html)"
    )
    hint = "deny mounting where `elasticfilesystem:AccessPointArn` is missing (`Null` is true), to everybody"

    def check(self, graph: Graph) -> Iterator[Violation]:
        for resource in graph.of(EFS):
            policies = list(graph.about(resource, FILE_SYSTEM_POLICY, "fileSystemId"))
            if not _refused(policies, MOUNT, PAST_ACCESS_POINTS):
                yield self.violation(resource, "no policy refuses who mounts it without an access point")


def _refused(policies: Sequence[Resource], actions: Sequence[str], conditions: Conditions) -> bool:
    """Whether the policies deny each of the actions to everybody under just these conditions, or are not known yet."""
    if any(policy.value("policy") is UNKNOWN for policy in policies):
        return True
    denied = [
        one
        for policy in policies
        for one in policy_of(policy)
        if not one.allows and one.anybody and one.conditions == conditions
    ]
    return all(any(one.about(action) for one in denied) for action in actions)
