"""The machines of a cluster on GCP: the head, and groups with how they are bought and placed."""

from typing import Literal

from clusterwright.plan.cloud import CloudGroupPlan, CloudHeadPlan, DiskPlan
from clusterwright.plan.gcp.model.storage import VolumePlan
from clusterwright.plan.model import PlanModel


class InterfacePlan(PlanModel):
    """A network interface: in one of the cluster's subnets by its name, or in an existing one by its full name."""

    index: int
    nic_type: Literal["GVNIC", "MRDMA"]
    network: str
    subnet: str


class PlacementPlan(PlanModel):
    """A policy that says how near machines stand; the template names a compact one, the group a workload policy."""

    policy: Literal["none", "compact", "workload"]
    name: str | None
    collocation: Literal["COLLOCATED"] | None
    max_distance: int | None
    workload_type: Literal["HIGH_THROUGHPUT"] | None
    topology_distance: Literal["SUBBLOCK", "BLOCK", "CLUSTER"] | None
    accelerator_topology: str | None


class SchedulingPlan(PlanModel):
    """How the cloud treats a machine. `provisioning` is None where only the reservation's kind, in the lock, says it.

    `max_run_duration` is in seconds.
    """

    provisioning: Literal["STANDARD", "SPOT", "FLEX_START", "RESERVATION_BOUND"] | None
    on_host_maintenance: Literal["MIGRATE", "TERMINATE"]
    automatic_restart: bool
    termination_action: Literal["DELETE"] | None
    max_run_duration: int | None


class AffinityPlan(PlanModel):
    """Which reservations a machine may use."""

    type: Literal["NO_RESERVATION", "ANY_RESERVATION", "SPECIFIC_RESERVATION"]
    key: str | None
    values: tuple[str, ...]


class ImagePlan(PlanModel):
    """The image of a machine: its key in the lock, and its id; without a lock None, unless the spec gives it."""

    key: str
    id: str | None


class MachinePlan(PlanModel):
    """What an instance starts with, be it the head or a node. Its disk has its labels.

    `secure_boot` starts signed kernels with signed modules alone.
    """

    image: ImagePlan
    disk: DiskPlan
    encrypted: bool
    interfaces: tuple[InterfacePlan, ...]
    service_account: str
    scheduling: SchedulingPlan
    metadata: dict[str, str]
    public_address: Literal[False] = False
    secure_boot: bool
    vtpm: Literal[True] = True
    integrity_monitoring: Literal[True] = True


class GcpHeadPlan(CloudHeadPlan):
    """The head: one machine that Compute Engine starts again elsewhere, with its disks, when its host fails.

    `volumes` are its own, by name of the plan's storage; `state` holds Slurm's state and accounting. `address` names a
    reserved address in the nodes' subnet, so that a head that is made anew is found where the last one was.

    It has no deletion protection: Google's holds for the deployer as well, so that neither another image nor the end of
    the cluster would be possible, and what has to outlive it is on its volumes
    (https://docs.cloud.google.com/compute/docs/instances/preventing-accidental-vm-deletion).
    """

    full_name: str
    instance: MachinePlan
    state: VolumePlan
    volumes: tuple[str, ...]
    address: str


class GroupManagerPlan(PlanModel):
    """The managed instance group. Its size is the head's: what is planned is the largest that it may get.

    Machines are neither repaired nor replaced by it, since a node that failed stays up for a look.
    """

    name: str
    base_instance_name: str
    min_size: Literal[0] = 0
    max_size: int
    ignore_target_size: Literal[True] = True
    wait_for_instances: Literal[False] = False
    default_action_on_failure: Literal["DO_NOTHING"] = "DO_NOTHING"
    update_type: Literal["OPPORTUNISTIC"] = "OPPORTUNISTIC"
    grows_by: Literal["resize", "resize_request"]
    shrinks_by: Literal["delete_instances"] = "delete_instances"


class GcpGroupPlan(CloudGroupPlan):
    """A group: an instance template and a managed instance group of its machines."""

    instance: MachinePlan
    placement: PlacementPlan
    affinity: AffinityPlan
    manager: GroupManagerPlan

    @property
    def near(self) -> str:
        return self.placement.policy
