"""GCP: rules about the lock itself."""

from collections.abc import Iterator

from clusterwright.rules.base import Context
from clusterwright.rules.gcp import GcpRule, LockRule, elsewhere, parts
from clusterwright.spec.findings import Finding

REFRESH = "write the lock anew: `clusterwright lock NAME`, with your own credentials"


class LockOfAnotherPlace(GcpRule):
    """The lock was made for another provider, project or region than the spec's."""

    code = "CW-LCK-201"
    why = "images, quotas, reservations and offerings are those of one project in one region"

    def check(self, context: Context) -> Iterator[Finding]:
        if context.lock is None:
            return
        for key, here, there in elsewhere(context.spec, context.lock):
            yield self.finding((key,), f"the lock was made for {key} `{there}`, the spec is for `{here}`", REFRESH)


class MachineNotInLock(LockRule):
    """The spec has a machine type that the lock says nothing of."""

    code = "CW-LCK-202"
    severity = "warning"
    why = "the lock was made before the spec asked for that machine type, so its zones and its price are unknown"

    def check(self, context: Context) -> Iterator[Finding]:
        lock = context.lock
        if lock is None:
            return
        reported: set[str] = set()
        for part in parts(context):
            known = part.name in lock.offerings or part.name in lock.prices
            if part.machine is not None and not known and part.name not in reported:
                reported.add(part.name)
                what = f"the lock of {lock.made} knows neither zones nor prices of `{part.name}`"
                yield self.finding(part.machine_path, what, REFRESH)
