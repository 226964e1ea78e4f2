"""GCP: rules that hold a network that is there already against what the lock says of it."""

import ipaddress
from collections.abc import Iterator

from clusterwright.rules.base import Context
from clusterwright.rules.gcp import LockRule, groups
from clusterwright.rules.gcp_lock import REFRESH
from clusterwright.spec.findings import Finding

EXISTING = ("network", "existing")
RESERVED = 4
"""Addresses of a subnet's primary range that GCP keeps. Source: docs.cloud.google.com/vpc/docs/subnets."""


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
            yield self.finding((*EXISTING, "vpc"), f"the lock of {lock.made} knows no network", REFRESH)
        for index, subnet in enumerate(existing.subnets):
            if subnet not in lock.subnets:
                known = ", ".join(lock.subnets) or "none"
                what = f"the lock of {lock.made} has no subnet `{subnet}`; it has: {known}"
                yield self.finding((*EXISTING, "subnets", index), what, f"name one that there is, or {REFRESH}")


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


class SubnetsTooSmall(LockRule):
    """The subnets that the spec names have fewer addresses than the cluster has nodes."""

    code = "CW-NET-223"
    why = (
        f"each node takes an address of its subnet, and GCP keeps {RESERVED} of each subnet "
        "(docs.cloud.google.com/vpc/docs/subnets)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        existing, lock = context.spec.network.existing, context.lock
        if existing is None or lock is None or not all(name in lock.subnets for name in existing.subnets):
            return
        nodes = 1 + sum(group.spec.size.max for group in groups(context))
        room = sum(_room(lock.subnets[name].cidr, lock.subnets[name].free) for name in existing.subnets)
        if nodes > room:
            what = f"the head and all groups are {nodes} nodes, the subnets have {room} addresses free"
            yield self.finding((*EXISTING, "subnets"), what, "name larger subnets, or give the groups fewer nodes")


def _room(cidr: str, free: int | None) -> int:
    """Addresses that are free; where the cloud did not say, those that there are."""
    return free if free is not None else max(0, ipaddress.IPv4Network(cidr).num_addresses - RESERVED)


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


class ServicesInExistingNetwork(LockRule):
    """The range for file systems overlaps the network that is there already."""

    code = "CW-NET-225"
    why = (
        "the range is peered with the network, and an address can be in one of the two alone "
        "(docs.cloud.google.com/vpc/docs/configure-private-services-access)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        network, lock = context.spec.network, context.lock
        if network.existing is None or network.services_cidr is None or lock is None or lock.network is None:
            return
        services = ipaddress.IPv4Network(network.services_cidr)
        for cidr in lock.network.cidrs:
            if services.overlaps(ipaddress.IPv4Network(cidr)):
                what = f"{services} overlaps {cidr} of network `{lock.network.id}`"
                yield self.finding(("network", "services_cidr"), what, "write a range that the network does not use")
                return
