"""GCP: rules about file systems, and about what buckets are cached on."""

from collections.abc import Iterator

from clusterwright.catalog.storage import filestore_tiers, managed_lustre
from clusterwright.decide.gcp.storage import lustre, nfs
from clusterwright.rules.base import Context, written
from clusterwright.rules.gcp import GcpRule, groups, sizes_hint
from clusterwright.spec.findings import Finding
from clusterwright.spec.storage import BucketSpec, LustreSpec, NfsSpec
from clusterwright.spec.units import GIB, Size

FILESTORE = "docs.cloud.google.com/filestore/docs/creating-instances"
LUSTRE = "docs.cloud.google.com/managed-lustre/docs/performance-tiers"


class FilestoreSize(GcpRule):
    """A Filestore instance has a size that its tier does not have."""

    code = "CW-STO-201"
    acceptable = True
    why = (
        "each tier has a range of sizes, and steps between them; projects with Google's small capacity feature have "
        f"regional ones from 100 GiB as well ({FILESTORE})"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for index, storage in enumerate(context.spec.storage):
            if not isinstance(storage, NfsSpec) or storage.size is None:
                continue
            tier = nfs(context.spec, storage).tier.value
            sizes = filestore_tiers()[tier].sizes
            if not sizes.allows(storage.size):
                what = f"there is no Filestore of tier {tier} with {storage.size}"
                yield self.finding(("storage", index, "size"), what, sizes_hint(sizes, storage.size))


class BasicTierWithNfs4(GcpRule):
    """NFS 4.1 is asked of a tier that has NFS 3 alone."""

    code = "CW-STO-202"
    why = f"the basic tiers speak NFS 3 alone ({FILESTORE})"

    def check(self, context: Context) -> Iterator[Finding]:
        for index, storage in enumerate(context.spec.storage):
            if not isinstance(storage, NfsSpec) or storage.version is None:
                continue
            tier = nfs(context.spec, storage).tier.value
            versions = filestore_tiers()[tier].nfs_versions
            if storage.version not in versions:
                what = f"Filestore of tier {tier} has no NFS {storage.version}"
                hint = f'write `version: "{versions[0]}"`, or `tier: zonal`'
                yield self.finding(("storage", index, "version"), what, hint)


class LustreSize(GcpRule):
    """A Managed Lustre instance has a size that its throughput does not come in."""

    code = "CW-STO-203"
    why = f"Managed Lustre comes in steps, smaller ones the more each TiB moves ({LUSTRE})"

    def check(self, context: Context) -> Iterator[Finding]:
        for index, storage in enumerate(context.spec.storage):
            if not isinstance(storage, LustreSpec):
                continue
            rate = lustre(storage).throughput.value
            sizes = managed_lustre().throughputs.get(rate)
            if sizes and not sizes.allows(storage.size):
                what = f"there is no Managed Lustre with {storage.size} at {rate} MB/s/TiB"
                yield self.finding(("storage", index, "size"), what, sizes_hint(sizes, storage.size))


class LustreThroughput(GcpRule):
    """A Managed Lustre instance has a throughput that there is not."""

    code = "CW-STO-204"
    why = f"Managed Lustre has a few performance tiers ({LUSTRE})"

    def check(self, context: Context) -> Iterator[Finding]:
        for index, storage in enumerate(context.spec.storage):
            if not isinstance(storage, LustreSpec) or storage.throughput is None:
                continue
            rate, rates = storage.throughput, sorted(managed_lustre().throughputs)
            if rate not in rates:
                nearest = min(rates, key=lambda other: abs(other - rate))
                hint = f"write `throughput: {nearest} MB/s/TiB`; there are {written(list(map(str, rates)))}"
                yield self.finding(("storage", index, "throughput"), f"Managed Lustre has no {rate}", hint)


class LustreThroughputOpen(GcpRule):
    """The throughput of a Managed Lustre instance is left open, and follows from its size."""

    code = "CW-STO-209"
    severity = "warning"
    why = (
        "a throughput is for good, and a larger size comes in a lower one: the file system would be made anew, empty, "
        f"where it should only grow ({LUSTRE})"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for index, storage in enumerate(context.spec.storage):
            if not isinstance(storage, LustreSpec) or storage.throughput is not None:
                continue
            rate = lustre(storage).throughput.value
            if managed_lustre().throughputs[rate].allows(storage.size):
                what = f"the throughput of `{storage.name}` is left open"
                yield self.finding(("storage", index), what, f"write `throughput: {rate} MB/s/TiB`, which it has now")


class CacheWithoutDisks(GcpRule):
    """A bucket is to be cached on local disks that a group's nodes do not have, or not so large ones."""

    code = "CW-STO-205"
    why = (
        "what was read is kept on a node's local SSDs, in memory there would be no room for a job "
        "(docs.cloud.google.com/storage/docs/cloud-storage-fuse/caching)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        fast = [
            (Size(disks.count * disks.size_gb * GIB), group.called)
            for group in groups(context)
            if (disks := group.machine.local_disks if group.machine else None)
        ]
        for index, storage in enumerate(context.spec.storage):
            if not isinstance(storage, BucketSpec) or storage.cache is None:
                continue
            path = ("storage", index, "cache")
            known = [group.name for group in groups(context) if group.machine]
            if not fast and known:
                what = f"the cache of `{storage.name}` has no local disks to lie on: {written(known)} has none"
                yield self.finding(path, what, "remove `cache`, or use a machine type with local SSD: a3-megagpu-8g")
            room, called = min(fast, default=(storage.cache, ""))
            if storage.cache > room:
                what = f"the cache of `{storage.name}` has {storage.cache}, nodes of {called} have {room}"
                yield self.finding(path, what, f"write `cache: {room}` or less")
