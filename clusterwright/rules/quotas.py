"""Rules about the account's quotas."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from clusterwright.decide.capacity import Kind, bought
from clusterwright.decide.quotas import Quota, quota
from clusterwright.rules.base import Context, written
from clusterwright.rules.images import AnyPart
from clusterwright.rules.lock import LockRule
from clusterwright.rules.parts import groups, head
from clusterwright.spec.findings import Finding, Path

CALLED = {
    "L-417A185B": "P types on demand",
    "L-DB2E81BA": "G and VT types on demand",
    "L-1216C47A": "standard types on demand",
    "L-7212CCBC": "P types as spot",
    "L-3819A6DF": "G and VT types as spot",
    "L-34B43A08": "standard types as spot",
}
"""What messages call the machines of each of EC2's quotas; those of Compute Engine have names that say it."""


class Use(NamedTuple):
    """What a part takes of a quota when it is as large as it may become."""

    path: Path
    quota: Quota
    amount: int


def uses(context: Context) -> Iterator[Use]:
    """What the head and each group take of which quota; nothing of a machine type that is not known."""
    first = head(context)
    yield from _use(context, first, first.machine_path, "on_demand", 1)
    for group in groups(context):
        yield from _use(context, group, (*group.path, "nodes"), bought(group.spec), group.spec.size.max)


def _use(context: Context, part: AnyPart, path: Path, kind: Kind, machines: int) -> Iterator[Use]:
    counted = quota(context.spec.provider, part.name, kind)
    if part.machine and counted:
        each = part.machine.vcpus if counted.unit == "vCPUs" else part.machine.gpu_count
        yield Use(path, counted, machines * (each or 0))


class QuotaTooSmall(LockRule):
    """The cluster at its greatest size takes more than the account's quota in the region."""

    code = "CW-CAP-021"
    severity = "warning"
    why = (
        "no machine starts beyond the account's quotas, and raising one takes days (docs.aws.amazon.com/AWSEC2/latest/"
        "UserGuide/ec2-resource-limits.html, docs.cloud.google.com/compute/resource-usage)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        taken: dict[Quota, int] = defaultdict(int)
        lock = context.lock
        for use in uses(context):
            key, unit = use.quota
            before, after = taken[use.quota], taken[use.quota] + use.amount
            taken[use.quota] = after
            known = lock.quotas.get(key) if lock else None
            if lock and known and before <= known.limit < after:
                of = f"{unit} of {CALLED[key]}; the quota" if key in CALLED else f"{unit}; {key}"
                what = f"the cluster takes up to {after:,} {of} is {known.limit:,.0f}"
                yield self.finding(use.path, what, self._hint(context, key, after))
        if lock is None and taken:
            listed = [f"{amount:,} {unit} of {CALLED.get(key, key)}" for (key, unit), amount in taken.items()]
            yield self.unknown(("groups",), f"whether the account's quotas cover {written(listed)}")

    def _hint(self, context: Context, key: str, wanted: int) -> str:
        if context.spec.provider == "gcp":
            return f"ask for {wanted:,} of {key} in {context.spec.region}, or write fewer `nodes`"
        command = "aws service-quotas request-service-quota-increase --service-code ec2"
        place = f"--quota-code {key} --desired-value {wanted} --region {context.spec.region}"
        return f"ask for more: `{command} {place}`, or write fewer `nodes`"
