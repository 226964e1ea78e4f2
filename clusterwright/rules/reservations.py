"""Rules that hold a group's reservation or capacity block against what the lock says of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from clusterwright.catalog.machines import Machine
from clusterwright.rules.base import Context
from clusterwright.rules.lock import NOT_THERE, LockRule
from clusterwright.rules.parts import Part, groups
from clusterwright.rules.provider import well_formed
from clusterwright.spec.capacity import CapacityBlock, Reservation
from clusterwright.spec.compute import GroupSpec
from clusterwright.spec.findings import Finding, Path
from clusterwright.spec.lock import LockedReservation

PAGES = "EC2 user guide, Capacity Reservations; Compute Engine, Consume a reservation"
GONE = frozenset({"expired", "cancelled", "cancelling", "failed", "payment-failed", "unsupported"}) | frozenset(
    {"deleting", "invalid", "declined"}
)
"""States in which no machine can be had from a reservation any more: EC2's, then what Compute Engine has besides.

Sources: docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CapacityReservation.html, and the status fields of the
resources reservations and futureReservations of the Compute Engine API.
"""


@dataclass(frozen=True)
class Reserved:
    """A group that takes its machines from a reservation or block; `fact` is what the lock says of it, if it does."""

    part: Part[GroupSpec, Machine]
    capacity: Reservation | CapacityBlock
    fact: LockedReservation | None

    @property
    def id(self) -> str:
        return self.capacity.id

    @property
    def path(self) -> Path:
        return (*self.part.path, "capacity")


def reserved(context: Context) -> Iterator[Reserved]:
    """Each group with a reservation or a capacity block whose id is written as its cloud writes them."""
    for part in groups(context):
        capacity = part.spec.capacity
        if isinstance(capacity, Reservation | CapacityBlock) and well_formed(
            context.spec.provider, type(capacity), "id", capacity.id
        ):
            yield Reserved(part, capacity, context.lock.reservations.get(capacity.id) if context.lock else None)


class UnknownReservation(LockRule):
    """A group names a reservation that its account does not have."""

    code = "CW-CAP-011"
    why = f"machines that name a reservation start from it alone, and never without it ({PAGES})"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in reserved(context):
            if context.lock is None:
                what = f"whether the account has reservation `{group.id}`, and whether it fits {group.part.called}"
                yield self.unknown((*group.path, "id"), what)
            elif group.fact is None:
                known = ", ".join(context.lock.reservations) or "none"
                what = f"the lock of {context.lock.made} has no reservation `{group.id}`; it has: {known}"
                yield self.finding((*group.path, "id"), what, NOT_THERE)


class ReservationOfAnotherMachine(LockRule):
    """A reservation is of another machine type than its group."""

    code = "CW-CAP-012"
    why = f"a machine takes from a reservation only if its type is the reserved one ({PAGES})"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in reserved(context):
            if group.fact and group.fact.machine != group.part.name:
                what = f"reservation `{group.id}` is of {group.fact.machine}, {group.part.called} has {group.part.name}"
                hint = f"write `machine: {group.fact.machine}`, or name a reservation of {group.part.name}"
                yield self.finding(group.part.machine_path, what, hint)


class ReservationInAnotherZone(LockRule):
    """A reservation is in another zone than the cluster."""

    code = "CW-CAP-013"
    why = f"a reservation holds machines in one zone, and nodes of another can't take from it ({PAGES})"

    def check(self, context: Context) -> Iterator[Finding]:
        zone = context.spec.zone
        for group in reserved(context):
            if group.fact and zone and group.fact.zone != zone:
                what = f"reservation `{group.id}` is in zone {group.fact.zone}, the cluster in {zone}"
                hint = f"write `zone: {group.fact.zone}`, or name a reservation in {zone}"
                yield self.finding((*group.path, "id"), what, hint)


class ReservationTooSmall(LockRule):
    """Groups want more machines than their reservation has."""

    code = "CW-CAP-014"
    why = f"nodes beyond the reserved number never start: a group takes from its reservation alone ({PAGES})"

    def check(self, context: Context) -> Iterator[Finding]:
        wanted: dict[str, int] = {}
        for group in reserved(context):
            before = wanted.get(group.id, 0)
            wanted[group.id] = total = before + group.part.spec.size.max
            if group.fact and before <= group.fact.total < total:
                left = group.fact.total - before
                name = f"with {group.part.called} the cluster" if before else group.part.called
                what = f"{name} wants {total} machines of reservation `{group.id}`, which has {group.fact.total}"
                hint = f"write `nodes: {left}`, or reserve more" if left else "reserve more, or buy these otherwise"
                yield self.finding((*group.part.path, "nodes"), what, hint)


class ReservationGone(LockRule):
    """A reservation has ended, was cancelled or failed."""

    code = "CW-CAP-015"
    why = f"no machine can be had from a reservation in such a state ({PAGES})"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in reserved(context):
            if group.fact is None or context.lock is None:
                continue
            if group.fact.state.lower() in GONE:
                what = f"reservation `{group.id}` is {group.fact.state} in the lock of {context.lock.made}"
            elif group.fact.end and f"{group.fact.end:%Y-%m-%d}" < context.lock.made:
                what = f"reservation `{group.id}` ended at {group.fact.end}, before the lock of {context.lock.made}"
            else:
                continue
            yield self.finding((*group.path, "id"), what, "name another reservation, or buy them otherwise")
