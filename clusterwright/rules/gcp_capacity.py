"""GCP: rules about how machines are bought."""

from collections.abc import Iterator

from clusterwright.decide.capacity import bought
from clusterwright.rules.base import Context, written
from clusterwright.rules.gcp import GcpRule, LockRule, groups, head
from clusterwright.rules.reservations import reserved
from clusterwright.spec.capacity import FlexStart
from clusterwright.spec.findings import Finding
from clusterwright.spec.units import Duration

SHORTEST, LONGEST = Duration(600), Duration(7 * 86400)
GOOD = {
    "on_demand": "{kind: on_demand}",
    "spot": "{kind: spot}",
    "reservation": "{kind: reservation, id: NAME}",
    "flex_start": "{kind: flex_start, duration: 24 h}",
}
"""Each kind of capacity that GCP has, as a spec writes it."""


class NotSoldThatWay(GcpRule):
    """A machine type can't be bought the way that its group, or the head, buys it."""

    code = "CW-CAP-201"
    why = (
        "each machine type is sold in some ways only "
        "(docs.cloud.google.com/ai-hypercomputer/docs/consumption-models, "
        "docs.cloud.google.com/compute/docs/accelerator-optimized-machines)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            sold = group.machine.capacity if group.machine else None
            kind = bought(group.spec)
            if sold and kind in GOOD and kind not in sold:
                path = (*group.path, "capacity", "kind") if group.spec.capacity else group.path
                what = f"{group.called} buys {group.name} as {kind}, and it is sold as {written(list(sold))} only"
                yield self.finding(path, what, f"write `capacity: {GOOD[sold[0]]}`")
        first = head(context)
        if first.machine and first.machine.capacity and "on_demand" not in first.machine.capacity:
            what = f"the head is bought on demand, and {first.name} is not sold that way"
            yield self.finding(first.machine_path, what, "write a machine type without GPUs: `machine: n2-standard-8`")


class FlexDurationOutOfRange(GcpRule):
    """Flex-start machines are asked for for too short or too long a time."""

    code = "CW-CAP-202"
    why = (
        f"flex-start machines run for {SHORTEST} to {LONGEST} "
        "(docs.cloud.google.com/compute/docs/instances/about-flex-start-vms)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            capacity = group.spec.capacity
            if isinstance(capacity, FlexStart) and not SHORTEST <= capacity.duration <= LONGEST:
                nearest = SHORTEST if capacity.duration < SHORTEST else LONGEST
                what = f"{group.called} asks for machines for {capacity.duration}"
                yield self.finding((*group.path, "capacity", "duration"), what, f"write `duration: {nearest}`")


class ReservationNotSpecific(LockRule):
    """A reservation is one that machines take from without naming it."""

    code = "CW-CAP-216"
    why = (
        "a machine can name a reservation only if that was made to be named (specificReservationRequired); others are "
        "taken from by whatever machine of the project fits (docs.cloud.google.com/compute/docs/instances/"
        "reservations-overview)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for group in reserved(context):
            if group.fact and group.fact.kind == "automatic":
                what = f"reservation `{group.id}` is for any machine of the project, and can't be named"
                hint = "make it anew with --require-specific-reservation, or write `capacity: {kind: on_demand}`"
                yield self.finding((*group.path, "id"), what, hint)
