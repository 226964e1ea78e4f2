"""What Google bills of a cluster besides its machines. What is not here is free, or comes with what is."""

from collections.abc import Iterator

from clusterwright.plan.costs import Cost, Meter
from clusterwright.plan.gcp.model import BucketPlan, GcpPlan, GcpStorage, LustrePlan, NfsPlan, VolumePlan

WRITTEN_DAYS = 30
"""The days for which logs are kept at the price of writing them (https://cloud.google.com/stackdriver/pricing)."""


def costs(plan: GcpPlan) -> tuple[Cost, ...]:
    """Everything of `plan` that Google bills and that is no machine."""
    meter = Meter(plan.provider, plan.region)
    return tuple(
        cost for part in (_compute, _network, _storage, _security, _observability) for cost in part(plan, meter)
    )


def _compute(plan: GcpPlan, meter: Meter) -> Iterator[Cost]:
    """Local SSDs that a machine type does not bring are billed beside it
    (https://docs.cloud.google.com/compute/docs/disks/add-local-ssd); what they cost is known of machines on demand."""
    yield from meter.disk("disk of the head", plan.head.instance.disk)
    for group in plan.groups:
        yield from meter.disk(f"disk of a node of {group.name}", group.instance.disk, group=group.name)
        scratch = group.scratch
        if scratch and scratch.on_request:
            what = f"local SSDs of a node of {group.name}"
            bought = "on_demand" if group.capacity.kind == "reservation" else group.capacity.kind
            gigabytes = scratch.count * scratch.size_gb
            yield meter.node(what, f"local_ssd_{bought}", "GB-month", gigabytes, group.name)


def _network(plan: GcpPlan, meter: Meter) -> Iterator[Cost]:
    """Cloud NAT is billed by machine, for no more than 32 of them: with more nodes this is too much, by a little
    (https://github.com/ChiefGyk3D/Clouds-Against-Humanity/wiki/Provider-GCP-Cost-Lesson)."""
    if plan.network.nat is None:
        return
    yield meter.standing("NAT gateway for the head", "nat_machine", "hour")
    yield meter.standing("public address of the NAT gateway", "public_address", "hour")
    for group in plan.groups:
        yield meter.node(f"NAT gateway for a node of {group.name}", "nat_machine", "hour", 1, group.name)
    yield meter.use("traffic through the NAT gateway", "nat_gateway", "GB")


def _storage(plan: GcpPlan, meter: Meter) -> Iterator[Cost]:
    for storage in (*plan.storage, plan.head.state):
        yield from _stored(storage, meter)


def _stored(storage: GcpStorage, meter: Meter) -> Iterator[Cost]:
    """A snapshot goes to the nearest multi-region, whose price is the higher one, unless the project is set otherwise
    (https://docs.cloud.google.com/compute/docs/disks/snapshot-settings)."""
    name, kept = storage.name, storage.on_destroy == "keep"
    match storage:
        case BucketPlan():
            yield from meter.bucket(f"bucket {name}", "GB-hour", kept)
        case LustrePlan():
            tier = f"lustre_{storage.throughput}"
            yield meter.standing(f"Lustre {name}", tier, "GB-month", storage.capacity_gib, kept)
        case NfsPlan():
            tier = f"filestore_{storage.tier.lower()}"
            yield meter.standing(f"Filestore {name}", tier, "GB-month", storage.capacity_gib, kept)
        case VolumePlan():
            yield from meter.disk(f"volume {name}", storage.disk, kept)
            if storage.snapshot:
                yield meter.use(f"snapshot that {name} leaves", "snapshot", "GB-month", kept=True)


def _security(plan: GcpPlan, meter: Meter) -> Iterator[Cost]:
    """Each rotation adds a version to the key, which costs as much again."""
    return meter.security(plan.key.kind, plan.key.on_destroy == "keep")


def _observability(plan: GcpPlan, meter: Meter) -> Iterator[Cost]:
    """Logs of networks, which are flows and what the NAT gateway refused, have a price of their own
    (https://cloud.google.com/stackdriver/pricing)."""
    section = plan.observability
    if section.alarms:
        yield meter.standing("alarms", "alarm", "month", len(section.alarms))
    yield meter.use("metrics that the head and nodes send", "metrics", "MB")
    yield meter.use("logs that are written", "logs", "GB")
    if section.logs.retention_days > WRITTEN_DAYS:
        yield meter.use(f"logs that are kept for more than {WRITTEN_DAYS} days", "logs", "GB-month")
    if plan.network.nat is not None:
        yield meter.use("logs of the network that are written", "network_logs", "GB")
