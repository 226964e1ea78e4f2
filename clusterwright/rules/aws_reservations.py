"""AWS: rules about capacity reservations and capacity blocks, as the lock knows them."""

from collections.abc import Iterator
from dataclasses import dataclass

from clusterwright.rules.aws import NOT_THERE, LockRule, Part, groups, well_formed
from clusterwright.rules.base import Context
from clusterwright.spec.capacity import CapacityBlock, Reservation
from clusterwright.spec.compute import GroupSpec
from clusterwright.spec.findings import Finding, Path
from clusterwright.spec.lock import LockedReservation

PAGE = "docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-reservations-using.html"
STATES = "docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CapacityReservation.html"

GONE = frozenset({"expired", "cancelled", "cancelling", "failed", "payment-failed", "unsupported"})
"""States in which no machine can be had from a reservation any more (source: STATES)."""

KINDS = {"default": "reservation", "capacity-block": "capacity_block"}
"""What a spec calls each of EC2's types of reservation."""


@dataclass(frozen=True)
class Reserved:
    """A group that takes its machines from a reservation or block; `fact` is what the lock says of it, if it does."""

    part: Part[GroupSpec]
    capacity: Reservation | CapacityBlock
    fact: LockedReservation | None

    @property
    def id(self) -> str:
        return self.capacity.id

    @property
    def path(self) -> Path:
        return (*self.part.path, "capacity")


def reserved(context: Context) -> Iterator[Reserved]:
    """Each group with a reservation or a capacity block whose id is well formed."""
    for part in groups(context):
        capacity = part.spec.capacity
        if isinstance(capacity, Reservation | CapacityBlock) and well_formed(type(capacity), "id", capacity.id):
            yield Reserved(part, capacity, context.lock.reservations.get(capacity.id) if context.lock else None)


class UnknownReservation(LockRule):
    """A group names a reservation that its account does not have."""

    code = "CW-CAP-111"
    why = f"machines that name a reservation start from it alone, and never without it ({PAGE})"

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

    code = "CW-CAP-112"
    why = f"a machine takes from a reservation only if its type is the reserved one ({PAGE})"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in reserved(context):
            if group.fact and group.fact.machine != group.part.name:
                what = f"reservation `{group.id}` is of {group.fact.machine}, {group.part.called} has {group.part.name}"
                hint = f"write `machine: {group.fact.machine}`, or name a reservation of {group.part.name}"
                yield self.finding(group.part.machine_path, what, hint)


class ReservationInAnotherZone(LockRule):
    """A reservation is in another zone than the cluster."""

    code = "CW-CAP-113"
    why = f"a reservation holds machines in one zone, and nodes of another can't take from it ({PAGE})"

    def check(self, context: Context) -> Iterator[Finding]:
        zone = context.spec.zone
        for group in reserved(context):
            if group.fact and zone and group.fact.zone != zone:
                what = f"reservation `{group.id}` is in zone {group.fact.zone}, the cluster in {zone}"
                hint = f"write `zone: {group.fact.zone}`, or name a reservation in {zone}"
                yield self.finding((*group.path, "id"), what, hint)


class ReservationTooSmall(LockRule):
    """Groups want more machines than their reservation has."""

    code = "CW-CAP-114"
    why = f"nodes beyond the reserved number never start: a group takes from its reservation alone ({PAGE})"

    def check(self, context: Context) -> Iterator[Finding]:
        wanted: dict[str, int] = {}
        for group in reserved(context):
            before = wanted.get(group.id, 0)
            wanted[group.id] = total = before + group.part.spec.size.max
            if group.fact and before <= group.fact.total < total:
                left = group.fact.total - before
                name = f"with {group.part.called} the cluster" if before else group.part.called
                what = f"{name} wants {total} machines of reservation `{group.id}`, which has {group.fact.total}"
                yield self.finding((*group.part.path, "nodes"), what, f"write `nodes: {left}`, or reserve more")


class ReservationGone(LockRule):
    """A reservation has ended, was cancelled or failed."""

    code = "CW-CAP-115"
    why = f"no machine can be had from a reservation in such a state ({STATES})"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in reserved(context):
            if group.fact is None or context.lock is None:
                continue
            if group.fact.state in GONE:
                what = f"reservation `{group.id}` is {group.fact.state} in the lock of {context.lock.made}"
            elif group.fact.end and f"{group.fact.end:%Y-%m-%d}" < context.lock.made:
                what = f"reservation `{group.id}` ended at {group.fact.end}, before the lock of {context.lock.made}"
            else:
                continue
            hint = "name another reservation, or buy otherwise: `capacity: {kind: on_demand}`"
            yield self.finding((*group.path, "id"), what, hint)


class ReservationOfAnotherKind(LockRule):
    """A capacity block is used as a reservation, or a reservation as a block."""

    code = "CW-CAP-116"
    why = f"machines of a block are started as such, and end with it; those of a reservation are not ({PAGE})"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in reserved(context):
            kind = KINDS.get(group.fact.kind or "") if group.fact else None
            if kind is None or kind == group.capacity.kind:
                continue
            what = f"`{group.id}` is a {kind} in the account, {group.part.called} uses it as a {group.capacity.kind}"
            hint = f"write `kind: {kind}`" + ("" if kind == "reservation" else ", with the block's `start` and `end`")
            yield self.finding((*group.path, "kind"), what, hint)


class BlockAtOtherTimes(LockRule):
    """A capacity block has other times in the account than in the spec."""

    code = "CW-CAP-117"
    why = f"nodes are started and drained by the times of the spec, and EC2 ends them by the block's own ({STATES})"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in reserved(context):
            if not isinstance(group.capacity, CapacityBlock) or group.fact is None:
                continue
            for key, here, there in (
                ("start", group.capacity.start, group.fact.start),
                ("end", group.capacity.end, group.fact.end),
            ):
                if there is not None and abs(here - there).total_seconds() >= 60:  # EC2 knows seconds, specs minutes
                    what = f"block `{group.id}` has its {key} at {there} in the account, and at {here} in the spec"
                    yield self.finding((*group.path, key), what, f"write `{key}: {there:%Y-%m-%dT%H:%MZ}`")
