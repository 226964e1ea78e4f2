"""The network of a cluster on GCP: VPC networks, NAT, firewall, the peering for services."""

from typing import Literal

from clusterwright.plan.model import PlanModel
from clusterwright.spec.storage import OnDestroy


class FlowLogsPlan(PlanModel):
    """Who talks to whom in a subnet: of all flows, with their names, since fewer would not tell."""

    sampling: float = 1.0
    metadata: Literal["INCLUDE_ALL_METADATA"] = "INCLUDE_ALL_METADATA"


class SubnetPlan(PlanModel):
    """A subnet in the cluster's region. `private_access`: Google's services are reached from private addresses."""

    name: str
    full_name: str
    cidr: str
    private_access: bool
    flow_logs: FlowLogsPlan | None


class VpcPlan(PlanModel):
    """A VPC network of the cluster's own. `mtu` is in bytes; None where the network profile decides it.

    `profile` is a network profile's name, and can be given when the network is made only. The network of the nodes is
    kept where something is that is reached through it.
    """

    name: str
    full_name: str
    mtu: int | None
    profile: str | None
    subnets: tuple[SubnetPlan, ...]
    on_destroy: OnDestroy = "delete"


class NatPlan(PlanModel):
    """The way out for machines without a public address, of all ranges of the subnet named."""

    router: str
    name: str
    network: str
    subnet: str
    logs: Literal["errors"]


class FirewallPlan(PlanModel):
    """A rule that lets traffic in; a VPC network lets in nothing by itself.

    Sources are ranges or service accounts, targets are service accounts, as roles of the cluster. What is allowed is a
    protocol, with its ports after a colon, or without for all of them: tcp:22, udp.
    """

    name: str
    network: str
    source_ranges: tuple[str, ...]
    source_roles: tuple[Literal["head", "compute"], ...]
    target_roles: tuple[Literal["head", "compute"], ...]
    allow: tuple[str, ...]
    why: str


class ServicesPlan(PlanModel):
    """The range that is peered with Google's network of Managed Lustre and Filestore.

    The peering is removed before the network, which it would block from being deleted.
    """

    name: str
    cidr: str
    deletion_policy: Literal["REMOVE_PEERING"] = "REMOVE_PEERING"


class ExistingNetworkPlan(PlanModel):
    """A network that is there already, and those of its subnets that nodes may stand in, by their full names."""

    vpc: str
    subnets: tuple[str, ...]


class NetworkPlan(PlanModel):
    """The networks of the cluster's own; `existing` is the user's, in place of the network of nodes.

    Nothing is open to the world. `on_destroy` is what becomes of the network of the nodes and its peering for services:
    a file system that is kept is reached through them, and keeps the peering's range.
    """

    existing: ExistingNetworkPlan | None
    networks: tuple[VpcPlan, ...]
    services: ServicesPlan | None
    nat: NatPlan | None
    firewall: tuple[FirewallPlan, ...]
    on_destroy: OnDestroy = "delete"
