"""The addresses of the cluster's own networks: where their subnets lie, and how many addresses are taken in each."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from clusterwright.catalog.storage import filestore_tiers
from clusterwright.decide.choice import GIVEN, Choice
from clusterwright.decide.gcp.fabric import fabric, machine_of_group
from clusterwright.decide.gcp.interfaces import DATA_NETWORKS, NODES, RDMA, RDMA_SUBNETS, interfaces
from clusterwright.decide.gcp.storage import nfs
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.storage import LustreSpec, NfsSpec

DEFAULT_CIDR = "10.20.0.0/16"
LARGEST, SMALLEST = 8, 24
"""Prefix lengths of the largest range that is private, and of the smallest that has room for our subnets: a sixteenth
of its upper half is then a /29, the smallest subnet (https://docs.cloud.google.com/vpc/docs/subnets)."""
SERVICES = "services"
SERVICES_PREFIX = 20
RESERVED = 4
"""Addresses of every subnet that Google keeps: the first two and the last two (as above)."""

LUSTRE_ADDRESSES = 512
"""A Managed Lustre instance takes a /23 (https://docs.cloud.google.com/managed-lustre/docs/vpc)."""

_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_ELSEWHERE = tuple(map(IPv4Network, ("10.255.240.0/20", "172.31.240.0/20")))


@dataclass(frozen=True)
class Subnet:
    """A subnet, the network that it is in, and its range."""

    name: str
    network: str
    cidr: str

    @property
    def usable(self) -> int:
        """Addresses that machines can have."""
        return IPv4Network(self.cidr).num_addresses - RESERVED


@dataclass(frozen=True)
class Layout:
    """All ranges of a cluster, whether its groups need them or not, so that no group ever moves another's.

    `services` is peered with Google's network of Managed Lustre and Filestore, and outside of `cidr`.
    """

    cidr: str
    subnets: tuple[Subnet, ...]
    services: str

    def subnet(self, name: str) -> Subnet:
        """The subnet of that name. Raises KeyError if there is none."""
        for subnet in self.subnets:
            if subnet.name == name:
                return subnet
        raise KeyError(name)

    @property
    def room(self) -> Mapping[str, int]:
        """How many addresses each subnet has for machines, and the range of services for file systems."""
        room = {subnet.name: subnet.usable for subnet in self.subnets}
        return {**room, SERVICES: IPv4Network(self.services).num_addresses}


def cidr(spec: ClusterSpec) -> Choice[str]:
    """The range of the cluster's own network."""
    given = spec.network.cidr
    return Choice(given or DEFAULT_CIDR, GIVEN if given else "private, with room for 32,764 nodes")


def services_cidr(spec: ClusterSpec) -> Choice[str]:
    """The range of file systems: left open, 4,096 addresses right behind the network's own range."""
    given = spec.network.services_cidr
    if given:
        return Choice(given, GIVEN)
    own = IPv4Network(cidr(spec).value)
    after = int(own.broadcast_address) + 1
    step = 2 ** (32 - SERVICES_PREFIX)
    behind = [IPv4Network((-(-after // step) * step, SERVICES_PREFIX))] if after <= 2**32 - step else []
    free = (c for c in (*behind, *_ELSEWHERE) if any(map(c.subnet_of, _PRIVATE)) and not c.overlaps(own))
    # A network of all addresses leaves no range free; it has no layout either.
    return Choice(str(next(free, _ELSEWHERE[0])), "the first 4,096 private addresses behind the network's own range")


def layout(spec: ClusterSpec) -> Layout | None:
    """The ranges of a cluster's own networks; None where the spec's range is too large or too small for them.

    Nodes have the lower half. The upper half is cut into sixteen: data-1 to data-8 for the networks of GPUs, rdma-1 to
    rdma-8 for the subnets of the RoCE network. The interfaces of a machine must not have overlapping ranges, although
    their networks are separate (https://docs.cloud.google.com/vpc/docs/multiple-interfaces-concepts).

    In an existing network the nodes' range is that network's, and the others are as here.
    """
    own = IPv4Network(cidr(spec).value)
    if not LARGEST <= own.prefixlen <= SMALLEST:
        return None
    lower, upper = own.subnets(1)
    parts = upper.subnets(4)
    subnets = [Subnet(NODES, NODES, str(lower))]
    subnets += [Subnet(name, name, str(next(parts))) for name in (f"data-{n + 1}" for n in range(DATA_NETWORKS))]
    subnets += [Subnet(f"{RDMA}-{n + 1}", RDMA, str(next(parts))) for n in range(RDMA_SUBNETS)]
    return Layout(str(own), tuple(subnets), services_cidr(spec).value)


def demand(spec: ClusterSpec) -> Mapping[str, int]:
    """How many addresses the cluster takes at most when every group is as large as it may become.

    By the name of the subnet; `services` counts the ranges that file systems take.
    """
    taken = Counter({NODES: 1})
    for group in spec.groups:
        for interface in interfaces(machine_of_group(spec, group), fabric(spec, group).value):
            taken[interface.subnet] += group.size.max
    taken[SERVICES] = sum(_services(spec))
    return dict(taken)


def _services(spec: ClusterSpec) -> Iterator[int]:
    for storage in spec.storage:
        if isinstance(storage, LustreSpec):
            yield LUSTRE_ADDRESSES
        elif isinstance(storage, NfsSpec):
            yield 2 ** (32 - filestore_tiers()[nfs(spec, storage).tier.value].range_prefix)
