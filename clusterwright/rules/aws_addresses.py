"""AWS: rules about addresses: whether everything that the cluster may become finds one."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from clusterwright.decide.aws.addresses import DEFAULT_CIDR, LARGEST, SMALLEST, demand, layout, usable
from clusterwright.rules.aws import AwsRule, LockRule
from clusterwright.rules.aws_existing import elsewhere
from clusterwright.rules.base import Context
from clusterwright.rules.existing import SUBNETS, known_subnets
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.findings import Finding, Path
from clusterwright.spec.lock import LockedSubnet

PAGE = "docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"


class RangeSizeNotPossible(AwsRule):
    """The cluster's own network is larger than a VPC can be, or too small for its subnets."""

    code = "CW-NET-104"
    why = (
        f"a VPC is a /{LARGEST} at most, and one smaller than a /{SMALLEST} has no room for its subnets "
        "(docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        network = context.spec.network
        if network.cidr is None or network.existing is not None:
            return
        cidr = IPv4Network(network.cidr)
        if not LARGEST <= cidr.prefixlen <= SMALLEST:
            good = (
                f"{cidr.network_address}/{LARGEST}" if cidr.prefixlen < LARGEST else cidr.supernet(new_prefix=SMALLEST)
            )
            yield self.finding(("network", "cidr"), f"`{cidr}` is no range for a VPC", f"write `cidr: {good}`")


class RangeTooSmall(AwsRule):
    """The cluster may want more addresses than a subnet of its own network has."""

    code = "CW-NET-105"
    why = f"a machine or file system without an address does not start; AWS keeps five of each subnet ({PAGE})"

    def check(self, context: Context) -> Iterator[Finding]:
        planned = layout(context.spec)
        if planned is None:
            return
        path: Path = ("network", "cidr") if context.spec.network.cidr else ("network",)
        wanted, good = demand(context.spec), large_enough(context.spec)
        for name, subnet in planned.subnets.items():
            asked, room = getattr(wanted, name), usable(subnet)
            if asked > room:
                hint = f"write `cidr: {good}`" if good else "no VPC is large enough: have fewer nodes"
                what = f"subnet `{name}` ({subnet}) has room for {room:,} addresses, and the cluster may want {asked:,}"
                yield self.finding(path, what, hint)


def large_enough(spec: ClusterSpec) -> IPv4Network | None:
    """The smallest network around the cluster's own that has room for all of it; None where no VPC has."""
    cidr = IPv4Network(spec.network.cidr or DEFAULT_CIDR)
    for prefix in range(cidr.prefixlen, LARGEST - 1, -1):
        larger = cidr.supernet(new_prefix=prefix)
        network = spec.network.model_copy(update={"cidr": str(larger)})
        planned, wanted = layout(spec.model_copy(update={"network": network})), demand(spec)
        if planned and all(getattr(wanted, name) <= usable(subnet) for name, subnet in planned.subnets.items()):
            return larger
    return None


class SubnetsTooSmall(LockRule):
    """The cluster may want more addresses than the existing subnets in its zone have in all."""

    code = "CW-NET-115"
    why = f"a machine or file system without an address does not start; AWS keeps five of each subnet ({PAGE})"

    def check(self, context: Context) -> Iterator[Finding]:
        known = subnets_in_zone(context)
        wanted = wanted_in_existing(context)
        room = room_in(known)
        if known and wanted > room:
            what = f"the subnets have room for {room:,} addresses, and the cluster may want {wanted:,}"
            yield self.finding(SUBNETS, what, "name larger subnets, or more of them, or have fewer nodes")


class SubnetsFull(LockRule):
    """The cluster may want more addresses than the existing subnets had left when the lock was made."""

    code = "CW-NET-116"
    severity = "warning"
    why = (
        f"a machine or file system without an address does not start ({PAGE}); if the cluster was up when the lock was "
        "made, its own addresses are among those taken"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        known = subnets_in_zone(context)
        free = [subnet.free for subnet in known if subnet.free is not None]
        wanted, room = wanted_in_existing(context), room_in(known)
        if known and len(free) == len(known) and sum(free) < wanted <= room:
            what = f"the subnets have {sum(free):,} free addresses, and the cluster may want {wanted:,}"
            yield self.finding(SUBNETS, what, "free some, or name other subnets")


def subnets_in_zone(context: Context) -> list[LockedSubnet]:
    """The existing subnets that nodes may stand in, as far as the lock knows them."""
    return [subnet for _, _, subnet in known_subnets(context) if not elsewhere(context, subnet)]


def room_in(subnets: list[LockedSubnet]) -> int:
    """How many addresses the subnets have for machines."""
    return sum(usable(IPv4Network(subnet.cidr)) for subnet in subnets)


def wanted_in_existing(context: Context) -> int:
    """How many addresses the cluster takes in existing subnets at its greatest size."""
    wanted = demand(context.spec)
    return wanted.nodes + wanted.services
