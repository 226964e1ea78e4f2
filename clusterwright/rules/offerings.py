"""Rules about what an account is offered, as the lock knows it."""

from collections.abc import Iterator

from clusterwright.rules.base import Context, written
from clusterwright.rules.lock import LockRule
from clusterwright.rules.parts import parts
from clusterwright.spec.findings import Finding


class NotOfferedInZone(LockRule):
    """A machine type is not offered in the cluster's zone."""

    code = "CW-CMP-015"
    why = (
        "machines start in the cluster's zone or not at all (docs.aws.amazon.com/AWSEC2/latest/UserGuide/"
        "instance-discovery.html, docs.cloud.google.com/compute/docs/regions-zones)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        zone, lock = context.spec.zone, context.lock
        if zone is None:
            return
        if lock is None:
            asked = sorted({part.name for part in parts(context) if part.machine})
            if asked:
                yield self.unknown(("zone",), f"whether zone `{zone}` offers {written(asked)}")
            return
        for part in parts(context):
            zones = lock.offerings.get(part.name)
            if zones is not None and zone not in zones:
                where = f"it is in {written(zones)}" if zones else f"no zone of {lock.region} has it"
                what = f"zone {zone} has no {part.name}, which {part.called} asks for; {where}"
                hint = f"write `zone: {zones[0]}`, or another machine type" if zones else "write another machine type"
                yield self.finding(part.machine_path, what, hint)
