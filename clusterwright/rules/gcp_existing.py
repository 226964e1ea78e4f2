"""GCP: rules that hold a network that is there already against what the lock says of it."""

import ipaddress
from collections.abc import Iterator

from clusterwright.decide.gcp.addresses import RESERVED, demand, layout
from clusterwright.decide.gcp.interfaces import NODES
from clusterwright.rules.base import WRITE_THE_LOCK, Context
from clusterwright.rules.gcp import GcpRule, LockRule, groups
from clusterwright.rules.lock import NOT_THERE
from clusterwright.spec.findings import Finding

EXISTING = ("network", "existing")


class SubnetNotInLock(LockRule):
    """The spec names a network or a subnet that the project does not have in the region."""

    code = "CW-NET-221"
    why = "nodes start in the subnets that the spec names, and in no others"

    def check(self, context: Context) -> Iterator[Finding]:
        existing, lock = context.spec.network.existing, context.lock
        if existing is None:
            return
        if lock is None:
            yield self.unknown(EXISTING, f"whether network `{existing.vpc}` has the subnets, and room in them")
            return
        if lock.network is None:
            yield self.finding((*EXISTING, "vpc"), f"the lock of {lock.made} knows no network", WRITE_THE_LOCK)
        for index, subnet in enumerate(existing.subnets):
            if subnet not in lock.subnets:
                known = ", ".join(lock.subnets) or "none"
                what = f"the lock of {lock.made} has no subnet `{subnet}`; it has: {known}"
                yield self.finding((*EXISTING, "subnets", index), what, NOT_THERE)


class SubnetOfAnotherNetwork(LockRule):
    """A subnet that the spec names is in another network than the one that it names."""

    code = "CW-NET-222"
    why = "an interface is in one network, and its subnet must be of that network (docs.cloud.google.com/vpc/docs/vpc)"

    def check(self, context: Context) -> Iterator[Finding]:
        existing, lock = context.spec.network.existing, context.lock
        if existing is None or lock is None or lock.network is None:
            return
        for index, name in enumerate(existing.subnets):
            subnet = lock.subnets.get(name)
            if subnet and subnet.vpc != lock.network.id:
                what = f"subnet `{name}` is in network `{subnet.vpc}`, not in `{lock.network.id}`"
                yield self.finding((*EXISTING, "subnets", index), what, f"write `vpc: {subnet.vpc}`, or another subnet")


class SubnetTooSmall(LockRule):
    """The subnet that nodes start in has fewer addresses than the cluster has nodes."""

    code = "CW-NET-223"
    why = (
        f"each node takes an address of its subnet, and GCP keeps {RESERVED} of each subnet "
        "(docs.cloud.google.com/vpc/docs/subnets)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        existing, lock = context.spec.network.existing, context.lock
        subnet = lock.subnets.get(existing.subnets[0]) if existing and lock else None
        if existing is None or subnet is None:
            return
        nodes, there = demand(context.spec)[NODES], ipaddress.IPv4Network(subnet.cidr).num_addresses - RESERVED
        room = max(0, there) if subnet.free is None else subnet.free
        if nodes > room:
            what = (
                f"the head and all groups are {nodes} nodes, subnet `{existing.subnets[0]}` has {room} addresses free"
            )
            hint = "name a larger subnet, or give the groups fewer nodes"
            yield self.finding((*EXISTING, "subnets", 0), what, hint)


class SubnetsUnused(GcpRule):
    """More subnets are named than nodes start in."""

    code = "CW-NET-226"
    severity = "warning"
    why = "a subnet on GCP spans all zones of its region, so one is enough (docs.cloud.google.com/vpc/docs/subnets)"

    def check(self, context: Context) -> Iterator[Finding]:
        existing = context.spec.network.existing
        if existing and len(existing.subnets) > 1:
            first = existing.subnets[0]
            what = f"all nodes start in `{first}`, and {len(existing.subnets) - 1} more subnets are named"
            yield self.finding((*EXISTING, "subnets", 1), what, f"write `subnets: [{first}]`")


class ExistingMtuNotOfMachine(LockRule):
    """The network that is there already carries other packets than a group's machine type is made for."""

    code = "CW-NET-224"
    severity = "warning"
    why = (
        "GPU machines are slower, or their fabric's software fails, with another MTU than the one stated for them "
        "(docs.cloud.google.com/compute/docs/gpus/gpu-network-bandwidth)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        lock = context.lock
        if context.spec.network.existing is None or lock is None or lock.network is None or lock.network.mtu is None:
            return
        for group in groups(context):
            right = group.machine.networks[0].mtu if group.machine else None
            if right and right != lock.network.mtu:
                what = f"the network's MTU is {lock.network.mtu} bytes, and {group.name} is made for {right}"
                hint = f"use a network with an MTU of {right}, or one of the cluster's own: remove `existing`"
                yield self.finding((*EXISTING, "vpc"), what, hint)
                return


class FabricInExistingSubnet(LockRule):
    """The ranges of the networks between GPUs overlap the subnet that nodes start in."""

    code = "CW-NET-225"
    why = (
        "the interfaces of a machine must be in ranges that do not overlap, although their networks are separate "
        "(docs.cloud.google.com/vpc/docs/multiple-interfaces-concepts)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        existing, lock, ranges = context.spec.network.existing, context.lock, layout(context.spec)
        subnet = lock.subnets.get(existing.subnets[0]) if existing and lock else None
        if existing is None or subnet is None or ranges is None:
            return
        taken, wanted = ipaddress.IPv4Network(subnet.cidr), demand(context.spec)
        for other in ranges.subnets:
            if other.name != NODES and wanted.get(other.name) and taken.overlaps(ipaddress.IPv4Network(other.cidr)):
                what = f"the GPUs' network {other.name} has {other.cidr}, in {taken} of subnet `{existing.subnets[0]}`"
                hint = "name a subnet outside of " + ranges.cidr
                yield self.finding((*EXISTING, "subnets", 0), what, hint)
                return
