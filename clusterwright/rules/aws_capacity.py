"""AWS: rules about how machines are bought, and how near to each other they stand."""

from collections.abc import Iterator
from datetime import timedelta

from clusterwright.catalog.aws import UsageClass
from clusterwright.decide.capacity import Kind, bought
from clusterwright.rules.aws import AwsRule, groups
from clusterwright.rules.base import Context, written
from clusterwright.spec.capacity import CapacityBlock, Reservation
from clusterwright.spec.findings import Finding

BLOCKS = "docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-blocks-purchase.html"
MOST_IN_BLOCK = 64
LONGEST_BLOCK = timedelta(days=182)
BLOCK_ENDS = (11, 30)
"""Hour and minute in UTC at which every capacity block ends."""

USAGE: dict[Kind, UsageClass] = {
    "on_demand": "on-demand",
    "reservation": "on-demand",
    "spot": "spot",
    "capacity_block": "capacity-block",
}
"""The usage class that each kind of capacity needs; machines of a reservation are on-demand machines set aside."""

GOOD: dict[str, str] = {
    "on-demand": "{kind: on_demand}",
    "spot": "{kind: spot}",
    "capacity-block": "{kind: capacity_block, id: cr-…, start: …, end: …}",
}


class UsageClassUnsupported(AwsRule):
    """A machine type can't be bought the way that its group buys it."""

    code = "CW-CAP-101"
    why = (
        "each type has usage classes, and EC2 starts it in those only; capacity blocks are of GPU types for training "
        "(docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceTypeInfo.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            kind = bought(group.spec)
            if group.machine and kind in USAGE and USAGE[kind] not in group.machine.usage:
                sold = [usage for usage in GOOD if usage in group.machine.usage]
                path = (*group.path, "capacity", "kind") if group.spec.capacity else group.path
                what = f"{group.called} buys {group.name} as {kind}, and EC2 sells it as {written(sold)} only"
                yield self.finding(path, what, f"write `capacity: {GOOD[sold[0]]}`, or another machine type")


class BlockSizeVaries(AwsRule):
    """A group with a capacity block has a range of nodes."""

    code = "CW-CAP-102"
    severity = "warning"
    why = (
        f"a block is paid for ahead, all machines for all its time, so nodes that are released save nothing ({BLOCKS})"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            size = group.spec.size
            if isinstance(group.spec.capacity, CapacityBlock) and size.min != size.max:
                what = f"{group.called} has {size.min} to {size.max} nodes of a capacity block"
                yield self.finding((*group.path, "nodes"), what, f"write `nodes: {size.max}`")


class BlockTooLarge(AwsRule):
    """A group wants more machines of a capacity block than any block has."""

    code = "CW-CAP-103"
    why = f"a capacity block has {MOST_IN_BLOCK} machines at most ({BLOCKS})"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            most = group.spec.size.max
            if isinstance(group.spec.capacity, CapacityBlock) and most > MOST_IN_BLOCK:
                what = f"{group.called} wants {most} nodes of one capacity block"
                hint = f"write `nodes: {MOST_IN_BLOCK}`, or a group for each of several blocks"
                yield self.finding((*group.path, "nodes"), what, hint)


class ReservedMachinesPlacedAgain(AwsRule):
    """A group with reserved machines asks for a placement group, too."""

    code = "CW-CAP-104"
    severity = "warning"
    why = (
        "a block's machines stand side by side without a placement group, and those of a reservation that was not made "
        "in the group may stand too far apart for it, and then don't start (docs.aws.amazon.com/AWSEC2/latest/"
        "UserGuide/limitations-placement-groups.html, docs.aws.amazon.com/AWSEC2/latest/APIReference/"
        "API_CapacityBlock.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            placed = group.spec.placement is not None and group.spec.placement.kind == "cluster"
            if placed and isinstance(group.spec.capacity, CapacityBlock | Reservation):
                kind = group.spec.capacity.kind
                what = f"{group.called} asks for a cluster placement group and for machines of a {kind}"
                yield self.finding((*group.path, "placement"), what, "write `placement: {kind: none}`, or leave it out")


class TimesOfNoBlock(AwsRule):
    """A capacity block has times that no block has."""

    code = "CW-CAP-105"
    severity = "warning"
    why = f"all capacity blocks end at 11:30 UTC, after {LONGEST_BLOCK.days} days at most ({BLOCKS})"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            block = group.spec.capacity
            if not isinstance(block, CapacityBlock):
                continue
            path, hint = (*group.path, "capacity", "end"), "write the block's own `start` and `end`, as EC2 shows them"
            if (block.end.hour, block.end.minute) != BLOCK_ENDS:
                yield self.finding(path, f"the block of {group.called} ends at {block.end:%H:%M} UTC", hint)
            elif block.end - block.start > LONGEST_BLOCK:
                days = (block.end - block.start).days
                yield self.finding(path, f"the block of {group.called} lasts {days} days", hint)


class PlacementUnsupported(AwsRule):
    """A group asks for a cluster placement group with a machine type that can't be in one."""

    code = "CW-CAP-106"
    why = (
        "burstable types and some others can't start in a cluster placement group "
        "(docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-strategies.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            placed = group.spec.placement is not None and group.spec.placement.kind == "cluster"
            if placed and group.machine and "cluster" not in group.machine.placement:
                what = f"{group.called} asks for a cluster placement group, and {group.name} can't be in one"
                yield self.finding(
                    (*group.path, "placement"), what, "leave `placement` out, or use another machine type"
                )
