"""The head of a cluster on GCP: an instance with an address and disks that outlive it."""

from __future__ import annotations

import pulumi
from pulumi_gcp import compute

from clusterwright.bootstrap import user_data
from clusterwright.plan.gcp.model import GcpPlan, MachinePlan, SchedulingPlan
from components.gcp.identity import Identity
from components.gcp.network import Network
from components.gcp.storage import Storage

SCOPES = ["cloud-platform"]
"""What an account may do is what IAM says
(https://docs.cloud.google.com/compute/docs/access/service-accounts#scopes_best_practice)."""


class Head:
    """`name` is the instance's; `resources` is what nodes wait for: the head with its disks."""

    def __init__(
        self,
        name: str,
        plan: GcpPlan,
        network: Network,
        identity: Identity,
        storage: Storage,
        opts: pulumi.ResourceOptions,
    ) -> None:
        head, machine, name = plan.head, plan.head.instance, f"{name}-{plan.head.name}"
        key = identity.key if machine.encrypted else None
        devices = {part.name: part.device for part in (*plan.storage, head.state) if part.kind == "volume"}
        # An address of its own, so that a head that is made anew has it again.
        address = compute.Address(
            name,
            name=head.address,
            address_type="INTERNAL",
            purpose="GCE_ENDPOINT",
            subnetwork=network.subnet,
            region=plan.region,
            labels=plan.tags_of(),
            opts=pulumi.ResourceOptions(parent=opts.parent),
        )
        instance = compute.Instance(
            name,
            name=head.full_name,
            zone=plan.zone,
            machine_type=head.machine,
            boot_disk=_boot_disk(plan, machine, key),
            attached_disks=[
                compute.InstanceAttachedDiskArgs(
                    source=storage.volumes[volume],
                    device_name=devices[volume],
                    kms_key_self_link=key,
                )
                for volume in head.volumes
            ],
            network_interfaces=[
                compute.InstanceNetworkInterfaceArgs(
                    nic_type=one.nic_type,
                    subnetwork=network.subnets[one.subnet],
                    network_ip=address.address if one.index == 0 else None,
                )
                for one in machine.interfaces
            ],
            service_account=compute.InstanceServiceAccountArgs(email=machine.service_account, scopes=SCOPES),
            scheduling=_scheduling(machine.scheduling),
            shielded_instance_config=compute.InstanceShieldedInstanceConfigArgs(
                enable_secure_boot=machine.secure_boot,
                enable_vtpm=machine.vtpm,
                enable_integrity_monitoring=machine.integrity_monitoring,
            ),
            metadata={**machine.metadata, "user-data": user_data(plan, "head", None)},
            # Another machine type is had by stopping it: its disks and its address stay.
            allow_stopping_for_update=True,
            labels=plan.tags_of(),
            # Name, address and disks are one instance's at a time.
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True)),
        )
        self.name = instance.name
        self.resources: list[pulumi.Resource] = [instance]


def _boot_disk(plan: GcpPlan, machine: MachinePlan, key: pulumi.Input[str] | None) -> compute.InstanceBootDiskArgs:
    return compute.InstanceBootDiskArgs(
        auto_delete=True,
        kms_key_self_link=key,
        initialize_params=compute.InstanceBootDiskInitializeParamsArgs(
            image=machine.image.id,
            type=machine.disk.kind,
            size=machine.disk.size_gib,
            provisioned_iops=machine.disk.iops,
            provisioned_throughput=machine.disk.throughput_mbps,
            labels=plan.tags_of(),
        ),
    )


def _scheduling(plan: SchedulingPlan) -> compute.InstanceSchedulingArgs:
    return compute.InstanceSchedulingArgs(
        provisioning_model=plan.provisioning,
        on_host_maintenance=plan.on_host_maintenance,
        automatic_restart=plan.automatic_restart,
    )
