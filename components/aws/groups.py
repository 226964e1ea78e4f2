"""A group of a cluster on AWS: what its instances start with, and an Auto Scaling group whose size is the head's."""

from __future__ import annotations

import base64

import pulumi
from pulumi_aws import autoscaling, ec2

from clusterwright.bootstrap import user_data
from clusterwright.plan.aws.model import AwsGroupPlan, AwsPlan, MachinePlan, MarketPlan, MixedPlan
from components.aws.identity import Identity
from components.aws.network import Network


def group(
    name: str, plan: AwsPlan, part: AwsGroupPlan, network: Network, identity: Identity, opts: pulumi.ResourceOptions
) -> None:
    """Registers the group `part`. `opts` say what its instances wait for; a template or a placement starts nothing."""
    child = pulumi.ResourceOptions(parent=opts.parent)
    template = _template(name, plan, part, network, identity, child)
    scaling = part.scaling
    placement = None
    if scaling.placement_group is not None:
        placement = ec2.PlacementGroup(
            name,
            name=scaling.placement_group,
            strategy=scaling.placement_strategy,
            tags=plan.named(scaling.placement_group, part.name),
            opts=child,
        )
    version = template.latest_version.apply(str)
    mixed = _mixed(scaling.mixed, template.id, version) if scaling.mixed else None
    made = autoscaling.Group(
        name,
        name=scaling.name,
        min_size=scaling.min,
        max_size=scaling.max,
        launch_template=None if mixed else autoscaling.GroupLaunchTemplateArgs(id=template.id, version=version),
        mixed_instances_policy=mixed,
        vpc_zone_identifiers=[network.subnets[subnet] for subnet in part.instance.subnets],
        placement_group=placement.id if placement else None,
        protect_from_scale_in=scaling.protected,
        suspended_processes=[*scaling.suspended],
        health_check_type=scaling.health_check,
        wait_for_capacity_timeout=scaling.capacity_timeout,
        force_delete=scaling.force_delete,
        enabled_metrics=[autoscaling.Metric(metric) for metric in scaling.metrics],
        # Instances, disks and interfaces have theirs from the template.
        tags=[
            autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=False)
            for key, value in plan.named(scaling.name, part.name).items()
        ],
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                ignore_changes=["desiredCapacity"],
                custom_timeouts=pulumi.CustomTimeouts(delete=scaling.delete_timeout),
            ),
        ),
    )
    for action in scaling.schedule:
        autoscaling.Schedule(
            f"{name}-{action.name}",
            autoscaling_group_name=made.name,
            scheduled_action_name=action.name,
            start_time=action.at,
            # The provider's word for a bound that stays as it is.
            min_size=-1,
            max_size=-1,
            desired_capacity=action.desired,
            opts=child,
        )


def _template(
    name: str, plan: AwsPlan, part: AwsGroupPlan, network: Network, identity: Identity, opts: pulumi.ResourceOptions
) -> ec2.LaunchTemplate:
    machine, market = part.instance, part.market
    tags = plan.named(machine.name, part.name)
    return ec2.LaunchTemplate(
        name,
        name=machine.name,
        image_id=machine.image.id,
        instance_type=part.machine,
        iam_instance_profile=ec2.LaunchTemplateIamInstanceProfileArgs(name=identity.profiles[machine.role]),
        network_interfaces=_interfaces(machine, network),
        block_device_mappings=[_root(machine, identity)],
        metadata_options=ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled",
            http_tokens=machine.metadata.http_tokens,
            http_put_response_hop_limit=machine.metadata.hop_limit,
            instance_metadata_tags="enabled" if machine.metadata.instance_tags else "disabled",
        ),
        instance_market_options=_market(market) if market.type else None,
        capacity_reservation_specification=ec2.LaunchTemplateCapacityReservationSpecificationArgs(
            capacity_reservation_target=ec2.LaunchTemplateCapacityReservationSpecificationCapacityReservationTargetArgs(
                capacity_reservation_id=market.reservation
            )
        )
        if market.reservation
        else None,
        user_data=base64.b64encode(user_data(plan, "compute", part.name).encode()).decode(),
        update_default_version=True,
        tag_specifications=[
            ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=tags) for kind in machine.tagged
        ],
        tags=tags,
        opts=opts,
    )


def _interfaces(machine: MachinePlan, network: Network) -> list[ec2.LaunchTemplateNetworkInterfaceArgs]:
    """Without a subnet: that is the Auto Scaling group's to choose."""
    return [
        ec2.LaunchTemplateNetworkInterfaceArgs(
            network_card_index=interface.card,
            device_index=interface.device,
            interface_type=interface.type,
            associate_public_ip_address="false" if interface.type == "interface" else None,
            delete_on_termination="true",
            security_groups=[network.security_groups[group] for group in machine.security_groups],
        )
        for alike in machine.interfaces
        for interface in alike.each
    ]


def _root(machine: MachinePlan, identity: Identity) -> ec2.LaunchTemplateBlockDeviceMappingArgs:
    return ec2.LaunchTemplateBlockDeviceMappingArgs(
        device_name=machine.root_device,
        ebs=ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
            volume_type=machine.disk.kind,
            volume_size=machine.disk.size_gib,
            iops=machine.disk.iops,
            throughput=machine.disk.throughput_mbps,
            encrypted="true",
            kms_key_id=identity.key,
            delete_on_termination="true",
        ),
    )


def _market(market: MarketPlan) -> ec2.LaunchTemplateInstanceMarketOptionsArgs:
    spot = market.spot
    return ec2.LaunchTemplateInstanceMarketOptionsArgs(
        market_type=market.type,
        spot_options=ec2.LaunchTemplateInstanceMarketOptionsSpotOptionsArgs(
            max_price=spot.max_price, spot_instance_type=spot.type
        )
        if spot
        else None,
    )


def _mixed(
    plan: MixedPlan, template: pulumi.Input[str], version: pulumi.Input[str]
) -> autoscaling.GroupMixedInstancesPolicyArgs:
    return autoscaling.GroupMixedInstancesPolicyArgs(
        launch_template=autoscaling.GroupMixedInstancesPolicyLaunchTemplateArgs(
            launch_template_specification=autoscaling.GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs(
                launch_template_id=template, version=version
            ),
            overrides=[
                autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArgs(instance_type=machine)
                for machine in plan.machines
            ],
        ),
        instances_distribution=autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs(
            on_demand_base_capacity=plan.on_demand_base,
            on_demand_percentage_above_base_capacity=plan.on_demand_percentage,
            spot_allocation_strategy=plan.spot_strategy,
            spot_max_price=plan.spot_max_price,
        ),
    )
