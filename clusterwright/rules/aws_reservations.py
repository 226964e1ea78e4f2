"""AWS: rules about capacity blocks, as the lock knows them."""

from collections.abc import Iterator

from clusterwright.rules.aws import LockRule
from clusterwright.rules.base import Context
from clusterwright.rules.reservations import reserved
from clusterwright.spec.capacity import CapacityBlock
from clusterwright.spec.findings import Finding

PAGE = "docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-reservations-using.html"
STATES = "docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CapacityReservation.html"

KINDS = {"default": "reservation", "capacity-block": "capacity_block"}
"""What a spec calls each of EC2's types of reservation."""


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
