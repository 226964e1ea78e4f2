"""The addresses of the cluster's own network: where its subnets lie, and how many addresses stand in each."""

from dataclasses import dataclass
from ipaddress import IPv4Network
from math import ceil

from clusterwright.decide.aws.fabric import fabric, machine_of_group
from clusterwright.decide.aws.interfaces import addresses
from clusterwright.decide.aws.storage import lustre
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.storage import LustreSpec, NfsSpec

DEFAULT_CIDR = "10.20.0.0/16"
LARGEST, SMALLEST = 16, 24
"""Prefix lengths of the largest network that a VPC can be, and of the smallest that has room for our subnets.

A VPC and a subnet have between 16 (/28) and 65,536 addresses (/16): Amazon VPC user guide, "VPC CIDR blocks".
"""
RESERVED = 5
"""Addresses of each subnet that AWS keeps: the first four and the last (same guide, "Subnet CIDR blocks")."""
SERVICES = {
    "s3": ("s3",),
    "ssm": ("ssm", "ssmmessages", "ec2messages"),
    "logs": ("logs",),
    "secretsmanager": ("secretsmanager",),
    "kms": ("kms",),
    "ec2": ("ec2",),
    "ecr": ("ecr.api", "ecr.dkr"),
    "sts": ("sts",),
}
"""The services behind each endpoint that a spec can name. That of s3 is a gateway: a route, without an address."""
_TARGET_GIB = 1200


@dataclass(frozen=True)
class Layout:
    """The network and its subnets. Each place depends on the network's own range alone, so that groups and file systems
    come and go without moving anybody. What no subnet takes is left for later.

    `nodes` is the lower half. `services` is the third quarter: file systems and endpoints. `public` is the first
    quarter of the last one, and holds nothing but the NAT gateway.
    """

    vpc: IPv4Network
    nodes: IPv4Network
    services: IPv4Network
    public: IPv4Network

    @property
    def subnets(self) -> dict[str, IPv4Network]:
        return {"nodes": self.nodes, "services": self.services, "public": self.public}


@dataclass(frozen=True)
class Demand:
    """How many addresses the cluster takes in each subnet, at most, without those that AWS keeps."""

    nodes: int
    services: int
    public: int


def layout(spec: ClusterSpec) -> Layout | None:
    """The cluster's own network; None in an existing one, or where its range is too large or too small for a VPC."""
    if spec.network.existing is not None:
        return None
    vpc = IPv4Network(spec.network.cidr or DEFAULT_CIDR)
    if not LARGEST <= vpc.prefixlen <= SMALLEST:
        return None
    nodes, upper = vpc.subnets(1)
    services, last = upper.subnets(1)
    return Layout(vpc=vpc, nodes=nodes, services=services, public=next(last.subnets(2)))


def usable(subnet: IPv4Network) -> int:
    """How many addresses of a subnet can be given out."""
    return subnet.num_addresses - RESERVED


def demand(spec: ClusterSpec) -> Demand:
    """What head, nodes, file systems and endpoints take when every group is as large as it may become.

    A file system of FSx has an interface for each of its servers. How many that are is not published; no server holds
    less than one storage target of 1.2 TiB, so their number is bounded, with two for metadata.
    """
    nodes, services = 1, 0
    for group in spec.groups:
        nodes += group.size.max * addresses(machine_of_group(spec, group), fabric(spec, group).value)
    for storage in spec.storage:
        if isinstance(storage, LustreSpec):
            servers = 2 + ceil(storage.size / 2**30 / _TARGET_GIB)
            if lustre(storage).efa.value:
                nodes += servers
            else:
                services += servers
        elif isinstance(storage, NfsSpec):
            services += 1
    if spec.network.existing is not None:
        return Demand(nodes=nodes, services=services, public=0)
    services += sum(len(SERVICES[name]) for name in set(spec.network.endpoints) - {"s3"})
    return Demand(nodes=nodes, services=services, public=1)
