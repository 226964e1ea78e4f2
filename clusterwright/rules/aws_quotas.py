"""AWS: rules about the account's quotas."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from clusterwright.rules.aws import LockRule, capacity_of, groups, head
from clusterwright.rules.base import Context
from clusterwright.spec.findings import Finding, Path

FAMILIES = {"p": "P", "g": "G and VT", "gr": "G and VT", "vt": "G and VT"} | dict.fromkeys("acdhimrtz", "standard")
"""The quota's name for the letters that a machine type begins with; other letters have quotas of their own.

Source: docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html, "On-Demand Instance quotas".
"""
CODES = {
    ("P", "on-demand"): "L-417A185B",
    ("G and VT", "on-demand"): "L-DB2E81BA",
    ("standard", "on-demand"): "L-1216C47A",
    ("P", "spot"): "L-7212CCBC",
    ("G and VT", "spot"): "L-3819A6DF",
    ("standard", "spot"): "L-34B43A08",
}
"""The code of each quota in the service `ec2` of Service Quotas; all six count vCPUs."""

BOUGHT = {"on_demand": "on-demand", "reservation": "on-demand", "spot": "spot"}
"""Which quota each kind of capacity counts to; a block's machines are in a usage class of their own."""


class Use(NamedTuple):
    """vCPUs that a part takes at its greatest size, and from which quota."""

    path: Path
    quota: tuple[str, str]
    vcpus: int


def uses(context: Context) -> Iterator[Use]:
    """What the head and each group take of which quota; nothing of a machine type that is not known."""
    first = head(context)
    counted = [(first, first.machine_path, "on_demand", 1)]
    counted += [
        (group, (*group.path, "nodes"), capacity_of(group.spec), group.spec.size.max) for group in groups(context)
    ]
    for part, path, kind, nodes in counted:
        letters = re.match(r"[a-z]+", part.name)
        family = FAMILIES.get(letters[0]) if letters else None
        if part.machine and family and kind in BOUGHT:
            yield Use(path, (family, BOUGHT[kind]), nodes * part.machine.vcpus)


class QuotaTooSmall(LockRule):
    """The cluster at its greatest size takes more vCPUs than the account may run."""

    code = "CW-CAP-121"
    severity = "warning"
    acceptable = True
    why = (
        "EC2 starts no machine beyond the account's quota of vCPUs, and a raised one takes days "
        "(docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-resource-limits.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        taken: dict[tuple[str, str], int] = defaultdict(int)
        for use in uses(context):
            before, after = taken[use.quota], taken[use.quota] + use.vcpus
            taken[use.quota] = after
            limit = context.lock.quotas.get(CODES[use.quota]) if context.lock else None
            if context.lock and limit and before <= limit.limit < after:
                family, bought = use.quota
                code, most = CODES[use.quota], f"{limit.limit:,.0f}"
                what = f"the cluster takes up to {after:,} vCPUs of {family} types {bought}; the quota is {most}"
                hint = (
                    "ask for more: `aws service-quotas request-service-quota-increase --service-code ec2 "
                    f"--quota-code {code} --desired-value {after} --region {context.lock.region}`"
                )
                yield self.finding(use.path, what, hint)
        if context.lock is None and taken:
            yield self.unknown(("groups",), f"whether the quotas cover {sum(taken.values()):,} vCPUs")
