"""The network of a cluster on AWS: private subnets, one way out, no way in; or security groups in one that is there."""

from __future__ import annotations

import pulumi
from pulumi_aws import ec2
from pulumi_aws.vpc import SecurityGroupEgressRule, SecurityGroupIngressRule

from clusterwright.plan.aws.model import AwsPlan, EndpointPlan, RulePlan, policy
from components.aws.routes import Routes
from components.options import kept

Ids = dict[str, pulumi.Input[str]]


class Network(pulumi.ComponentResource):
    """A network of the cluster's own or an existing one, and in either the security groups of the plan.

    `subnets` and `security_groups` are ids by the names that the plan gives them, `vpc` is the network's id.
    `kept` is what outlives the cluster, `rules` are those of each security group, which file systems in it wait for,
    and `resources` what machines wait for: without routes and rules they reach nothing.
    """

    def __init__(self, name: str, plan: AwsPlan, opts: pulumi.ResourceOptions) -> None:
        super().__init__("clusterwright:index:AwsNetwork", name, None, opts)
        self._name, self._plan = name, plan
        self._child = pulumi.ResourceOptions(parent=self)
        self.rules: dict[str, list[pulumi.Resource]] = {}
        self.resources: list[pulumi.Resource] = []
        self.vpc: pulumi.Input[str]
        self.subnets: Ids
        existing = plan.network.existing
        if existing is not None:
            self.vpc, self.subnets = existing.vpc, {subnet: subnet for subnet in existing.subnets}
            self.security_groups = self._security_groups()
        else:
            vpc = self._vpc()
            self.vpc, self.subnets = vpc.id, self._subnets(vpc)
            self.security_groups = self._security_groups()
            routes = Routes(name, plan, self.vpc, self.subnets, self._child)
            self.resources += routes.resources
            self.resources += [self._endpoint(endpoint, routes.private) for endpoint in plan.network.endpoints]
        self.kept = [{"name": "network", "path": self.vpc}] if plan.network.on_destroy == "keep" else []
        if existing is not None:
            self.kept += [
                {"name": f"security group {group.name}", "path": self.security_groups[group.name]}
                for group in plan.network.security_groups
                if group.on_destroy == "keep"
            ]
        self.register_outputs({"vpc": self.vpc, "subnets": self.subnets})

    def _vpc(self) -> ec2.Vpc:
        plan = self._plan
        vpc = ec2.Vpc(
            f"{self._name}-vpc",
            cidr_block=plan.network.cidr,
            enable_dns_support=plan.network.dns,
            enable_dns_hostnames=plan.network.dns,
            tags=plan.named(plan.name),
            opts=kept(self, plan.network.on_destroy),
        )
        # A network comes with a group that lets all through; it can't be deleted, so it is taken over without a rule
        # (https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html).
        ec2.DefaultSecurityGroup(
            f"{self._name}-default", vpc_id=vpc.id, tags=plan.named(f"{plan.name}-default"), opts=self._child
        )
        return vpc

    def _subnets(self, vpc: ec2.Vpc) -> Ids:
        plan = self._plan
        return {
            subnet.name: ec2.Subnet(
                f"{self._name}-{subnet.name}",
                vpc_id=vpc.id,
                availability_zone=plan.zone,
                cidr_block=subnet.cidr,
                map_public_ip_on_launch=False,
                tags=plan.named(subnet.full_name),
                opts=kept(self, subnet.on_destroy),
            ).id
            for subnet in plan.network.subnets
        }

    def _endpoint(self, endpoint: EndpointPlan, private: ec2.RouteTable) -> ec2.VpcEndpoint:
        gateway = endpoint.kind == "Gateway"
        return ec2.VpcEndpoint(
            f"{self._name}-{endpoint.name}",
            vpc_id=self.vpc,
            service_name=endpoint.service,
            vpc_endpoint_type=endpoint.kind,
            route_table_ids=[private.id] if gateway else None,
            private_dns_enabled=None if gateway else True,
            policy=policy(endpoint.statements) if endpoint.statements else None,
            subnet_ids=[self.subnets[endpoint.subnet]] if endpoint.subnet else None,
            security_group_ids=[self.security_groups[group] for group in endpoint.security_groups] or None,
            tags=self._plan.named(f"{self._plan.name}-{endpoint.name}"),
            opts=self._child,
        )

    def _security_groups(self) -> Ids:
        """The groups, then their rules, which name groups."""
        plan = self._plan
        groups: Ids = {
            group.name: ec2.SecurityGroup(
                f"{self._name}-{group.name}",
                name=f"{plan.name}-{group.name}",
                description=group.description,
                vpc_id=self.vpc,
                tags=plan.named(f"{plan.name}-{group.name}"),
                opts=kept(self, group.on_destroy),
            ).id
            for group in plan.network.security_groups
        }
        for group in plan.network.security_groups:
            self.rules[group.name] = [self._rule(group.name, rule, groups) for rule in group.rules]
            self.resources += self.rules[group.name]
        return groups

    def _rule(self, group: str, rule: RulePlan, groups: Ids) -> pulumi.Resource:
        make = SecurityGroupIngressRule if rule.direction == "ingress" else SecurityGroupEgressRule
        first, last = rule.ports or (None, None)
        peer = groups.get(rule.peer)
        return make(
            f"{self._name}-{group}-{rule.label}",
            security_group_id=groups[group],
            ip_protocol="-1" if rule.protocol == "all" else rule.protocol,
            from_port=first,
            to_port=last,
            referenced_security_group_id=peer,
            cidr_ipv4=None if peer is not None else rule.peer,
            description=rule.why,
            tags=self._plan.named(f"{self._plan.name}-{group}-{rule.label}"),
            opts=self._child,
        )
