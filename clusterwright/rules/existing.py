"""Rules about a network that is there already, as the lock knows it."""

from collections.abc import Iterator

from clusterwright.rules.base import Context
from clusterwright.rules.lock import NOT_THERE, LockRule
from clusterwright.spec.findings import Finding, Path
from clusterwright.spec.lock import LockedNetwork, LockedSubnet

EXISTING: Path = ("network", "existing")
VPC: Path = (*EXISTING, "vpc")
SUBNETS: Path = (*EXISTING, "subnets")


def known_network(context: Context) -> LockedNetwork | None:
    """What the lock says of the network that the spec names; None where it says nothing, or has another one."""
    existing, network = context.spec.network.existing, context.lock.network if context.lock else None
    return network if existing and network and network.id == existing.vpc else None


def known_subnets(context: Context) -> Iterator[tuple[Path, str, LockedSubnet]]:
    """Each existing subnet that the lock knows, with its place in the spec."""
    existing = context.spec.network.existing
    for index, id in enumerate(existing.subnets if existing else ()):
        if context.lock and id in context.lock.subnets:
            yield (*SUBNETS, index), id, context.lock.subnets[id]


class NetworkNotInLock(LockRule):
    """The account has no such network or subnet."""

    code = "CW-NET-011"
    why = "the cluster adds its own parts to a network that is there already, and makes none itself"

    def check(self, context: Context) -> Iterator[Finding]:
        existing, lock = context.spec.network.existing, context.lock
        if existing is None:
            return
        if lock is None:
            yield self.unknown(VPC, "whether the network is there, where its subnets are and how much room they have")
            return
        if known_network(context) is None:
            known = lock.network.id if lock.network else "none"
            what = f"the lock of {lock.made} has no network `{existing.vpc}`; it has: {known}"
            yield self.finding(VPC, what, NOT_THERE)
        for index, id in enumerate(existing.subnets):
            if id not in lock.subnets:
                what = f"the lock of {lock.made} has no subnet `{id}`; it has: {', '.join(lock.subnets) or 'none'}"
                yield self.finding((*SUBNETS, index), what, NOT_THERE)


class SubnetOfAnotherNetwork(LockRule):
    """A subnet belongs to another network than the one that the spec names."""

    code = "CW-NET-012"
    why = "a machine's firewall and its subnet are of one network"

    def check(self, context: Context) -> Iterator[Finding]:
        existing = context.spec.network.existing
        for path, id, subnet in known_subnets(context):
            if existing and subnet.vpc != existing.vpc:
                what = f"subnet `{id}` is of `{subnet.vpc}`, the cluster of `{existing.vpc}`"
                yield self.finding(path, what, f"name a subnet of that network, or write `vpc: {subnet.vpc}`")
