"""AWS: rules about Lustre file systems (FSx for Lustre)."""

from collections.abc import Iterator
from dataclasses import dataclass

from clusterwright.catalog.storage import FsxDeployment, FsxTier, fsx_deployments, fsx_efa
from clusterwright.decide.aws.storage import LustreChoice, lustre, lustre_interfaces
from clusterwright.rules.aws import AwsRule
from clusterwright.rules.base import Context, written
from clusterwright.spec.findings import Finding, Path
from clusterwright.spec.storage import LustreSpec
from clusterwright.spec.units import GIB, Duration, whole_gib

CREATE = "docs.aws.amazon.com/fsx/latest/APIReference/API_CreateFileSystem.html"
CONFIGURATION = "docs.aws.amazon.com/fsx/latest/APIReference/API_CreateFileSystemLustreConfiguration.html"
ASSOCIATION = "docs.aws.amazon.com/fsx/latest/APIReference/API_CreateDataRepositoryAssociation.html"
BACKUP = "docs.aws.amazon.com/fsx/latest/APIReference/API_CreateBackup.html"
EFA = 'FSx for Lustre user guide, "Working with EFA-enabled file systems"'
CLIENTS = "docs.aws.amazon.com/fsx/latest/LustreGuide/configure-efa-clients.html"
GROW = "docs.aws.amazon.com/fsx/latest/LustreGuide/increase-storage-capacity.html"

LONGEST_BACKUPS = Duration(90 * 86400)


@dataclass(frozen=True)
class FileSystem:
    """A Lustre file system of the spec, with what is decided for it; `tier` is None where FSx has none such."""

    path: Path
    spec: LustreSpec
    choice: LustreChoice
    deployment: FsxDeployment
    tier: FsxTier | None

    @property
    def kind(self) -> str:
        """Its deployment as a spec writes it."""
        return self.choice.deployment.value


def file_systems(context: Context) -> Iterator[FileSystem]:
    """Each Lustre file system."""
    for index, storage in enumerate(context.spec.storage):
        if isinstance(storage, LustreSpec):
            choice = lustre(storage)
            deployment = fsx_deployments()[choice.deployment.value]
            tier = deployment.tier(storage.drive, choice.throughput.value)
            yield FileSystem(("storage", index), storage, choice, deployment, tier)


class LustreSizeNotPossible(AwsRule):
    """A file system has a size that FSx does not have."""

    code = "CW-STO-101"
    why = f"the size of a file system goes in steps, larger ones where it is reached over EFA ({CREATE}, {GROW})"

    def check(self, context: Context) -> Iterator[Finding]:
        for system in file_systems(context):
            efa = system.choice.efa.value
            sizes = system.tier and (system.tier.efa_sizes if efa else system.tier.sizes)
            if not sizes or sizes.allows(whole_gib(system.spec.size)):
                continue
            near = [f"`size: {size // GIB} GiB`" for size in sizes.near(system.spec.size) if size is not None]
            rate = system.choice.throughput.value
            speed = f" at {rate} MB/s/TiB" if rate else ""
            over = " with EFA" if efa else ""
            what = f"{system.kind}{speed}{over} has no size of {system.spec.size}"
            yield self.finding((*system.path, "size"), what, f"write {' or '.join(near)}")


class LustreThroughputNotPossible(AwsRule):
    """A file system has a throughput that its deployment does not have."""

    code = "CW-STO-102"
    why = f"each deployment has its own rates, and scratch file systems have one that is not chosen ({CONFIGURATION})"

    def check(self, context: Context) -> Iterator[Finding]:
        for system in file_systems(context):
            given, drive = system.spec.throughput, system.spec.drive
            rates = system.deployment.throughputs(drive)
            if given is None or given in rates or not _has_drive(system):
                continue
            what = f"{system.kind} on {drive} has no throughput of {given}"
            good = written([str(rate) for rate in rates])
            hint = f"write one of {good} MB/s/TiB: `throughput: {_nearest(given, rates)} MB/s/TiB`"
            yield self.finding((*system.path, "throughput"), what, hint if rates else "leave `throughput` out")


class LustreDriveNotPossible(AwsRule):
    """A file system has hard disks in a deployment that has none."""

    code = "CW-STO-103"
    why = f"hard disks are for persistent_1 alone ({CREATE})"

    def check(self, context: Context) -> Iterator[Finding]:
        for system in file_systems(context):
            if not _has_drive(system):
                hint = "write `deployment: persistent_1`, or leave `drive` out"
                what = f"{system.kind} has no drives of kind {system.spec.drive}"
                yield self.finding((*system.path, "drive"), what, hint)


class LustreEfaNotPossible(AwsRule):
    """A file system is to be reached over EFA in a deployment that has none."""

    code = "CW-STO-104"
    why = f"file systems are reached over EFA in the deployment persistent_2 alone ({EFA})"

    def check(self, context: Context) -> Iterator[Finding]:
        for system in file_systems(context):
            if system.spec.efa and all(tier.efa_sizes is None for tier in system.deployment.tiers):
                what = f"{system.kind} has no EFA"
                yield self.finding((*system.path, "efa"), what, "write `deployment: persistent_2`, or leave `efa` out")


class LustreBackupsNotPossible(AwsRule):
    """A file system is to be backed up that FSx can't back up."""

    code = "CW-STO-105"
    why = f"FSx backs up persistent file systems that show no bucket; what a bucket has is kept there ({BACKUP})"

    def check(self, context: Context) -> Iterator[Finding]:
        for system in file_systems(context):
            if system.spec.backups is None:
                continue
            if system.kind.startswith("scratch"):
                what, hint = f"{system.kind} has no backups", "write `deployment: persistent_2`, or leave `backups` out"
            elif system.spec.bucket is not None:
                what = f"the file system shows the bucket `{system.spec.bucket}`, and has no backups"
                hint = "leave `backups` out: new files are written back to the bucket"
            else:
                continue
            yield self.finding((*system.path, "backups"), what, hint)


class LustreBackupsTooLong(AwsRule):
    """Backups are to be kept for longer than FSx can."""

    code = "CW-STO-106"
    why = f"FSx keeps daily backups for {LONGEST_BACKUPS} at most ({CONFIGURATION})"

    def check(self, context: Context) -> Iterator[Finding]:
        for system in file_systems(context):
            kept = system.spec.backups
            if kept is not None and kept > LONGEST_BACKUPS:
                what = f"backups can't be kept for {kept}"
                yield self.finding((*system.path, "backups"), what, f"write `backups: {LONGEST_BACKUPS}`")


class LustreBucketNotPossible(AwsRule):
    """A file system is to show a bucket in a deployment that can't."""

    code = "CW-STO-107"
    why = f"what shows a bucket is a data repository association, which scratch_1 does not have ({ASSOCIATION})"

    def check(self, context: Context) -> Iterator[Finding]:
        for system in file_systems(context):
            if system.spec.bucket is not None and system.deployment.associations is None:
                what = f"{system.kind} can't show a bucket"
                yield self.finding(
                    (*system.path, "bucket"), what, "write `deployment: scratch_2`, or leave `bucket` out"
                )


class LustreEfaClientsTooMany(AwsRule):
    """More EFA interfaces than a file system takes are to reach it."""

    code = "CW-STO-108"
    why = (
        f"an EFA interface that carries Lustre is a connection to the file system, whose number has a limit ({CLIENTS})"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        most = fsx_efa().connections
        spec = context.spec
        found = sum(group.size.max * lustre_interfaces(spec, group).value for group in spec.groups)
        for system in file_systems(context):
            if system.choice.efa.value and found > most:
                what = (
                    f"with all groups full, {found:,} EFA interfaces reach `{system.spec.name}`, which takes {most:,}"
                )
                yield self.finding((*system.path, "efa"), what, "write fewer `nodes`, or leave `efa` out")


class LustreEfaWithoutClients(AwsRule):
    """A file system is made for EFA, and no group reaches it over EFA."""

    code = "CW-STO-109"
    severity = "warning"
    why = f"clients reach it over EFA if their group has EFA and their type is built on Nitro v4 or newer ({CLIENTS})"

    def check(self, context: Context) -> Iterator[Finding]:
        if any(lustre_interfaces(context.spec, group).value for group in context.spec.groups):
            return
        for system in file_systems(context):
            if system.choice.efa.value:
                what = f"all groups mount `{system.spec.name}` over TCP"
                hint = "leave `efa` out, or name a machine type such as p5.48xlarge"
                yield self.finding((*system.path, "efa"), what, hint)


class LustreWithoutOwnKey(AwsRule):
    """A scratch file system is not encrypted with the key that the spec names."""

    code = "CW-SEC-104"
    severity = "warning"
    why = (
        "scratch file systems are encrypted with a key of FSx's own "
        "(docs.aws.amazon.com/fsx/latest/LustreGuide/encryption-at-rest.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for system in file_systems(context):
            if context.spec.security.key.startswith("arn:") and not system.deployment.customer_key:
                what = f"{system.kind} `{system.spec.name}` does not take the key that `security` names"
                yield self.finding(system.path, what, "write `deployment: persistent_2`")


def _has_drive(system: FileSystem) -> bool:
    return any(tier.drive == system.spec.drive for tier in system.deployment.tiers)


def _nearest(given: int, rates: tuple[int, ...]) -> int | None:
    return min(rates, key=lambda rate: (abs(rate - given), rate), default=None)
