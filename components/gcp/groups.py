"""A group of a cluster on GCP: what its machines start with, and a managed instance group whose size is the head's."""

from __future__ import annotations

import pulumi
from pulumi_gcp import compute

from clusterwright.bootstrap import user_data
from clusterwright.plan.gcp.model import AffinityPlan, GcpGroupPlan, GcpPlan, PlacementPlan, SchedulingPlan
from components.gcp.head import SCOPES
from components.gcp.identity import Identity
from components.gcp.network import Network


def group(
    name: str, plan: GcpPlan, part: GcpGroupPlan, network: Network, identity: Identity, opts: pulumi.ResourceOptions
) -> None:
    """Registers the group `part`. `opts` say what its machines wait for; a template or a policy starts nothing."""
    child = pulumi.ResourceOptions(parent=opts.parent)
    manager, placed = part.manager, part.placement
    policy = _policy(name, plan, placed, child) if placed.name is not None else None
    compact = policy.id if policy and placed.policy == "compact" else None
    template = _template(name, plan, part, network, identity, compact, child)
    compute.InstanceGroupManager(
        name,
        name=manager.name,
        zone=plan.zone,
        base_instance_name=manager.base_instance_name,
        # A template's name is another's after it was deleted: its unique link is not.
        versions=[compute.InstanceGroupManagerVersionArgs(instance_template=template.self_link_unique)],
        target_size=manager.min_size,
        resource_policies=compute.InstanceGroupManagerResourcePoliciesArgs(workload_policy=policy.id)
        if policy and placed.policy == "workload"
        else None,
        update_policy=compute.InstanceGroupManagerUpdatePolicyArgs(type=manager.update_type, minimal_action="REPLACE"),
        instance_lifecycle_policy=compute.InstanceGroupManagerInstanceLifecyclePolicyArgs(
            default_action_on_failure=manager.default_action_on_failure
        ),
        wait_for_instances=manager.wait_for_instances,
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(ignore_changes=["targetSize"] if manager.ignore_target_size else None)
        ),
    )


def _policy(name: str, plan: GcpPlan, placed: PlacementPlan, opts: pulumi.ResourceOptions) -> compute.ResourcePolicy:
    """How near machines stand: of a compact placement as many as come, of a workload as its accelerators want it."""
    compact = placed.policy == "compact"
    return compute.ResourcePolicy(
        name,
        name=placed.name,
        region=plan.region,
        group_placement_policy=compute.ResourcePolicyGroupPlacementPolicyArgs(
            collocation=placed.collocation, max_distance=placed.max_distance
        )
        if compact
        else None,
        workload_policy=compute.ResourcePolicyWorkloadPolicyArgs(
            type=placed.workload_type or "",
            max_topology_distance=placed.topology_distance,
            accelerator_topology=placed.accelerator_topology,
        )
        if not compact
        else None,
        opts=opts,
    )


def _template(
    name: str,
    plan: GcpPlan,
    part: GcpGroupPlan,
    network: Network,
    identity: Identity,
    compact: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> compute.InstanceTemplate:
    """A template can't be changed: another is made with a name of its own, and the group's next machines have it."""
    machine = part.instance
    return compute.InstanceTemplate(
        name,
        name_prefix=f"{part.manager.name}-",
        machine_type=part.machine,
        region=plan.region,
        disks=_disks(plan, part, identity.key),
        network_interfaces=[
            compute.InstanceTemplateNetworkInterfaceArgs(
                nic_type=one.nic_type, network=network.networks[one.network], subnetwork=network.subnets[one.subnet]
            )
            for one in machine.interfaces
        ],
        service_account=compute.InstanceTemplateServiceAccountArgs(email=machine.service_account, scopes=SCOPES),
        scheduling=_scheduling(machine.scheduling),
        reservation_affinity=_affinity(part.affinity),
        resource_policies=compact,
        shielded_instance_config=compute.InstanceTemplateShieldedInstanceConfigArgs(
            enable_secure_boot=machine.secure_boot,
            enable_vtpm=machine.vtpm,
            enable_integrity_monitoring=machine.integrity_monitoring,
        ),
        metadata={**machine.metadata, "user-data": user_data(plan, "compute", part.name)},
        labels=plan.tags_of(part.name),
        opts=opts,
    )


def _disks(plan: GcpPlan, part: GcpGroupPlan, key: pulumi.Input[str] | None) -> list[compute.InstanceTemplateDiskArgs]:
    """What a machine boots from, and its own disks where its type has none unless they are asked for."""
    machine, scratch = part.instance, part.scratch
    boot = compute.InstanceTemplateDiskArgs(
        boot=True,
        auto_delete=True,
        source_image=machine.image.id,
        disk_type=machine.disk.kind,
        disk_size_gb=machine.disk.size_gib,
        provisioned_iops=machine.disk.iops,
        provisioned_throughput=machine.disk.throughput_mbps,
        disk_encryption_key=compute.InstanceTemplateDiskDiskEncryptionKeyArgs(kms_key_self_link=key)
        if machine.encrypted
        else None,
        labels=plan.tags_of(part.name),
    )
    asked = scratch.count if scratch and scratch.on_request else 0
    return [
        boot,
        *(
            compute.InstanceTemplateDiskArgs(
                type="SCRATCH",
                disk_type="local-ssd",
                interface="NVME",
                disk_size_gb=scratch.size_gb if scratch else None,
            )
            for _ in range(asked)
        ),
    ]


def _scheduling(plan: SchedulingPlan) -> compute.InstanceTemplateSchedulingArgs:
    return compute.InstanceTemplateSchedulingArgs(
        provisioning_model=plan.provisioning,
        preemptible=plan.provisioning == "SPOT",
        on_host_maintenance=plan.on_host_maintenance,
        automatic_restart=plan.automatic_restart,
        instance_termination_action=plan.termination_action,
        max_run_duration=compute.InstanceTemplateSchedulingMaxRunDurationArgs(seconds=plan.max_run_duration)
        if plan.max_run_duration is not None
        else None,
    )


def _affinity(plan: AffinityPlan) -> compute.InstanceTemplateReservationAffinityArgs:
    return compute.InstanceTemplateReservationAffinityArgs(
        type=plan.type,
        specific_reservation=compute.InstanceTemplateReservationAffinitySpecificReservationArgs(
            key=plan.key, values=[*plan.values]
        )
        if plan.key is not None
        else None,
    )
