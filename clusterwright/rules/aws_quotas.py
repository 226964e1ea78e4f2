"""AWS: rules about the account's quotas."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from clusterwright.decide.quotas import Kind, quota
from clusterwright.rules.aws import LockRule, Part, capacity_of, groups, head
from clusterwright.rules.base import Context
from clusterwright.spec.compute import GroupSpec, HeadSpec
from clusterwright.spec.findings import Finding, Path

CALLED = {
    "L-417A185B": "P types on demand",
    "L-DB2E81BA": "G and VT types on demand",
    "L-1216C47A": "standard types on demand",
    "L-7212CCBC": "P types as spot",
    "L-3819A6DF": "G and VT types as spot",
    "L-34B43A08": "standard types as spot",
}
"""What messages call the machines of each quota."""


class Use(NamedTuple):
    """vCPUs that a part takes at its greatest size, and the key of the quota that they count to."""

    path: Path
    key: str
    vcpus: int


def uses(context: Context) -> Iterator[Use]:
    """What the head and each group take of which quota; nothing of a machine type that is not known."""
    first = head(context)
    yield from _use(first, first.machine_path, "on_demand", 1)
    for group in groups(context):
        yield from _use(group, (*group.path, "nodes"), capacity_of(group.spec), group.spec.size.max)


def _use(part: Part[HeadSpec] | Part[GroupSpec], path: Path, kind: Kind, machines: int) -> Iterator[Use]:
    counts_to = quota("aws", part.name, kind)
    if part.machine and counts_to:
        yield Use(path, counts_to.key, machines * part.machine.vcpus)


class QuotaTooSmall(LockRule):
    """The cluster at its greatest size takes more vCPUs than the account may run."""

    code = "CW-CAP-121"
    severity = "warning"
    why = (
        "EC2 starts no machine beyond the account's quota of vCPUs, and a raised one takes days "
        "(docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-resource-limits.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        taken: dict[str, int] = defaultdict(int)
        for path, key, vcpus in uses(context):
            before, after = taken[key], taken[key] + vcpus
            taken[key] = after
            limit = context.lock.quotas.get(key) if context.lock else None
            if context.lock and limit and before <= limit.limit < after:
                most = f"{limit.limit:,.0f}"
                what = f"the cluster takes up to {after:,} vCPUs of {CALLED[key]}; the quota is {most}"
                hint = (
                    "ask for more: `aws service-quotas request-service-quota-increase --service-code ec2 "
                    f"--quota-code {key} --desired-value {after} --region {context.lock.region}`"
                )
                yield self.finding(path, what, hint)
        if context.lock is None and taken:
            yield self.unknown(("groups",), f"whether the quotas cover {sum(taken.values()):,} vCPUs")
