"""The networks of a cluster on GCP: private subnets, one way out, no way in; or rules in one that is there."""

from __future__ import annotations

import pulumi
from pulumi_gcp import compute, servicenetworking

from clusterwright.plan.gcp.model import FirewallPlan, GcpPlan, NatPlan, ServicesPlan, SubnetPlan, VpcPlan
from components.options import kept

Ids = dict[str, pulumi.Input[str]]


class Network(pulumi.ComponentResource):
    """Networks of the cluster's own, one of them an existing one if the plan says so, and the rules of both.

    `networks` and `subnets` are ids by the names that the plan's interfaces have them by, `vpc` is the id of the
    nodes' network and `subnet` that of the head's subnet. `services` is what file systems of Google's own network wait
    for. `kept` is what outlives the cluster, `resources` what machines wait for: without a way out and rules they reach
    nothing.
    """

    def __init__(self, name: str, plan: GcpPlan, opts: pulumi.ResourceOptions) -> None:
        """`opts` say what the rules wait for: the accounts that they name. A kept network would keep those too."""
        super().__init__("clusterwright:index:GcpNetwork", name, None, pulumi.ResourceOptions(parent=opts.parent))
        self._name, self._plan = name, plan
        self._child = pulumi.ResourceOptions(parent=self)
        self._named = pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on)
        # What a kept file system is reached through can't be deleted as long as that is there.
        self._ground = kept(self, plan.network.on_destroy)
        self.resources: list[pulumi.Resource] = []
        self.networks: Ids = {}
        self.subnets: Ids = {}
        existing = plan.network.existing
        if existing is not None:
            self.networks[existing.vpc] = _whole(existing.vpc, f"projects/{plan.project}/global/networks")
            place = f"projects/{plan.project}/regions/{plan.region}/subnetworks"
            self.subnets |= {subnet: _whole(subnet, place) for subnet in existing.subnets}
        for network in plan.network.networks:
            self._network(network)
        nodes = plan.head.instance.interfaces[0]
        self.vpc, self.subnet = self.networks[nodes.network], self.subnets[nodes.subnet]
        self.services = [self._services(plan.network.services)] if plan.network.services else []
        if plan.network.nat is not None:
            self.resources.append(self._nat(plan.network.nat))
        self.resources += [self._rule(rule) for rule in plan.network.firewall]
        self.kept = [{"name": "network", "path": self.vpc}] if plan.network.on_destroy == "keep" else []
        self.register_outputs({"vpc": self.vpc, "subnets": self.subnets})

    def _network(self, network: VpcPlan) -> None:
        plan = self._plan
        made = compute.Network(
            f"{self._name}-{network.name}",
            name=network.full_name,
            auto_create_subnetworks=False,
            mtu=network.mtu,
            network_profile=f"projects/{plan.project}/global/networkProfiles/{network.profile}"
            if network.profile
            else None,
            routing_mode="REGIONAL",
            opts=kept(self, network.on_destroy),
        )
        self.networks[network.full_name] = made.id
        for subnet in network.subnets:
            self.subnets[subnet.full_name] = self._subnet(network, subnet, made)

    def _subnet(self, network: VpcPlan, subnet: SubnetPlan, made: compute.Network) -> pulumi.Output[str]:
        # A network and its only subnet have one name.
        name = f"{self._name}-{network.name}-{subnet.name.removeprefix(f'{network.name}-')}"
        logs = subnet.flow_logs
        return compute.Subnetwork(
            name,
            name=subnet.full_name,
            network=made.id,
            region=self._plan.region,
            ip_cidr_range=subnet.cidr,
            private_ip_google_access=subnet.private_access,
            log_config=compute.SubnetworkLogConfigArgs(flow_sampling=logs.sampling, metadata=logs.metadata)
            if logs
            else None,
            opts=self._child,
        ).id

    def _nat(self, nat: NatPlan) -> compute.RouterNat:
        router = compute.Router(
            f"{self._name}-router",
            name=nat.router,
            network=self.networks[nat.network],
            region=self._plan.region,
            opts=self._child,
        )
        return compute.RouterNat(
            f"{self._name}-nat",
            name=nat.name,
            router=router.name,
            region=self._plan.region,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[
                compute.RouterNatSubnetworkArgs(
                    name=self.subnets[nat.subnet], source_ip_ranges_to_nats=["ALL_IP_RANGES"]
                )
            ],
            log_config=compute.RouterNatLogConfigArgs(enable=True, filter=f"{nat.logs}_only".upper()),
            opts=self._child,
        )

    def _services(self, services: ServicesPlan) -> servicenetworking.Connection:
        """The peering with Google's network of file systems, and the range that it has from ours."""
        address, _, length = services.cidr.partition("/")
        taken = compute.GlobalAddress(
            f"{self._name}-services",
            name=services.name,
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            address=address,
            prefix_length=int(length),
            network=self.vpc,
            labels=self._plan.tags_of(),
            opts=self._ground,
        )
        return servicenetworking.Connection(
            f"{self._name}-services",
            network=self.vpc,
            service="servicenetworking.googleapis.com",
            reserved_peering_ranges=[taken.name],
            deletion_policy=services.deletion_policy,
            opts=self._ground,
        )

    def _rule(self, rule: FirewallPlan) -> compute.Firewall:
        emails = {account.role: account.email for account in self._plan.identity.accounts}
        return compute.Firewall(
            f"{self._name}-{rule.name.removeprefix(f'{self._plan.name}-')}",
            name=rule.name,
            description=rule.why,
            network=self.networks[rule.network],
            direction="INGRESS",
            source_ranges=[*rule.source_ranges] or None,
            source_service_accounts=[emails[role] for role in rule.source_roles] or None,
            target_service_accounts=[emails[role] for role in rule.target_roles],
            allows=[_allow(one) for one in rule.allow],
            opts=self._named,
        )


def _whole(name: str, place: str) -> str:
    """The full name of what the plan calls by its name, or by its full one: some services know no other."""
    return name if "/" in name else f"{place}/{name}"


def _allow(allowed: str) -> compute.FirewallAllowArgs:
    """A protocol of the plan's, with its ports after a colon."""
    protocol, _, ports = allowed.partition(":")
    return compute.FirewallAllowArgs(protocol=protocol, ports=ports.split(",") if ports else None)
