"""The network: private subnets, one way out, no way in."""

from clusterwright.decide.aws.addresses import DEFAULT_CIDR, SERVICES, Layout, layout
from clusterwright.decide.aws.storage import lustre, lustre_efa
from clusterwright.plan.aws.identity import WRITE_OBJECTS
from clusterwright.plan.aws.model import (
    Direction,
    EndpointPlan,
    ExistingNetworkPlan,
    FlowLogsPlan,
    NetworkPlan,
    ResourceStatementPlan,
    RulePlan,
    SecurityGroupPlan,
    SubnetPlan,
)
from clusterwright.plan.aws.names import Names
from clusterwright.plan.decisions import Decisions
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.lock import Lock
from clusterwright.spec.network import ExistingNetwork, SshAccess
from clusterwright.spec.storage import LustreSpec, NfsSpec, OnDestroy

WORLD = "0.0.0.0/0"
WAYS: tuple[Direction, ...] = ("ingress", "egress")
CLUSTER, LUSTRE, NFS, ENDPOINTS = "cluster", "lustre", "nfs", "endpoints"
LUSTRE_PORTS = ((988, 988), (1018, 1023))
"""FSx for Lustre user guide, "File system access control with Amazon VPC"
(https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html)."""


def plan_network(spec: ClusterSpec, lock: Lock | None, names: Names, decisions: Decisions) -> NetworkPlan:
    """The network of a spec without errors."""
    section, existing = spec.network, spec.network.existing
    laid = None
    if existing is None:
        laid = layout(spec)
        if laid is None:
            raise ValueError("the rules pass no range that is no network of AWS")
        decisions.default(section, "network.cidr", DEFAULT_CIDR, "private, with room for 32,763 nodes")
        decisions.default(section, "network.endpoints", section.endpoints, "the ones that cost nothing")
        decisions.default(section, "network.flow_logs", section.flow_logs, "who talked to whom is asked afterwards")
    decisions.default(section, "network.access", "session", "sessions need no open port, and IAM says who opens them")
    return NetworkPlan(
        cidr=str(laid.vpc) if laid else None,
        existing=_existing(existing, lock, names) if existing else None,
        subnets=_subnets(laid, spec) if laid else (),
        nat="public" if laid else None,
        endpoints=_endpoints(spec, names) if laid else (),
        security_groups=_security_groups(spec),
        flow_logs=FlowLogsPlan(group=names.log_group("flow")) if laid and section.flow_logs else None,
        on_destroy=_end(bool(laid and _stood_in(spec))),
    )


def lustre_subnet(efa: bool) -> str:
    """The subnet of a Lustre file system: over EFA it is reached from its own subnet alone."""
    return "nodes" if efa else "services"


def _stood_in(spec: ClusterSpec) -> set[str]:
    """The subnets that file systems stand in which are kept when the cluster goes. Of EFS only its mount targets stand
    in one, which go."""
    return {
        lustre_subnet(lustre(storage).efa.value)
        for storage in spec.storage
        if isinstance(storage, LustreSpec) and storage.on_destroy == "keep"
    }


def _end(keep: bool) -> OnDestroy:
    return "keep" if keep else "delete"


def standing(network: NetworkPlan, name: str) -> tuple[str, ...]:
    """The subnets that machines or services of the subnet `name` stand in: all of those of an existing network."""
    return network.existing.subnets if network.existing else (name,)


def _existing(existing: ExistingNetwork, lock: Lock | None, names: Names) -> ExistingNetworkPlan:
    """An existing network; of its subnets those in the cluster's zone, as far as the lock knows them."""
    zones = {id: subnet.zone for id, subnet in lock.subnets.items()} if lock else {}
    return ExistingNetworkPlan(
        vpc=existing.vpc,
        subnets=tuple(id for id in existing.subnets if zones.get(id) in (None, names.zone)),
    )


def _subnets(laid: Layout, spec: ClusterSpec) -> tuple[SubnetPlan, ...]:
    return tuple(
        SubnetPlan(name=name, full_name=f"{spec.name}-{name}", cidr=str(cidr), on_destroy=_end(name in _stood_in(spec)))
        for name, cidr in laid.subnets.items()
    )


def _endpoints(spec: ClusterSpec, names: Names) -> tuple[EndpointPlan, ...]:
    """A gateway for S3, interfaces for the rest. Services of China are named after their own domain."""
    domain = "cn.com.amazonaws" if names.partition == "aws-cn" else "com.amazonaws"
    wanted = [service for name in dict.fromkeys(spec.network.endpoints) for service in SERVICES[name]]
    return tuple(
        EndpointPlan(
            name=service,
            service=f"com.amazonaws.{names.region}.s3",
            kind="Gateway",
            statements=_read_anywhere_write_here(names),
        )
        if service == "s3"
        else EndpointPlan(
            name=service.replace(".", "-"),
            service=f"{domain}.{names.region}.{service}",
            kind="Interface",
            subnet="services",
            security_groups=(ENDPOINTS,),
        )
        for service in wanted
    )


def _read_anywhere_write_here(names: Names) -> tuple[ResourceStatementPlan, ...]:
    """What may be asked of S3 through the gateway: to read, and in buckets of this account to write, as roles may.

    Who brings credentials of another account into the network, or finds a bucket that everybody may write, carries
    nothing out on this way
    (https://aws.amazon.com/blogs/storage/limit-access-to-amazon-s3-buckets-owned-by-specific-aws-accounts/).
    Reading is anybody's, signed or not: the agent of Systems Manager, EFA's installer, layers of ECR's images and texts
    of others come from buckets of others, and AWS's own are many
    (https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-minimum-s3-permissions.html,
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html). A bucket of another region is reached
    through the NAT gateway, of which this says nothing
    (https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html).
    """
    return (
        ResourceStatementPlan(
            sid="ReadAnywhere",
            effect="Allow",
            actions=("s3:Get*", "s3:List*"),
            resources=("*",),
            principals="*",
        ),
        ResourceStatementPlan(
            sid="WriteInThisAccount",
            effect="Allow",
            actions=WRITE_OBJECTS,
            resources=("*",),
            conditions={"StringEquals": {"s3:ResourceAccount": (names.account,)}},
            principals="*",
        ),
    )


def _security_groups(spec: ClusterSpec) -> tuple[SecurityGroupPlan, ...]:
    """A group for all machines, and one for each kind of service that they reach.

    EFA needs a group that lets through everything to itself and from itself; a rule for the world does not stand in
    for either (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html).
    """
    cluster = [
        _all("ingress", CLUSTER, "nodes reach each other, by EFA too"),
        _all("egress", CLUSTER, "nodes reach each other, by EFA too"),
        _tcp("egress", (443, 443), WORLD, "the services of AWS, and packages, through the NAT gateway"),
        _tcp("egress", (80, 80), WORLD, "signed packages of the distribution"),
    ]
    groups = []
    if any(isinstance(storage, LustreSpec) for storage in spec.storage):
        cluster += [_tcp(way, ports, LUSTRE, "Lustre") for way in WAYS for ports in LUSTRE_PORTS]
        rules = [
            _tcp(direction, ports, peer, "Lustre")
            for direction in WAYS
            for peer in (CLUSTER, LUSTRE)
            for ports in LUSTRE_PORTS
        ]
        if lustre_efa(spec):
            cluster += [_all(way, LUSTRE, "Lustre by EFA") for way in WAYS]
            rules += [_all(way, peer, "Lustre by EFA") for peer in (CLUSTER, LUSTRE) for way in WAYS]
        groups.append((LUSTRE, "the servers of FSx for Lustre", rules))
    if any(isinstance(storage, NfsSpec) for storage in spec.storage):
        cluster.append(_tcp("egress", (2049, 2049), NFS, "NFS"))
        groups.append((NFS, "the mount targets of EFS", [_tcp("ingress", (2049, 2049), CLUSTER, "NFS")]))
    if spec.network.existing is None and set(spec.network.endpoints) - {"s3"}:
        rules = [_tcp("ingress", (443, 443), CLUSTER, "the services of AWS, without leaving the network")]
        groups.append((ENDPOINTS, "the endpoints of the services of AWS", rules))
    if isinstance(spec.network.access, SshAccess):
        rules = [_tcp("ingress", (22, 22), cidr, "secure shells") for cidr in spec.network.access.ssh_from]
        groups.append(("ssh", "secure shells to the head", rules))
    return tuple(
        SecurityGroupPlan(
            name=name,
            description=f"{spec.name}: {what}",
            rules=tuple(rules),
            on_destroy=_end(name == LUSTRE and bool(_stood_in(spec))),
        )
        for name, what, rules in ((CLUSTER, "head and nodes", cluster), *groups)
    )


def _all(direction: Direction, peer: str, why: str) -> RulePlan:
    return RulePlan(direction=direction, protocol="all", ports=None, peer=peer, why=why)


def _tcp(direction: Direction, ports: tuple[int, int], peer: str, why: str) -> RulePlan:
    return RulePlan(direction=direction, protocol="tcp", ports=ports, peer=peer, why=why)
