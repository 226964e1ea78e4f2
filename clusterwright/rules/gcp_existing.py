"""GCP: rules that hold a network that is there already against what the lock says of it."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from clusterwright.decide.gcp.addresses import RESERVED, demand, layout
from clusterwright.decide.gcp.interfaces import NODES
from clusterwright.rules.base import Context
from clusterwright.rules.existing import SUBNETS, VPC, known_network, known_subnets
from clusterwright.rules.gcp import GcpRule, LockRule, groups
from clusterwright.spec.findings import Finding


def nodes_subnet(context: Context) -> tuple[str, IPv4Network] | None:
    """The existing subnet that nodes start in, the first of the spec, and its range; None where the lock has none."""
    existing = context.spec.network.existing
    known = {name: subnet for _, name, subnet in known_subnets(context)}
    subnet = known.get(existing.subnets[0]) if existing else None
    return (existing.subnets[0], IPv4Network(subnet.cidr)) if existing and subnet else None


class SubnetTooSmall(LockRule):
    """The subnet that nodes start in has fewer addresses than the cluster has nodes."""

    code = "CW-NET-223"
    why = (
        f"each node takes an address of its subnet, and GCP keeps {RESERVED} of each subnet "
        "(docs.cloud.google.com/vpc/docs/subnets)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        subnet = nodes_subnet(context)
        if subnet is None:
            return
        name, cidr = subnet
        nodes, room = demand(context.spec)[NODES], max(0, cidr.num_addresses - RESERVED)
        if nodes > room:
            what = f"the head and all groups are {nodes:,} nodes, subnet `{name}` ({cidr}) has room for {room:,}"
            hint = "name a larger subnet, or give the groups fewer nodes"
            yield self.finding((*SUBNETS, 0), what, hint)


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
            yield self.finding((*SUBNETS, 1), what, f"write `subnets: [{first}]`")


class ExistingMtuNotOfMachine(LockRule):
    """The network that is there already carries other packets than a group's machine type is made for."""

    code = "CW-NET-224"
    severity = "warning"
    why = (
        "GPU machines are slower, or their fabric's software fails, with another MTU than the one stated for them "
        "(docs.cloud.google.com/compute/docs/gpus/gpu-network-bandwidth)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        network = known_network(context)
        if network is None or network.mtu is None:
            return
        for group in groups(context):
            right = group.machine.networks[0].mtu if group.machine else None
            if right and right != network.mtu:
                what = f"the network's MTU is {network.mtu} bytes, and {group.name} is made for {right}"
                hint = f"use a network with an MTU of {right}, or one of the cluster's own: remove `existing`"
                yield self.finding(VPC, what, hint)
                return


class FabricInExistingSubnet(LockRule):
    """The ranges of the networks between GPUs overlap the subnet that nodes start in."""

    code = "CW-NET-225"
    why = (
        "the interfaces of a machine must be in ranges that do not overlap, although their networks are separate "
        "(docs.cloud.google.com/vpc/docs/multiple-interfaces-concepts)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        subnet, ranges = nodes_subnet(context), layout(context.spec)
        if subnet is None or ranges is None:
            return
        (name, taken), wanted = subnet, demand(context.spec)
        for other in ranges.subnets:
            if other.name != NODES and wanted.get(other.name) and taken.overlaps(IPv4Network(other.cidr)):
                what = f"the GPUs' network {other.name} has {other.cidr}, in {taken} of subnet `{name}`"
                hint = "name a subnet outside of " + ranges.cidr
                yield self.finding((*SUBNETS, 0), what, hint)
                return
