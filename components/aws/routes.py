"""The ways out of a cluster's own network: one subnet through the internet gateway, all others through the NAT."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_aws import ec2

from clusterwright.plan.aws.model import AwsPlan

WORLD = "0.0.0.0/0"


class Routes:
    """`private` is the table of the subnets that machines stand in; `resources` is what machines wait for."""

    def __init__(
        self,
        name: str,
        plan: AwsPlan,
        vpc: pulumi.Input[str],
        subnets: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        def table(way: str) -> ec2.RouteTable:
            return ec2.RouteTable(f"{name}-{way}", vpc_id=vpc, tags=plan.named(f"{plan.name}-{way}"), opts=opts)

        def after(*resources: pulumi.Resource) -> pulumi.ResourceOptions:
            return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*resources]))

        public, self.private = table("public"), table("private")
        internet = ec2.InternetGateway(f"{name}-internet", vpc_id=vpc, tags=plan.named(plan.name), opts=opts)
        out = ec2.Route(
            f"{name}-public-out",
            route_table_id=public.id,
            destination_cidr_block=WORLD,
            gateway_id=internet.id,
            opts=opts,
        )
        associations = {
            subnet: ec2.RouteTableAssociation(
                f"{name}-{subnet}",
                route_table_id=(public if subnet == plan.network.nat else self.private).id,
                subnet_id=id,
                opts=opts,
            )
            for subnet, id in subnets.items()
        }
        self.resources: list[pulumi.Resource] = [*associations.values()]
        if plan.network.nat is not None:
            # Both want the internet gateway there
            # (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-eip.html).
            address = ec2.Eip(f"{name}-nat", domain="vpc", tags=plan.named(f"{plan.name}-nat"), opts=after(internet))
            nat = ec2.NatGateway(
                f"{name}-nat",
                allocation_id=address.allocation_id,
                subnet_id=subnets[plan.network.nat],
                tags=plan.named(plan.name),
                opts=after(out, associations[plan.network.nat]),
            )
            self.resources.append(
                ec2.Route(
                    f"{name}-private-out",
                    route_table_id=self.private.id,
                    destination_cidr_block=WORLD,
                    nat_gateway_id=nat.id,
                    opts=opts,
                )
            )
