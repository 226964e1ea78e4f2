"""AWS: rules about NFS file systems (EFS) and buckets (S3)."""

from collections.abc import Iterator

from clusterwright.catalog.storage import efs
from clusterwright.rules.aws import AwsRule
from clusterwright.rules.base import Context
from clusterwright.spec.findings import Finding, Path
from clusterwright.spec.storage import BucketSpec, NfsSpec

CREATE = "docs.aws.amazon.com/efs/latest/ug/API_CreateFileSystem.html"
DAY = 86400


def nfs(context: Context) -> Iterator[tuple[Path, NfsSpec]]:
    """Each NFS file system with its place."""
    for index, storage in enumerate(context.spec.storage):
        if isinstance(storage, NfsSpec):
            yield ("storage", index), storage


class NfsVersionNotPossible(AwsRule):
    """An NFS file system has a version that EFS does not speak."""

    code = "CW-STO-121"
    why = "EFS speaks NFS 4.0 and 4.1 (docs.aws.amazon.com/efs/latest/ug/how-it-works.html)"

    def check(self, context: Context) -> Iterator[Finding]:
        for path, storage in nfs(context):
            if storage.version == "3":
                what = f"file system `{storage.name}` has version 3"
                yield self.finding((*path, "version"), what, 'write `version: "4.1"`, or leave `version` out')


class NfsThroughputNotPossible(AwsRule):
    """An NFS file system has more throughput than EFS provides."""

    code = "CW-STO-122"
    why = f"the throughput that can be provisioned has a limit, in some regions a lower one ({CREATE})"

    def check(self, context: Context) -> Iterator[Finding]:
        most = efs().provisioned_mibps.most
        for path, storage in nfs(context):
            if storage.throughput is not None and most is not None and storage.throughput > most:
                what = f"file system `{storage.name}` has {storage.throughput}, the most is {most} MB/s"
                hint = "leave `throughput` out: it then follows the use"
                yield self.finding((*path, "throughput"), what, hint)


class OldVersionsNotInDays(AwsRule):
    """Old versions in a bucket are kept for a part of a day."""

    code = "CW-STO-131"
    why = (
        "S3 counts the age of old versions in whole days "
        "(docs.aws.amazon.com/AmazonS3/latest/API/API_NoncurrentVersionExpiration.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for index, storage in enumerate(context.spec.storage):
            if isinstance(storage, BucketSpec) and storage.old_versions is not None and storage.old_versions % DAY:
                what = f"bucket `{storage.name}` keeps old versions for {storage.old_versions}"
                days = -(-storage.old_versions // DAY)
                yield self.finding(("storage", index, "old_versions"), what, f"write `old_versions: {days} d`")
