"""What AWS bills of a cluster besides its machines. What is not here is free, or comes with what is."""

from collections.abc import Iterator

from clusterwright.node.metrics import UNITS
from clusterwright.plan.aws.model import AwsPlan, AwsStorage, BucketPlan, LustrePlan, NfsPlan, VolumePlan
from clusterwright.plan.costs import Cost, Meter

AGENT, AGENT_GPU = 2, 4
"""The metrics that CloudWatch's agent sends of a machine, processors and memory, and of each of its GPUs. Each
combination of a name and dimensions is a metric of its own
(https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html)."""
HEAD_DISKS = ("/", "/srv/clusterwright")
"""The disks of the head whose use the agent sends. A node's are the one that it starts from and its own."""


def costs(plan: AwsPlan) -> tuple[Cost, ...]:
    """Everything of `plan` that AWS bills and that is no machine."""
    meter = Meter(plan.provider, plan.region)
    return tuple(
        cost for part in (_compute, _network, _storage, _security, _observability) for cost in part(plan, meter)
    )


def _compute(plan: AwsPlan, meter: Meter) -> Iterator[Cost]:
    yield from meter.disk("disk of the head", plan.head.instance.disk)
    for group in plan.groups:
        yield from meter.disk(f"disk of a node of {group.name}", group.instance.disk, group=group.name)


def _network(plan: AwsPlan, meter: Meter) -> Iterator[Cost]:
    network = plan.network
    if network.nat:
        yield meter.standing("NAT gateway", "nat_gateway", "hour")
        yield meter.standing("public address of the NAT gateway", "public_address", "hour")
        yield meter.use("traffic through the NAT gateway", "nat_gateway", "GB")
    interfaces = [endpoint for endpoint in network.endpoints if endpoint.kind == "Interface"]
    if interfaces:
        yield meter.standing("interface endpoints", "endpoint_interface", "hour", len(interfaces))
        yield meter.use("traffic through interface endpoints", "endpoint_interface", "GB")
    gateways = len(network.endpoints) - len(interfaces)
    if gateways:
        yield meter.standing("gateway endpoint", "endpoint_gateway", "hour", gateways)


def _storage(plan: AwsPlan, meter: Meter) -> Iterator[Cost]:
    for storage in (*plan.storage, plan.head.state):
        yield from _stored(storage, meter)


def _stored(storage: AwsStorage, meter: Meter) -> Iterator[Cost]:
    name, kept = storage.name, storage.on_destroy == "keep"
    match storage:
        case BucketPlan():
            yield from meter.bucket(f"bucket {name}", "GB-month", kept)
        case LustrePlan():
            speed = f"_{storage.throughput}" if storage.throughput else ""
            tier = f"lustre_{storage.deployment}_{storage.drive}{speed}".lower()
            yield meter.standing(f"Lustre {name}", tier, "GB-month", storage.size_gib, kept)
            if storage.backup_days:
                yield meter.use(f"backups of {name}", "lustre_backup", "GB-month", kept)
        case NfsPlan():
            yield from _nfs(storage, meter, kept)
        case VolumePlan():
            yield from meter.disk(f"volume {name}", storage.disk, kept)
            if storage.snapshot:
                yield meter.use(f"snapshot that {name} leaves", "snapshot", "GB-month", kept=True)


def _nfs(storage: NfsPlan, meter: Meter, kept: bool) -> Iterator[Cost]:
    """Throughput that is provisioned is counted whole, whatever part of it may come with what is stored."""
    what = f"EFS {storage.name}"
    if storage.throughput:
        yield meter.standing(f"throughput of {what}", "efs", "MB/s-month", storage.throughput, kept)
    yield meter.use(f"what {what} holds", "efs_one_zone" if storage.one_zone else "efs", "GB-month", kept)
    if storage.mode == "elastic":
        yield meter.use(f"reads of {what}", "efs_read", "GB")
        yield meter.use(f"writes to {what}", "efs_write", "GB")
    if storage.backups:
        yield meter.use(f"backups of {what}", "efs_backup", "GB-month", kept)


def _security(plan: AwsPlan, meter: Meter) -> Iterator[Cost]:
    """What a key's yearly rotations may add is not counted."""
    return meter.security(plan.key.kind, plan.key.on_destroy == "keep")


def _observability(plan: AwsPlan, meter: Meter) -> Iterator[Cost]:
    section = plan.observability
    if section.alarms:
        yield meter.standing("alarms", "alarm", "month", len(section.alarms))
    if section.dashboard:
        yield meter.standing("dashboard", "dashboard", "month")
    if section.spend:
        yield meter.standing("budget", "budget", "month")
    yield meter.standing("metrics of the head", "metric", "month", len(UNITS) + AGENT + len(HEAD_DISKS))
    for group in plan.groups:
        disks = 2 if group.scratch else 1
        amount = AGENT + disks + AGENT_GPU * group.gpus
        yield meter.node(f"metrics of a node of {group.name}", "metric", "month", amount, group.name)
    yield meter.use("logs that are written", "logs", "GB")
    yield meter.use("logs that are kept", "logs", "GB-month")
    if section.audit:
        yield meter.use("records of who read and wrote objects", "trail_data", "100,000 events")
        yield from meter.bucket("bucket of the trail", "GB-month", section.audit.on_destroy == "keep")
    if section.access_logs:
        yield from meter.bucket("bucket of access logs", "GB-month", section.access_logs.on_destroy == "keep")
