"""AWS: rules about the account's names of zones, as the lock knows them."""

from collections.abc import Iterator

from clusterwright.rules.aws import LockRule
from clusterwright.rules.base import WRITE_THE_LOCK, Context, written
from clusterwright.spec.findings import Finding


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
