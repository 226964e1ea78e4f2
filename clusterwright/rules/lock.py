"""Rules about the lock itself: whether it is of the spec's place, and knows its machine types."""

from collections.abc import Iterator

from clusterwright.rules.base import CLOUDS, WRITE_THE_LOCK, Context, Rule
from clusterwright.rules.parts import parts
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.findings import Finding
from clusterwright.spec.lock import Lock

NOT_THERE = f"name one that the account has, or, if it is new, {WRITE_THE_LOCK}"
"""What to do about a name that the lock does not know."""


def elsewhere(spec: ClusterSpec, lock: Lock) -> Iterator[tuple[str, str, str]]:
    """Each key in which the lock is of another place than the spec: the key, the spec's value, the lock's."""
    project = lock.account if lock.provider == "gcp" else None
    for key, here, there in (
        ("provider", spec.provider, lock.provider),
        ("project", spec.project, project),
        ("region", spec.region, lock.region),
    ):
        if None not in (here, there) and here != there:
            yield key, str(here), str(there)


class LockRule(Rule):
    """A bad state that the lock shows. A lock of another place says nothing of this spec: LockOfAnotherPlace does."""

    providers = CLOUDS

    def applies(self, context: Context) -> bool:
        return super().applies(context) and not (context.lock and list(elsewhere(context.spec, context.lock)))


class LockOfAnotherPlace(Rule):
    """The lock was made for another provider, project or region than the spec's."""

    code = "CW-LCK-001"
    providers = CLOUDS
    why = "images, quotas, reservations and offerings are those of one account or project in one region"

    def check(self, context: Context) -> Iterator[Finding]:
        if context.lock is None:
            return
        for key, here, there in elsewhere(context.spec, context.lock):
            what = f"the lock was made for {key} `{there}`, the spec is for `{here}`"
            yield self.finding((key,), what, WRITE_THE_LOCK)


class MachineNotInLock(LockRule):
    """The spec has a machine type that the lock says nothing of."""

    code = "CW-LCK-002"
    severity = "warning"
    why = "the lock was made before the spec asked for that machine type, so its zones and its price are unknown"

    def check(self, context: Context) -> Iterator[Finding]:
        lock = context.lock
        if lock is None:
            return
        reported: set[str] = set()
        for part in parts(context):
            known = part.name in lock.offerings or part.name in lock.prices
            if part.machine and not known and part.name not in reported:
                reported.add(part.name)
                what = f"the lock of {lock.made} knows neither zones nor prices of `{part.name}`"
                yield self.finding(part.machine_path, what, WRITE_THE_LOCK)
