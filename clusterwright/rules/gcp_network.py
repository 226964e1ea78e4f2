"""GCP: rules about the network and the fabric."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from clusterwright.decide.gcp.addresses import (
    DEFAULT_CIDR,
    LARGEST,
    SERVICES,
    SMALLEST,
    cidr,
    demand,
    layout,
    services_cidr,
)
from clusterwright.decide.gcp.fabric import LARGEST_MTU
from clusterwright.rules.base import Context
from clusterwright.rules.gcp import GcpRule, groups
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.findings import Finding


class MtuTooLarge(GcpRule):
    """Packets are to be larger than a network of GCP carries."""

    code = "CW-NET-201"
    why = f"the MTU of a VPC network is 1300 to {LARGEST_MTU} bytes (docs.cloud.google.com/vpc/docs/mtu)"

    def check(self, context: Context) -> Iterator[Finding]:
        mtu = context.spec.network.mtu
        if mtu is not None and mtu > LARGEST_MTU:
            what = f"an MTU of {mtu} bytes is {mtu - LARGEST_MTU} more than the most"
            yield self.finding(("network", "mtu"), what, f"write `mtu: {LARGEST_MTU}`")


class MtuNotOfMachine(GcpRule):
    """The network's packets are not of the size that a group's machine type is made for."""

    code = "CW-NET-202"
    severity = "warning"
    why = (
        "GPU machines are slower, or their fabric's software fails, with another MTU than the one stated for them "
        "(docs.cloud.google.com/compute/docs/gpus/gpu-network-bandwidth)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        mtu = context.spec.network.mtu
        machines = [(group, group.machine.networks[0].mtu) for group in groups(context) if group.machine]
        wanted = [(right, group.name, group.called) for group, right in machines if right]
        if mtu is None or mtu > LARGEST_MTU or not wanted:
            return
        right, name, called = min(wanted)
        if mtu != right:
            what = f"the MTU is {mtu} bytes, and {name} of {called} is made for {right}"
            yield self.finding(("network", "mtu"), what, f"write `mtu: {right}`, or leave `mtu` out")


class FabricNotOfMachine(GcpRule):
    """A group asks for a fabric that its machine type does not have."""

    code = "CW-NET-203"
    why = (
        "each machine type has one fabric at most: A3 High TCPX, A3 Mega TCPXO, A3 Ultra and later RDMA "
        "(docs.cloud.google.com/compute/docs/gpus/gpu-network-bandwidth)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            asked = group.spec.fabric
            if group.machine and asked in ("tcpx", "tcpxo", "rdma") and asked != group.machine.fabric:
                right = group.machine.fabric or "none"
                what = f"{group.called} asks for fabric {asked}, and {group.name} has {group.machine.fabric or 'none'}"
                yield self.finding((*group.path, "fabric"), what, f"write `fabric: {right}`, or leave `fabric` out")


class FabricUnused(GcpRule):
    """Nodes train together over Ethernet although their machines have a fabric."""

    code = "CW-NET-204"
    severity = "warning"
    why = (
        "the interfaces that carry traffic between GPUs are part of the machine's price, and without its fabric they "
        "are not there (docs.cloud.google.com/compute/docs/gpus/gpu-network-bandwidth)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            has = group.machine.fabric if group.machine else None
            if has and group.spec.fabric == "none" and group.spec.size.max > 1:
                what = f"{group.called} turns the fabric of {group.name} off"
                yield self.finding((*group.path, "fabric"), what, f"write `fabric: {has}`, or leave `fabric` out")


class TooFewAddresses(GcpRule):
    """The cluster's own range has too few addresses for its nodes, or can't be divided as clusters need it."""

    code = "CW-NET-213"
    why = (
        "nodes have the lower half of the range, each network of GPUs a sixteenth of the upper half, "
        "and GCP keeps four addresses of each (docs.cloud.google.com/vpc/docs/subnets)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        spec = context.spec
        if spec.network.existing is not None:
            return
        path, own = ("network", "cidr"), cidr(spec).value
        divided, wanted = layout(spec), demand(spec)
        if divided is None:
            what = f"the range {own} can't be divided"
            yield self.finding(path, what, f"write a range from /{LARGEST} to /{SMALLEST}: `cidr: {DEFAULT_CIDR}`")
            return
        for name, room in divided.room.items():
            if name != SERVICES and wanted.get(name, 0) > room:
                what = f"subnet {name} of {own} has room for {room:,} addresses, the cluster takes {wanted[name]:,}"
                larger = _large_enough(spec, own)
                hint = f"write `cidr: {larger}`" if larger else "give the groups fewer nodes, or make two clusters"
                yield self.finding(path, what, hint)
                return


def _large_enough(spec: ClusterSpec, own: str) -> IPv4Network | None:
    """The smallest range around the cluster's own in which there is room for it."""
    wanted = demand(spec)
    for prefix in range(IPv4Network(own).prefixlen - 1, LARGEST - 1, -1):
        larger = IPv4Network(own).supernet(new_prefix=prefix)
        network = spec.network.model_copy(update={"cidr": str(larger)})
        divided = layout(spec.model_copy(update={"network": network}))
        if divided and all(wanted.get(name, 0) <= room for name, room in divided.room.items() if name != SERVICES):
            return larger
    return None


class ServicesRangeTooSmall(GcpRule):
    """The range for file systems is too small for those of the spec."""

    code = "CW-NET-211"
    why = (
        "each file system takes a block of the range: Managed Lustre a /23, Filestore a /26 to a /29 "
        "(docs.cloud.google.com/managed-lustre/docs/vpc, docs.cloud.google.com/filestore/docs/creating-instances)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        if context.spec.network.existing is not None:
            return
        services = IPv4Network(services_cidr(context.spec).value)
        wanted = demand(context.spec)[SERVICES]
        if wanted > services.num_addresses:
            prefix = 32 - (wanted - 1).bit_length()
            what = f"the file systems take {wanted:,} addresses, {services} has {services.num_addresses:,}"
            hint = f"write a range of /{prefix} or larger: `services_cidr: {services.supernet(new_prefix=prefix)}`"
            yield self.finding(("network", "services_cidr"), what, hint)


class ServicesRangeOverlaps(GcpRule):
    """The range for file systems overlaps the cluster's own."""

    code = "CW-NET-214"
    why = (
        "services are peered with the network, and ranges of peered networks can't overlap "
        "(docs.cloud.google.com/vpc/docs/configure-private-services-access)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        network, own = context.spec.network, cidr(context.spec).value
        if network.services_cidr is None or network.existing is not None:
            return
        if IPv4Network(network.services_cidr).overlaps(IPv4Network(own)):
            left_open = network.model_copy(update={"services_cidr": None})
            good = services_cidr(context.spec.model_copy(update={"network": left_open})).value
            what = f"{network.services_cidr} overlaps {own}, the cluster's own range"
            yield self.finding(
                ("network", "services_cidr"), what, f"write `services_cidr: {good}`, or leave `services_cidr` out"
            )


class ServicesRangeUnread(GcpRule):
    """A range for file systems is given for a network that is there already, and has its own."""

    code = "CW-NET-212"
    why = (
        "a network has one peering for services, made with it; file systems get their addresses from that "
        "(docs.cloud.google.com/vpc/docs/configure-private-services-access)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        network = context.spec.network
        if network.existing is not None and network.services_cidr is not None:
            what = f"nothing reads `services_cidr`: network `{network.existing.vpc}` has its own range for services"
            yield self.finding(("network", "services_cidr"), what, "remove `services_cidr`")
