"""GCP: rules about regions and zones, and what is offered there."""

import difflib
from collections.abc import Iterator

from clusterwright.catalog.gcp_zones import known_zones, provenance, zones
from clusterwright.rules.base import Context, written
from clusterwright.rules.gcp import LockRule, parts
from clusterwright.spec.findings import Finding

PAGE = "docs.cloud.google.com/compute/docs/regions-zones"


def listed(context: Context) -> bool:
    """Whether the cluster's zone is one that the lock or Google's list has."""
    return context.spec.zone in (*known_zones(), *(context.lock.zones if context.lock else ()))


class ZoneNotListed(LockRule):
    """There is no zone of that name, as far as is known."""

    code = "CW-PRV-201"
    severity = "warning"
    why = f"nodes stand in a zone, and Google adds one now and then, so the list here may be older ({PAGE})"

    def check(self, context: Context) -> Iterator[Finding]:
        zone = context.spec.zone
        if zone and not listed(context):
            near = difflib.get_close_matches(zone, known_zones(), n=1, cutoff=0)
            what = f"Google's list of zones has no {zone}"
            yield self.finding(("zone",), what, f"write `zone: {near[0]}`")


class MachineNotInZone(LockRule):
    """A machine type is not offered in the cluster's zone."""

    code = "CW-CMP-211"
    acceptable = True  # Google's list may be older than the offer; the lock is not
    why = f"a zone has some machine types only ({PAGE}, docs.cloud.google.com/compute/docs/gpus/gpu-regions-zones)"

    def check(self, context: Context) -> Iterator[Finding]:
        zone, lock, seen = context.spec.zone, context.lock, set[str]()
        if zone is None or not listed(context):
            return
        for part in parts(context):
            if part.machine is None or part.name in seen:
                continue
            seen.add(part.name)
            locked, general = lock.offerings.get(part.name) if lock else None, zones(part.name)
            offered = general if locked is None else locked
            if offered is None and lock is None:
                yield self.unknown(part.machine_path, f"whether zone {zone} has {part.name}")
            elif offered is not None and zone not in offered:
                by = (
                    f"the lock of {lock.made}"
                    if lock and locked is not None
                    else f"Google's list of {provenance().date}"
                )
                others = [other for other in dict.fromkeys((*offered, *(general or ()))) if other != zone]
                near = [other for other in others if other.startswith(f"{context.spec.region}-")] or others
                hint = f"write `zone: {near[0]}`; it is in {written(near)}" if near else "write another machine type"
                yield self.finding(part.machine_path, f"zone {zone} has no {part.name}, says {by}", hint)
