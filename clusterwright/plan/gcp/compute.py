"""The head and the groups: machines, how they are bought and placed, and how groups of them grow."""

from clusterwright.catalog.gcp import GcpMachine, machine
from clusterwright.decide.gcp.fabric import fabric, placement
from clusterwright.decide.gcp.interfaces import NODES, Interface, interfaces
from clusterwright.decide.gcp.storage import disk
from clusterwright.decide.images import image_key
from clusterwright.decide.machines import machine_choice, machine_name
from clusterwright.plan import common
from clusterwright.plan.cloud import (
    Role,
    ScheduledAction,
    ScratchPlan,
    block_actions,
    note_disk,
    note_groups,
    note_image,
    price,
    slurm,
    timeouts,
)
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.gcp.model import (
    AffinityPlan,
    GcpGroupPlan,
    GcpHeadPlan,
    GroupManagerPlan,
    ImagePlan,
    InterfacePlan,
    MachinePlan,
    PlacementPlan,
    SchedulingPlan,
)
from clusterwright.plan.gcp.names import Names
from clusterwright.plan.gcp.storage import disk_plan, encrypted, plan_volume
from clusterwright.plan.model import CapacityPlan
from clusterwright.plan.storages import STATE, note_state, volume_names
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import Fabric, GroupSpec, HeadSpec
from clusterwright.spec.lock import Lock, LockedReservation
from clusterwright.spec.storage import BucketSpec, LustreSpec

METADATA = {"block-project-ssh-keys": "TRUE", "enable-oslogin": "TRUE", "serial-port-enable": "FALSE"}
"""Who logs in is what IAM says, not who has put a key into the project
(https://docs.cloud.google.com/compute/docs/oslogin)."""
RESERVATION_NAME = "compute.googleapis.com/reservation-name"
BOUND = "dense"
"""The kind of reservation that a future reservation of GPU machines becomes: its machines end with it
(https://docs.cloud.google.com/compute/docs/instances/about-reservation-bound-instances)."""


def plan_head(spec: ClusterSpec, lock: Lock | None, names: Names, decisions: Decisions) -> GcpHeadPlan:
    """The head, with volumes of its own. It is moved when its host needs care, and restarted when its host fails."""
    section = spec.head
    name, row = _machine(spec, section)
    decisions.default(section, "head.machine", name, machine_choice(spec, section).reason)
    scheduling = SchedulingPlan(
        provisioning="STANDARD",
        on_host_maintenance="TERMINATE" if row.gpu_count else "MIGRATE",
        automatic_restart=True,
        termination_action=None,
        max_run_duration=None,
    )
    state = plan_volume(spec, STATE, "head.state", names, Decisions())
    note_state(decisions)
    return GcpHeadPlan(
        machine=name,
        price=price(spec, lock, spec.head),
        full_name=names.of("head"),
        instance=_instance(spec, section, row, "none", "head", scheduling, lock, names, decisions),
        state=state,
        volumes=volume_names(spec),
        address=names.of("head"),
    )


def plan_groups(spec: ClusterSpec, lock: Lock | None, names: Names, decisions: Decisions) -> tuple[GcpGroupPlan, ...]:
    """The groups, each as long as any other, however many nodes it may have."""
    note_groups(spec, decisions)
    return tuple(
        _group(spec, group, f"groups[{index}]", lock, names, decisions) for index, group in enumerate(spec.groups)
    )


def _group(
    spec: ClusterSpec, group: GroupSpec, path: str, lock: Lock | None, names: Names, decisions: Decisions
) -> GcpGroupPlan:
    name, row = _machine(spec, group)
    decisions.default(group, f"{path}.machine", name, machine_choice(spec, group).reason)
    decisions.default(group, f"{path}.nodes", group.size.max, "two is the least that shows distributed training")
    bought = common.capacity(group, path, decisions)
    chosen = fabric(spec, group)
    decisions.default(group, f"{path}.fabric", chosen.value, chosen.reason)
    placed = _placement(spec, group, path, names, decisions)
    waits = timeouts(group, path, decisions)
    held = lock.reservations.get(bought.id) if lock and bought.id else None
    scheduling = _scheduling(bought, row, placed, held)
    return GcpGroupPlan(
        **common.machines(group, name, row),
        price=price(spec, lock, group),
        capacity=bought,
        fabric=chosen.value,
        instance=_instance(spec, group, row, chosen.value, "compute", scheduling, lock, names, decisions),
        scratch=_scratch(spec, row, path, decisions),
        placement=placed,
        affinity=_affinity(bought),
        manager=GroupManagerPlan(
            name=names.of(group.name),
            base_instance_name=names.of(group.name),
            max_size=group.size.max,
            grows_by="resize_request" if bought.kind == "flex_start" else "resize",
        ),
        actions=_actions(held),
        slurm=slurm(group, row, waits),
    )


def _machine(spec: ClusterSpec, part: HeadSpec | GroupSpec) -> tuple[str, GcpMachine]:
    name = machine_name(spec, part)
    row = machine(name)
    if row is None:
        raise ValueError(f"the rules pass no machine type that is unknown, as {name} is")
    return name, row


def _instance(
    spec: ClusterSpec,
    part: HeadSpec | GroupSpec,
    row: GcpMachine,
    chosen: Fabric,
    role: Role,
    scheduling: SchedulingPlan,
    lock: Lock | None,
    names: Names,
    decisions: Decisions,
) -> MachinePlan:
    path = "head" if isinstance(part, HeadSpec) else f"groups[{spec.groups.index(part)}]"
    key = image_key(row, chosen)
    wanted = part.image or key
    locked = [image for name, image in lock.images.items() if wanted in (name, image.id)] if lock else []
    root = disk(spec, part, locked[0].size if locked else None)
    note_image(part, path, key, decisions)
    note_disk(part, path, disk_plan(root), root.size, root.kind, decisions)
    return MachinePlan(
        image=ImagePlan(key=key, id=part.image or (locked[0].id if locked else None)),
        disk=disk_plan(root),
        encrypted=encrypted(spec),
        interfaces=tuple(_interface(spec, one, names) for one in interfaces(row, chosen)),
        service_account=names.email(role),
        scheduling=scheduling,
        metadata=METADATA,
        secure_boot=_secure_boot(spec, part, row),
    )


def _secure_boot(spec: ClusterSpec, part: HeadSpec | GroupSpec, row: GcpMachine) -> bool:
    """Off where modules are built or installed that the image's vendor has not signed: for GPUs, for Lustre, or in an
    image of the user's own (https://docs.cloud.google.com/compute/shielded-vm/docs/shielded-vm, Secure Boot)."""
    lustre = any(isinstance(storage, LustreSpec) for storage in spec.storage)
    return row.gpus is None and not lustre and part.image is None


def _interface(spec: ClusterSpec, one: Interface, names: Names) -> InterfacePlan:
    existing = spec.network.existing
    if existing is not None and one.network == NODES:
        return InterfacePlan(index=one.index, nic_type=one.nic_type, network=existing.vpc, subnet=existing.subnets[0])
    network, subnet = names.of(one.network), names.of(one.subnet)
    return InterfacePlan(index=one.index, nic_type=one.nic_type, network=network, subnet=subnet)


def _placement(spec: ClusterSpec, group: GroupSpec, path: str, names: Names, decisions: Decisions) -> PlacementPlan:
    chosen = placement(spec, group)
    asked = chosen.value
    decisions.default(group, f"{path}.placement", asked.policy, chosen.reason)
    return PlacementPlan(
        policy=asked.policy,
        name=None if asked.policy == "none" else names.of(group.name),
        collocation="COLLOCATED" if asked.policy == "compact" else None,
        max_distance=asked.max_distance,
        workload_type="HIGH_THROUGHPUT" if asked.policy == "workload" else None,
        topology_distance=asked.topology_distance,
        accelerator_topology=asked.accelerator_topology,
    )


def _scheduling(
    bought: CapacityPlan, row: GcpMachine, placed: PlacementPlan, held: LockedReservation | None
) -> SchedulingPlan:
    """Machines with GPUs, on spot or placed can't be moved to another host
    (https://docs.cloud.google.com/compute/docs/instances/host-maintenance-overview)."""
    fixed = row.gpu_count > 0 or bought.kind in ("spot", "flex_start") or placed.policy != "none"
    ends = bought.kind in ("spot", "flex_start") or (held is not None and held.kind == BOUND)
    match bought.kind:
        case "spot":
            provisioning = "SPOT"
        case "flex_start":
            provisioning = "FLEX_START"
        case "reservation" if held is None:
            provisioning = None
        case "reservation" if held is not None and held.kind == BOUND:
            provisioning = "RESERVATION_BOUND"
        case _:
            provisioning = "STANDARD"
    return SchedulingPlan(
        provisioning=provisioning,
        on_host_maintenance="TERMINATE" if fixed else "MIGRATE",
        automatic_restart=not ends,
        termination_action="DELETE" if ends else None,
        max_run_duration=bought.duration,
    )


def _affinity(bought: CapacityPlan) -> AffinityPlan:
    """A group takes machines from its own reservation, and from nobody else's."""
    if bought.kind == "reservation" and bought.id:
        return AffinityPlan(type="SPECIFIC_RESERVATION", key=RESERVATION_NAME, values=(bought.id,))
    return AffinityPlan(type="NO_RESERVATION", key=None, values=())


def _scratch(spec: ClusterSpec, row: GcpMachine, path: str, decisions: Decisions) -> ScratchPlan | None:
    """A machine's own disks; those that have to be asked for only where a bucket keeps what was read on them."""
    disks = row.local_disks
    if disks is None:
        return None
    cached = any(isinstance(storage, BucketSpec) and storage.cache for storage in spec.storage)
    if disks.optional and not cached:
        return None
    scratch = ScratchPlan(count=disks.count, size_gb=disks.size_gb, on_request=disks.optional)
    value = f"{scratch.count} x {scratch.size_gb} GB at {scratch.mount}"
    why = (
        "a bucket's cache has to be on them" if disks.optional else "the machine's own disks as one, wiped when it ends"
    )
    decisions.note(f"{path}.scratch", value, why)
    return scratch


def _actions(held: LockedReservation | None) -> tuple[ScheduledAction, ...]:
    """A reservation with an end ends its machines with it, so the head empties the group before."""
    return block_actions(held.start, held.end) if held is not None and held.kind == BOUND else ()
