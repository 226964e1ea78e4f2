"""The networks: one for the nodes, those of their fabric, the range of file systems, and what is let in."""

from collections.abc import Iterator

from clusterwright.decide.gcp.addresses import Layout, Subnet, cidr, layout, services_cidr
from clusterwright.decide.gcp.fabric import LARGEST_MTU, fabric, machine_of_group, mtu
from clusterwright.decide.gcp.interfaces import NODES, RDMA, interfaces
from clusterwright.decide.gcp.storage import nfs
from clusterwright.plan.cloud import ROLES
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.gcp.model import (
    ExistingNetworkPlan,
    FirewallPlan,
    FlowLogsPlan,
    NatPlan,
    NetworkPlan,
    ServicesPlan,
    SubnetPlan,
    VpcPlan,
)
from clusterwright.plan.gcp.names import Names
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.network import SshAccess
from clusterwright.spec.storage import LustreSpec, NfsSpec

IAP = "35.235.240.0/20"
"""Where tunnels of Identity-Aware Proxy come from (https://docs.cloud.google.com/iap/docs/using-tcp-forwarding)."""
ALL = ("tcp", "udp", "icmp")


def plan_network(spec: ClusterSpec, names: Names, decisions: Decisions) -> NetworkPlan:
    """The networks that the cluster's machines need, and no others. Raises ValueError for a range without room."""
    section = spec.network
    own = section.existing is None
    ranges = layout(spec)
    if ranges is None:
        raise ValueError(f"the rules pass no range that is as small or large as {cidr(spec).value}")
    if own:
        decisions.default(section, "network.cidr", cidr(spec).value, cidr(spec).reason)
        decisions.default(section, "network.mtu", mtu(spec).value, mtu(spec).reason)
        decisions.default(section, "network.flow_logs", section.flow_logs, "who talked to whom can be looked up later")
    elif any(isinstance(storage, LustreSpec | NfsSpec) for storage in spec.storage):
        decisions.note("network.services_cidr", "the existing network's own", "a network has one peering for services")
    decisions.default(section, "network.access", "session", "Identity-Aware Proxy: nothing is open to the world")
    return NetworkPlan(
        existing=_existing(spec),
        networks=tuple(_networks(spec, ranges, names)),
        services=_services(spec, names, decisions) if own else None,
        nat=NatPlan(
            router=names.of("router"),
            name=names.of("nat"),
            network=names.of(NODES),
            subnet=names.of(NODES),
            logs="errors",
        )
        if own
        else None,
        firewall=tuple(_firewall(spec, ranges, names)),
        on_destroy="keep" if own and _stands(spec) else "delete",
    )


def _stands(spec: ClusterSpec) -> bool:
    """Whether a file system is kept that the network's peering leads to."""
    return any(isinstance(one, LustreSpec | NfsSpec) and one.on_destroy == "keep" for one in spec.storage)


def _existing(spec: ClusterSpec) -> ExistingNetworkPlan | None:
    given = spec.network.existing
    return ExistingNetworkPlan(vpc=given.vpc, subnets=given.subnets) if given else None


def used_subnets(spec: ClusterSpec) -> tuple[str, ...]:
    """The names of the subnets that some machine has an interface in, as the layout orders them."""
    used = {NODES}
    for group in spec.groups:
        used |= {one.subnet for one in interfaces(machine_of_group(spec, group), fabric(spec, group).value)}
    ranges = layout(spec)
    return tuple(subnet.name for subnet in ranges.subnets if subnet.name in used) if ranges else ()


def _networks(spec: ClusterSpec, ranges: Layout, names: Names) -> Iterator[VpcPlan]:
    grouped: dict[str, list[Subnet]] = {}
    for name in used_subnets(spec):
        subnet = ranges.subnet(name)
        grouped.setdefault(subnet.network, []).append(subnet)
    if spec.network.existing is not None:
        del grouped[NODES]
    for network, subnets in grouped.items():
        nodes = network == NODES
        yield VpcPlan(
            name=network,
            full_name=names.of(network),
            mtu=mtu(spec).value if nodes else _fabric_mtu(spec, network),
            profile=f"{names.zone}-vpc-roce" if network == RDMA else None,
            subnets=tuple(
                SubnetPlan(
                    name=subnet.name,
                    full_name=names.of(subnet.name),
                    cidr=subnet.cidr,
                    private_access=nodes,
                    flow_logs=FlowLogsPlan() if nodes and spec.network.flow_logs else None,
                )
                for subnet in subnets
            ),
            on_destroy="keep" if nodes and _stands(spec) else "delete",
        )


def _fabric_mtu(spec: ClusterSpec, network: str) -> int:
    """The smallest packet size that a machine type asks of the network that it has an interface in."""
    wanted: list[int] = []
    for group in spec.groups:
        row = machine_of_group(spec, group)
        if row is not None:
            sizes = [one.mtu for one in row.networks for _ in range(one.interfaces)]
            planned = interfaces(row, fabric(spec, group).value)
            wanted += [size for one in planned if one.network == network and (size := sizes[one.index])]
    return min(wanted, default=LARGEST_MTU)


def _services(spec: ClusterSpec, names: Names, decisions: Decisions) -> ServicesPlan | None:
    if not any(isinstance(storage, LustreSpec | NfsSpec) for storage in spec.storage):
        return None
    chosen = services_cidr(spec)
    decisions.default(spec.network, "network.services_cidr", chosen.value, chosen.reason)
    return ServicesPlan(name=names.of("services"), cidr=chosen.value)


def _firewall(spec: ClusterSpec, ranges: Layout, names: Names) -> Iterator[FirewallPlan]:
    """What is let in. The RoCE network takes no rules (https://docs.cloud.google.com/vpc/docs/rdma-network-profiles)."""
    existing = spec.network.existing
    nodes = existing.vpc if existing else names.of(NODES)
    yield FirewallPlan(
        name=names.of("internal"),
        network=nodes,
        source_ranges=(),
        source_roles=ROLES,
        target_roles=ROLES,
        allow=ALL,
        why="the cluster's machines talk with one another",
    )
    yield FirewallPlan(
        name=names.of("sessions"),
        network=nodes,
        source_ranges=(IAP,),
        source_roles=(),
        target_roles=("head",),
        allow=("tcp:22",),
        why="sessions through Identity-Aware Proxy",
    )
    if isinstance(spec.network.access, SshAccess):
        yield FirewallPlan(
            name=names.of("ssh"),
            network=nodes,
            source_ranges=spec.network.access.ssh_from,
            source_roles=(),
            target_roles=("head",),
            allow=("tcp:22",),
            why="secure shells from the ranges that the spec names",
        )
    for name in used_subnets(spec):
        subnet = ranges.subnet(name)
        if subnet.network not in (NODES, RDMA):
            yield FirewallPlan(
                name=names.of(name),
                network=names.of(name),
                source_ranges=(subnet.cidr,),
                source_roles=(),
                target_roles=("compute",),
                allow=ALL,
                why="GPUs of different nodes talk with one another",
            )
    yield from _file_systems(spec, nodes, ranges, names)


def _file_systems(spec: ClusterSpec, nodes: str, ranges: Layout, names: Names) -> Iterator[FirewallPlan]:
    """What file systems send by themselves; answers need no rule.

    Lustre's servers call back on 988 (https://docs.cloud.google.com/managed-lustre/docs/vpc), NFS 3's for locks
    (https://docs.cloud.google.com/filestore/docs/configuring-firewall); NFS 4.1 has none of that.
    """
    called = {
        "lustre": (("tcp:988",), any(isinstance(storage, LustreSpec) for storage in spec.storage)),
        "nfs-locks": (
            ("tcp:111,2046,4045",),
            any(isinstance(one, NfsSpec) and nfs(spec, one).version.value == "3" for one in spec.storage),
        ),
    }
    for name, (allow, there) in called.items():
        if there:
            yield FirewallPlan(
                name=names.of(name),
                network=nodes,
                source_ranges=(ranges.services,),
                source_roles=(),
                target_roles=ROLES,
                allow=allow,
                why="the file system's servers call their clients",
            )
