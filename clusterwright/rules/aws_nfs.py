"""AWS: rules about NFS file systems (EFS)."""

from collections.abc import Iterator

from clusterwright.catalog.storage import efs
from clusterwright.rules.aws import AwsRule
from clusterwright.rules.base import Context
from clusterwright.spec.findings import Finding, Path
from clusterwright.spec.storage import NfsSpec

CREATE = "docs.aws.amazon.com/efs/latest/ug/API_CreateFileSystem.html"


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
