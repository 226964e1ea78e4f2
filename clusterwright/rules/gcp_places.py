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


class MachineNotListedInZone(LockRule):
    """A machine type is not offered in the cluster's zone, as far as Google's list knows."""

    code = "CW-CMP-211"
    severity = "warning"
    why = (
        "a zone has some machine types only, and Google adds some now and then; what a lock says goes before the list "
        f"here ({PAGE}, docs.cloud.google.com/compute/docs/gpus/gpu-regions-zones)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        zone, lock, seen = context.spec.zone, context.lock, set[str]()
        if zone is None or not listed(context):
            return
        for part in parts(context):
            offered = None if lock and part.name in lock.offerings else zones(part.name)
            if part.machine is None or part.name in seen or offered is None or zone in offered:
                continue
            seen.add(part.name)
            near = [other for other in offered if other.startswith(f"{context.spec.region}-")] or offered
            hint = f"write `zone: {near[0]}`; it is in {written(near)}" if near else "write another machine type"
            what = f"Google's list of {provenance().date} has no {part.name} in zone {zone}"
            yield self.finding(part.machine_path, what, hint)
