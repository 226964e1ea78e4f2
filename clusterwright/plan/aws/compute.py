"""The head and the groups: what an instance starts with, and how many there may be."""

from itertools import groupby

from clusterwright.catalog.aws import AwsMachine, machine
from clusterwright.decide.aws.fabric import fabric, placement
from clusterwright.decide.aws.interfaces import Interface, interfaces
from clusterwright.decide.aws.storage import disk, lustre_efa, lustre_interfaces
from clusterwright.decide.images import image_key
from clusterwright.decide.machines import machine_choice, machine_name
from clusterwright.plan import common
from clusterwright.plan.aws.model import (
    AwsGroupPlan,
    AwsHeadPlan,
    ImagePlan,
    InterfacesPlan,
    MachinePlan,
    MarketPlan,
    MixedPlan,
    NetworkPlan,
    ScalingPlan,
    SchedulePlan,
    SpotPlan,
)
from clusterwright.plan.aws.names import Names
from clusterwright.plan.aws.network import CLUSTER, standing
from clusterwright.plan.aws.storage import disk_plan, plan_volume
from clusterwright.plan.cloud import (
    DiskPlan,
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
from clusterwright.plan.storages import STATE, note_state, volume_names
from clusterwright.spec.capacity import CapacityBlock, Reservation, Spot
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import Fabric, GroupSpec, HeadSpec
from clusterwright.spec.lock import Lock
from clusterwright.spec.network import SshAccess
from clusterwright.spec.units import Moment

SUSPENDED = ("AZRebalance", "ReplaceUnhealthy")
"""What Auto Scaling does of itself and a scheduler must not find done: it moves instances between zones, and ends what
it takes for ill (https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html)."""


def plan_head(spec: ClusterSpec, lock: Lock | None, network: NetworkPlan, decisions: Decisions) -> AwsHeadPlan:
    """The head. Its hardware recovers by itself, as EC2 does for every type without disks of its own
    (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-configuration-recovery.html)."""
    row = _row(spec, spec.head)
    choice = machine_choice(spec, spec.head)
    name = decisions.default(spec.head, "head.machine", machine_name(spec, spec.head), choice.reason)
    state = plan_volume(spec, STATE, 0, "head.state", Decisions())
    note_state(decisions)
    groups = (CLUSTER, "ssh") if isinstance(spec.network.access, SshAccess) else (CLUSTER,)
    return AwsHeadPlan(
        machine=name,
        price=price(spec, lock, spec.head),
        instance=MachinePlan(
            name=f"{spec.name}-head",
            image=_image(spec.head, "head", row, "none", lock, decisions),
            disk=_disk(spec, spec.head, "head", row, lock, decisions),
            interfaces=runs(interfaces(row, "none")),
            subnets=standing(network, "nodes")[:1],
            security_groups=groups,
            role="head",
        ),
        state=state,
        volumes=volume_names(spec),
        termination_protection=decisions.default(
            spec.security,
            "security.deletion_protection",
            spec.security.deletion_protection,
            "nobody ends the head by mistake",
        ),
    )


def plan_groups(
    spec: ClusterSpec, lock: Lock | None, names: Names, network: NetworkPlan, decisions: Decisions
) -> tuple[AwsGroupPlan, ...]:
    """The groups of a spec without errors, each as long as any other, however many nodes it may have."""
    note_groups(spec, decisions)
    return tuple(
        _group(spec, group, f"groups[{index}]", lock, names, network, decisions)
        for index, group in enumerate(spec.groups)
    )


def _group(
    spec: ClusterSpec,
    group: GroupSpec,
    path: str,
    lock: Lock | None,
    names: Names,
    network: NetworkPlan,
    decisions: Decisions,
) -> AwsGroupPlan:
    row = _row(spec, group)
    name = decisions.default(group, f"{path}.machine", machine_name(spec, group), machine_choice(spec, group).reason)
    decisions.default(group, f"{path}.nodes", group.size.max, "two is the least that shows distributed training")
    capacity = common.capacity(group, path, decisions)
    net, place = fabric(spec, group), placement(spec, group)
    decisions.default(group, f"{path}.fabric", net.value, net.reason)
    decisions.default(group, f"{path}.placement", place.value, place.reason)
    over_efa = lustre_interfaces(spec, group)
    if lustre_efa(spec):
        decisions.note(f"{path}.lustre_interfaces", over_efa.value, over_efa.reason)
    waits = timeouts(group, path, decisions)
    block = group.capacity if isinstance(group.capacity, CapacityBlock) else None
    actions = block_actions(block.start, block.end) if block else ()
    return AwsGroupPlan(
        **common.machines(group, name, row),
        price=price(spec, lock, group),
        capacity=capacity,
        instance=MachinePlan(
            name=names.group(group.name),
            image=_image(group, path, row, net.value, lock, decisions),
            disk=_disk(spec, group, path, row, lock, decisions),
            interfaces=runs(interfaces(row, net.value)),
            subnets=standing(network, "nodes"),
            security_groups=(CLUSTER,),
            role="compute",
        ),
        lustre_interfaces=over_efa.value,
        fabric=net.value,
        scratch=_scratch(row, path, decisions),
        market=_market(group),
        scaling=ScalingPlan(
            name=names.group(group.name),
            max=group.size.max,
            protected=block is None,
            suspended=SUSPENDED,
            placement_group=names.group(group.name) if place.value == "cluster" else None,
            mixed=_mixed(group, name),
            schedule=_schedule(actions, group.size.max),
        ),
        actions=actions,
        slurm=slurm(group, row, waits),
    )


def _row(spec: ClusterSpec, part: HeadSpec | GroupSpec) -> AwsMachine:
    row = machine(machine_name(spec, part))
    if row is None:
        raise ValueError(f"the rules pass no machine type that the catalog does not know: {machine_name(spec, part)}")
    return row


def _image(
    part: HeadSpec | GroupSpec, path: str, row: AwsMachine, net: Fabric, lock: Lock | None, decisions: Decisions
) -> ImagePlan:
    key = image_key(row, net)
    note_image(part, path, key, decisions)
    locked = lock.images.get(key) if lock else None
    return ImagePlan(key=key, id=part.image or (locked.id if locked else None))


def _disk(
    spec: ClusterSpec, part: HeadSpec | GroupSpec, path: str, row: AwsMachine, lock: Lock | None, decisions: Decisions
) -> DiskPlan:
    image = part.image or image_key(row)
    locked = [known for key, known in lock.images.items() if image in (key, known.id)] if lock else []
    choice = disk(spec, part, locked[0].size if locked else None)
    planned = disk_plan(choice, choice.kind.value)
    note_disk(part, path, planned, choice.size, choice.kind, decisions)
    return planned


def _scratch(row: AwsMachine, path: str, decisions: Decisions) -> ScratchPlan | None:
    if row.local_disks is None:
        return None
    scratch = ScratchPlan(count=row.local_disks.count, size_gb=row.local_disks.size_gb, on_request=False)
    value = f"{scratch.count} x {scratch.size_gb} GB at {scratch.mount}"
    decisions.note(f"{path}.scratch", value, "the machine's own disks as one, wiped when it ends")
    return scratch


def _market(group: GroupSpec) -> MarketPlan:
    match group.capacity:
        case Spot() if not group.alternatives:
            return MarketPlan(type="spot", spot=SpotPlan(max_price=_max_price(group)))
        case CapacityBlock(id=id):
            return MarketPlan(type="capacity-block", reservation=id)
        case Reservation(id=id):
            return MarketPlan(reservation=id)
        case _:
            return MarketPlan()


def _mixed(group: GroupSpec, machine: str) -> MixedPlan | None:
    """Several machine types, all bought alike: spot ones where they are cheap and interrupted least."""
    if not group.alternatives:
        return None
    spot = isinstance(group.capacity, Spot)
    return MixedPlan(
        machines=(machine, *group.alternatives),
        on_demand_percentage=0 if spot else 100,
        spot_strategy="price-capacity-optimized" if spot else None,
        spot_max_price=_max_price(group),
    )


def _max_price(group: GroupSpec) -> str | None:
    """The most that a spot machine may cost, in USD an hour; None is the list price."""
    cents = group.capacity.max_price if isinstance(group.capacity, Spot) else None
    return f"{cents / 100:.2f}" if cents else None


def _schedule(actions: tuple[ScheduledAction, ...], full: int) -> tuple[SchedulePlan, ...]:
    """What Auto Scaling does of a block's actions; to drain nodes is the head's."""
    desired = {"fill": full, "empty": 0}
    return tuple(
        SchedulePlan(name=one.action, at=f"{Moment.parse(one.at):%Y-%m-%dT%H:%M:%SZ}", desired=desired[one.action])
        for one in actions
        if one.action in desired
    )


def runs(laid: tuple[Interface, ...]) -> tuple[InterfacesPlan, ...]:
    """Interfaces that are alike but for their card, on cards that follow one another, as one line each."""
    numbered = groupby(enumerate(laid), key=lambda pair: (pair[1].device, pair[1].type, pair[1].card - pair[0]))
    found = [[interface for _, interface in members] for _, members in numbered]
    return tuple(
        InterfacesPlan(first_card=run[0].card, cards=len(run), device=run[0].device, type=run[0].type) for run in found
    )
