"""AWS: rules about the lock itself."""

from collections.abc import Iterator

from clusterwright.rules.aws import AwsRule, LockRule, elsewhere, parts, written
from clusterwright.rules.base import WRITE_THE_LOCK, Context
from clusterwright.spec.findings import Finding


class LockOfAnotherPlace(AwsRule):
    """The lock was made for another provider or region than the spec's."""

    code = "CW-LCK-101"
    why = "images, quotas, reservations and offerings are those of one account in one region"

    def check(self, context: Context) -> Iterator[Finding]:
        if context.lock is None:
            return
        for key, here, there in elsewhere(context.spec, context.lock):
            yield self.finding(
                (key,), f"the lock was made for {key} `{there}`, the spec is for `{here}`", WRITE_THE_LOCK
            )


class ZoneNotInLock(LockRule):
    """The account has no zone of that name."""

    code = "CW-LCK-102"
    why = (
        "zones are named for each account: the lock says which zone each name means in this one "
        "(docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        zone, lock = context.spec.zone, context.lock
        if zone is None:
            return
        if lock is None:
            yield self.unknown(("zone",), f"which physical zone `{zone}` is in the account")
        elif zone not in lock.zones:
            what = f"the account has no zone `{zone}` in {lock.region}; it has {written(list(lock.zones)) or 'none'}"
            hint = f"write `zone: {next(iter(lock.zones))}`" if lock.zones else WRITE_THE_LOCK
            yield self.finding(("zone",), what, hint)


class MachineNotInLock(LockRule):
    """The spec has a machine type that the lock says nothing of."""

    code = "CW-LCK-103"
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
