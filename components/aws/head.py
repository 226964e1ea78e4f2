"""The head of a cluster on AWS: an instance with an address and disks that outlive it."""

from __future__ import annotations

import pulumi
from pulumi_aws import ec2

from clusterwright.bootstrap import user_data
from clusterwright.plan.aws.model import AwsPlan
from components.aws.identity import Identity
from components.aws.network import Network
from components.aws.storage import Storage


class Head:
    """`id` is the instance's; `resources` is what nodes wait for: the head with its disks."""

    def __init__(
        self,
        name: str,
        plan: AwsPlan,
        network: Network,
        identity: Identity,
        storage: Storage,
        opts: pulumi.ResourceOptions,
    ) -> None:
        head, machine, name = plan.head, plan.head.instance, f"{name}-{plan.head.name}"
        tags = plan.named(machine.name)
        # An interface of its own: it can be tagged, and a head that is made anew has its address again.
        interface = ec2.NetworkInterface(
            name,
            description=machine.name,
            subnet_id=network.subnets[machine.subnets[0]],
            security_groups=[network.security_groups[group] for group in machine.security_groups],
            tags=tags,
            opts=pulumi.ResourceOptions(parent=opts.parent),
        )
        instance = ec2.Instance(
            name,
            ami=machine.image.id,
            instance_type=head.machine,
            primary_network_interface=ec2.InstancePrimaryNetworkInterfaceArgs(network_interface_id=interface.id),
            iam_instance_profile=identity.profiles[machine.role],
            user_data=user_data(plan, "head", None),
            root_block_device=ec2.InstanceRootBlockDeviceArgs(
                volume_type=machine.disk.kind,
                volume_size=machine.disk.size_gib,
                iops=machine.disk.iops,
                throughput=machine.disk.throughput_mbps,
                encrypted=True,
                kms_key_id=identity.key,
                delete_on_termination=True,
                tags=tags,
            ),
            metadata_options=ec2.InstanceMetadataOptionsArgs(
                http_endpoint="enabled",
                http_tokens=machine.metadata.http_tokens,
                http_put_response_hop_limit=machine.metadata.hop_limit,
                instance_metadata_tags="enabled" if machine.metadata.instance_tags else "disabled",
            ),
            maintenance_options=ec2.InstanceMaintenanceOptionsArgs(
                auto_recovery="default" if head.auto_recovery else "disabled"
            ),
            # Against hands and other tools: who destroys the stack has said so already.
            disable_api_termination=head.termination_protection,
            force_destroy=True,
            tags=tags,
            # Interface and disks are one instance's at a time.
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True)),
        )
        self.id = instance.id
        attached = [
            ec2.VolumeAttachment(
                f"{name}-{volume.name}",
                instance_id=instance.id,
                volume_id=storage.volumes[volume.name],
                device_name=volume.device,
                # Not taken from under a head that runs: one that ends lets its disks go by itself, written to the end.
                skip_destroy=True,
                opts=pulumi.ResourceOptions(parent=opts.parent),
            )
            for volume in plan.volumes
        ]
        self.resources: list[pulumi.Resource] = [instance, *attached]
