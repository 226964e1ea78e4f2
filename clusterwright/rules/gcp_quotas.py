"""GCP: rules about the project's quotas."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from clusterwright.decide.quotas import Quota, quota
from clusterwright.rules.base import Context
from clusterwright.rules.gcp import LockRule, groups, head
from clusterwright.spec.findings import Finding, Path


class Use(NamedTuple):
    """What a part takes of a quota when it is as large as it may become."""

    path: Path
    quota: Quota
    amount: int


def uses(context: Context) -> Iterator[Use]:
    """What the head and each group take of which quota; nothing for a machine type that is not known."""
    first = head(context)
    counted = quota("gcp", first.name, "on_demand")
    if first.machine and counted:
        yield Use(
            first.machine_path, counted, first.machine.vcpus if counted.unit == "vCPUs" else first.machine.gpu_count
        )
    for group in groups(context):
        counted = quota("gcp", group.name, group.spec.capacity.kind if group.spec.capacity else "on_demand")
        if group.machine and counted:
            each = group.machine.vcpus if counted.unit == "vCPUs" else group.machine.gpu_count
            yield Use((*group.path, "nodes"), counted, group.spec.size.max * each)


class QuotaTooSmall(LockRule):
    """The cluster at its greatest size takes more than the project's quota in the region."""

    code = "CW-CAP-221"
    severity = "warning"
    why = (
        "Compute Engine starts no machine beyond the project's quotas, and raising one takes days "
        "(docs.cloud.google.com/compute/resource-usage)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        taken: dict[Quota, int] = defaultdict(int)
        lock = context.lock
        for use in uses(context):
            before, after = taken[use.quota], taken[use.quota] + use.amount
            taken[use.quota] = after
            known = lock.quotas.get(use.quota.key) if lock else None
            if lock and known and before <= known.limit < after:
                what = f"the cluster takes up to {after:,} {use.quota.unit}; {use.quota.key} is {known.limit:,.0f}"
                hint = f"ask for {after:,} of {use.quota.key} in {lock.region}, or write fewer `nodes`"
                yield self.finding(use.path, what, hint)
        if lock is None and taken:
            listed = ", ".join(f"{amount:,} of {counted.key}" for counted, amount in taken.items())
            yield self.unknown(("groups",), f"whether the project's quotas cover {listed}")
