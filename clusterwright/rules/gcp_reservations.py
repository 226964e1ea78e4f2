"""GCP: rules that hold a group's reservation against what the lock says of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from clusterwright.rules.base import Context
from clusterwright.rules.gcp import LockRule, Part, groups
from clusterwright.rules.gcp_lock import REFRESH
from clusterwright.spec.capacity import Reservation
from clusterwright.spec.compute import GroupSpec
from clusterwright.spec.findings import Finding, Path
from clusterwright.spec.lock import LockedReservation

PAGE = "docs.cloud.google.com/compute/docs/instances/reservations-consume"

_NAME = r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
RESERVATION = re.compile(
    rf"(projects/[^/]+/reservations/)?{_NAME}(/reservationBlocks/{_NAME}(/reservationSubBlocks/{_NAME})?)?"
)
"""A reservation, or a block or sub-block of one, as a machine names it.

Source: docs.cloud.google.com/ai-hypercomputer/docs/create/create-mig-with-a4x.
"""

GONE = frozenset({"DELETING", "INVALID", "CANCELLED", "CANCELLING", "DECLINED", "FAILED"})
"""States of a reservation, or of a future one, in which no machine can be had from it any more.

Source: the status fields of the Compute Engine API's resources reservations and futureReservations.
"""


@dataclass(frozen=True)
class Reserved:
    """A group that takes its machines from a reservation; `fact` is what the lock says of it, if it does."""

    part: Part[GroupSpec]
    id: str
    fact: LockedReservation | None

    @property
    def path(self) -> Path:
        return (*self.part.path, "capacity", "id")


def reserved(context: Context) -> Iterator[Reserved]:
    """Each group with a reservation whose name is well formed."""
    for part in groups(context):
        capacity = part.spec.capacity
        if isinstance(capacity, Reservation) and RESERVATION.fullmatch(capacity.id):
            yield Reserved(part, capacity.id, context.lock.reservations.get(capacity.id) if context.lock else None)


class UnknownReservation(LockRule):
    """A group names a reservation that its project does not have."""

    code = "CW-CAP-211"
    why = f"machines that name a reservation start from it alone, and never without it ({PAGE})"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in reserved(context):
            if context.lock is None:
                yield self.unknown(group.path, f"whether there is a reservation `{group.id}`, and whether it fits")
            elif group.fact is None:
                known = ", ".join(context.lock.reservations) or "none"
                where = f" in {context.spec.zone}" if context.spec.zone else ""
                what = f"the lock of {context.lock.made} has no reservation `{group.id}`{where}; it has: {known}"
                yield self.finding(group.path, what, f"name one that there is, or {REFRESH}")


class ReservationOfAnotherMachine(LockRule):
    """A reservation is of another machine type than its group."""

    code = "CW-CAP-212"
    why = f"a machine takes from a reservation only if its type and its GPUs are the reserved ones ({PAGE})"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in reserved(context):
            if group.fact and group.fact.machine != group.part.name:
                what = f"reservation `{group.id}` is of {group.fact.machine}, {group.part.called} has {group.part.name}"
                hint = f"write `machine: {group.fact.machine}`, or name a reservation of {group.part.name}"
                yield self.finding(group.part.machine_path, what, hint)


class ReservationInAnotherZone(LockRule):
    """A reservation is in another zone than the cluster."""

    code = "CW-CAP-213"
    why = f"a reservation holds machines in one zone, and nodes of another can't take from it ({PAGE})"

    def check(self, context: Context) -> Iterator[Finding]:
        zone = context.spec.zone
        for group in reserved(context):
            if group.fact and zone and group.fact.zone != zone:
                what = f"reservation `{group.id}` is in zone {group.fact.zone}, the cluster in {zone}"
                yield self.finding(
                    group.path, what, f"write `zone: {group.fact.zone}`, or name a reservation in {zone}"
                )


class ReservationTooSmall(LockRule):
    """Groups want more machines than their reservation has."""

    code = "CW-CAP-214"
    why = f"nodes beyond the reserved number never start: a group takes from its reservation alone ({PAGE})"

    def check(self, context: Context) -> Iterator[Finding]:
        wanted: dict[str, int] = {}
        for group in reserved(context):
            before = wanted.get(group.id, 0)
            wanted[group.id] = total = before + group.part.spec.size.max
            if group.fact and before <= group.fact.total < total:
                left, has = group.fact.total - before, group.fact.total
                what = (
                    f"with {group.part.called}, {total} machines of reservation `{group.id}` are wanted; it has {has}"
                )
                hint = f"write `nodes: {left}`, or reserve more" if left else "reserve more, or buy these otherwise"
                yield self.finding((*group.part.path, "nodes"), what, hint)


class ReservationGone(LockRule):
    """A reservation has ended, was cancelled or is being deleted."""

    code = "CW-CAP-215"
    why = f"no machine can be had from a reservation that has ended ({PAGE})"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in reserved(context):
            if group.fact is None or context.lock is None:
                continue
            if group.fact.end and f"{group.fact.end:%Y-%m-%d}" < context.lock.made:
                what = f"reservation `{group.id}` ended at {group.fact.end}, before the lock of {context.lock.made}"
            elif group.fact.state in GONE:
                what = f"reservation `{group.id}` was {group.fact.state} on {context.lock.made}"
            else:
                continue
            yield self.finding(group.path, what, "name another reservation, or buy otherwise: `capacity: {kind: spot}`")


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
                yield self.finding(group.path, what, hint)
