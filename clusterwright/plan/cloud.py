"""What the plans of all clouds share: their models, and the decisions that are the same on each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from clusterwright.catalog.machines import Machine
from clusterwright.catalog.models import models
from clusterwright.decide.choice import Choice
from clusterwright.decide.job import decide_job
from clusterwright.decide.prices import price_of
from clusterwright.plan.common import hosts
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.model import (
    BudgetPlan,
    CapacityPlan,
    ClusterPlan,
    GroupPlan,
    HeadPlan,
    PlanModel,
    Refusal,
    SecretPlan,
)
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import DiskSpec, Fabric, GroupSpec, HeadSpec
from clusterwright.spec.job import JobSpec
from clusterwright.spec.lock import Lock
from clusterwright.spec.units import Duration, Moment, Size

Role = Literal["head", "compute"]
ROLES: tuple[Role, ...] = ("head", "compute")

CONTROL = "control/"
"""What the deployer writes and nodes only read: a node that could write it would be root on all others."""
WRITABLE = ("data/", "jobs/", "nodes/", "reports/")
"""What nodes write in the cluster's bucket: texts, runs, the names that they have claimed, what they report."""
SOFTWARE = "software/"
"""What the head builds once for all nodes, whose root runs it: jobs have what compute nodes may do, so the head alone
writes it."""
MOUNTED = "data/"
"""The part of the cluster's bucket that nodes see as files."""

CLUSTER_TAG = "clusterwright-cluster"
LOCAL_MOUNT = "/local"
IDLE, START = Duration(600), Duration(1800)
QUEUED_START = Duration(7 * 86400)
DRAIN_BEFORE_END, EMPTY_BEFORE_END = timedelta(minutes=45), timedelta(minutes=35)
"""How long before a block of capacity ends its jobs are told to end, and its nodes do. The cloud ends nodes from 30
minutes before (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-blocks-how.html); the ten minutes between
are for a last checkpoint."""


class DiskPlan(PlanModel):
    """A disk. `iops` are operations a second, `throughput_mbps` is in 10^6 bytes a second; None is what it brings."""

    size_gib: int
    kind: str
    iops: int | None
    throughput_mbps: int | None


class ScratchPlan(PlanModel):
    """A machine's own disks as one: `count` of `size_gb` each, striped, wiped when the machine stops.

    With `on_request` the machine has none unless its template asks for them.
    """

    count: int
    size_gb: int
    on_request: bool
    raid_level: Literal[0] = 0
    mount: str = LOCAL_MOUNT


class MountPlan(PlanModel):
    """A storage as nodes of `roles` mount it: `type` and `options` are those of a line of /etc/fstab."""

    storage: str
    path: str
    type: str
    options: tuple[str, ...]
    roles: tuple[Role, ...]


class SlurmPlan(PlanModel):
    """A group as Slurm knows it: a partition of nodes that are there when they are asked for.

    `memory_mib` is what jobs can have of a node; `idle_timeout` and `start_timeout` are in seconds.
    """

    partition: str
    hosts: str
    cpus: int
    memory_mib: int
    gres: str | None
    idle_timeout: int
    start_timeout: int


class ScheduledAction(PlanModel):
    """What becomes of a group at a moment (UTC): it is filled to its maximum, its jobs are ended, it is emptied."""

    at: str
    action: Literal["fill", "drain", "empty"]


class PricePlan(PlanModel):
    """What a machine costs an hour, which the head counts to guard the budget: in USD, on that day, by that source."""

    usd_per_hour: float
    date: str
    source: str


class CloudHeadPlan(HeadPlan):
    """The head of a cluster in a cloud; a price of None is not known."""

    price: PricePlan | None


class CloudGroupPlan(GroupPlan):
    """A group of machines in a cloud; a price of None is not known, `scratch` of None is none."""

    capacity: CapacityPlan
    price: PricePlan | None
    fabric: Fabric
    scratch: ScratchPlan | None
    actions: tuple[ScheduledAction, ...]
    slurm: SlurmPlan

    @property
    def near(self) -> str:
        """How near to each other the machines are put, in the spec's words."""
        raise NotImplementedError


class AlarmPlan(PlanModel):
    """Somebody is told when `watches` has been past `threshold` for `seconds`; with `silence`, or is missing."""

    name: str
    watches: str
    comparison: Literal["above", "below"]
    threshold: float
    unit: str
    seconds: int
    silence: bool = False


class SpendAlertPlan(PlanModel):
    """The cloud's own budget of what carries `tag` (key, value) in a month, as a second net.

    It lags by hours, so the head counts for itself. `limit` is in cents, `alerts` are shares of it in percent.
    """

    name: str
    tag: tuple[str, str]
    limit: int
    alerts: tuple[int, ...]


class CloudPlan(ClusterPlan):
    """The plan of a cluster in a cloud. `account` is the account's number or the project's id; None without a lock.

    `tags` are the cluster's; what a group has carries its name besides.
    """

    region: str
    zone: str
    account: str | None
    mounts: tuple[MountPlan, ...]
    budget: BudgetPlan
    secrets: tuple[SecretPlan, ...]

    @property
    def hourly_price(self) -> float | None:
        """What the machines cost an hour in USD when every group is full; None where a price is not known."""
        head = self.head.price if isinstance(self.head, CloudHeadPlan) else None
        priced = [(head, 1)]
        priced += [(group.price, group.nodes.max) for group in self.groups if isinstance(group, CloudGroupPlan)]
        known = [price.usd_per_hour * count for price, count in priced if price is not None]
        return round(sum(known), 4) if len(known) == len(priced) else None

    def tags_of(self, group: str | None = None) -> dict[str, str]:
        """The tags of everything that can carry some, or of what is the group's of that name."""
        return self.tags | ({"clusterwright-group": group} if group else {})


@dataclass(frozen=True)
class Timeouts:
    """In seconds."""

    idle: int
    start: int


def tags(spec: ClusterSpec) -> dict[str, str]:
    """The cluster's tags: the spec's, and whose a thing is. No rule passes a spec that has the latter for itself."""
    return dict(sorted({**spec.tags, CLUSTER_TAG: spec.name, "clusterwright-managed": "true"}.items()))


def price(spec: ClusterSpec, lock: Lock | None, part: HeadSpec | GroupSpec) -> PricePlan | None:
    """What one machine of `part` costs; None where neither lock nor catalog knows."""
    known = price_of(spec, lock, part)
    return PricePlan(**known.model_dump(include={"usd_per_hour", "date", "source"})) if known else None


def timeouts(group: GroupSpec, path: str, decisions: Decisions) -> Timeouts:
    """How long a node may have nothing to do, and how long a job waits for all its nodes."""
    queued = group.capacity is not None and group.capacity.kind == "flex_start"
    start, why = (
        (QUEUED_START, "flex-start machines are queued for, for days if need be")
        if queued
        else (START, "time to get machines and to boot them: many GPUs take a quarter of an hour")
    )
    return Timeouts(
        int(decisions.default(group, f"{path}.idle_timeout", group.idle_timeout or IDLE, "the next job may be near")),
        int(decisions.default(group, f"{path}.start_timeout", group.start_timeout or start, why)),
    )


def slurm(group: GroupSpec, machine: Machine, waits: Timeouts) -> SlurmPlan:
    """The group's partition. Raises ValueError for a machine of unknown size, which no cloud has."""
    if machine.vcpus is None or machine.memory_mib is None:
        raise ValueError(f"group {group.name} is of a machine type whose size is not known")
    gpus = machine.gpus
    return SlurmPlan(
        partition=group.name,
        hosts=hosts(group.name, group.size.max),
        cpus=machine.vcpus,
        memory_mib=schedulable(machine.memory_mib),
        gres=f"gpu:{gres_type(gpus.kind)}:{gpus.count}" if gpus and gpus.count else None,
        idle_timeout=waits.idle,
        start_timeout=waits.start,
    )


def gres_type(kind: str) -> str:
    """The name of a GPU as Slurm takes it: `A100 80GB` is a100-80gb."""
    return re.sub(r"[^a-z0-9]+", "-", kind.lower()).strip("-")


def schedulable(memory_mib: int) -> int:
    """What jobs can have of a machine's memory: a twentieth, and 1 GiB at least, is the operating system's.

    A machine has a little less than its type says, and Slurm drains a node that has less than its configuration says
    (https://slurm.schedmd.com/slurm.conf.html, RealMemory).
    """
    return memory_mib - max(1024, -(-memory_mib // 20))


def block_actions(start: Moment | None, end: Moment | None) -> tuple[ScheduledAction, ...]:
    """What becomes of a group whose machines are reserved from `start` to `end`: filled, and empty before they end."""
    actions = [ScheduledAction(at=str(start), action="fill")] if start else []
    if end:
        actions.append(ScheduledAction(at=_before(end, DRAIN_BEFORE_END), action="drain"))
        actions.append(ScheduledAction(at=_before(end, EMPTY_BEFORE_END), action="empty"))
    return tuple(actions)


def _before(end: Moment, earlier: timedelta) -> str:
    return str(Moment.parse((end - earlier).isoformat()))


def note_groups(spec: ClusterSpec, decisions: Decisions) -> None:
    """Notes that the spec's groups are nobody's but ours, if they are."""
    if "groups" not in spec.model_fields_set:
        (group,) = spec.groups
        value = f"{group.name}: {group.size.max} nodes"
        decisions.note("groups", value, "two is the least that shows distributed training")


def note_image(part: HeadSpec | GroupSpec, path: str, key: str, decisions: Decisions) -> None:
    """Notes which image a machine starts from, by its key in the lock."""
    decisions.default(part, f"{path}.image", key, "Ubuntu 24.04, as on every node; the lock pins which of its builds")


def note_disk(
    part: HeadSpec | GroupSpec,
    path: str,
    planned: DiskPlan,
    size: Choice[Size],
    kind: Choice[Any],
    decisions: Decisions,
) -> None:
    """Notes what was decided of the disk that a machine starts from: all of it, or its kind alone."""
    speed = f" at {planned.iops} IOPS" if planned.iops else ""
    speed += f" and {planned.throughput_mbps} MB/s" if planned.throughput_mbps else ""
    if part.disk is None:
        decisions.note(f"{path}.disk", f"{size.value}, {planned.kind}{speed}", size.reason)
    elif not isinstance(part.disk, DiskSpec) or part.disk.kind is None:
        decisions.note(f"{path}.disk.kind", f"{planned.kind}{speed}", kind.reason)


def alarms() -> tuple[AlarmPlan, ...]:
    """What somebody has to look at although the cluster goes on."""
    return (
        AlarmPlan(
            name="failed-nodes", watches="failed_nodes", comparison="above", threshold=0, unit="nodes", seconds=300
        ),
        AlarmPlan(
            name="idle-gpus", watches="gpu_utilisation", comparison="below", threshold=5, unit="percent", seconds=1800
        ),
        AlarmPlan(
            name="slow-training",
            watches="throughput_of_median",
            comparison="below",
            threshold=70,
            unit="percent",
            seconds=900,
        ),
        # Nothing else tells of a head that is gone: it is the head that sends what the others watch.
        AlarmPlan(
            name="head-silent",
            watches="heartbeat",
            comparison="below",
            threshold=1,
            unit="a minute",
            seconds=900,
            silence=True,
        ),
    )


def spend_alert(spec: ClusterSpec) -> SpendAlertPlan | None:
    """The cloud's own budget, where the spec has one."""
    limit = spec.budget.limit
    if limit is None:
        return None
    tag = (CLUSTER_TAG, spec.name)
    return SpendAlertPlan(name=spec.name, tag=tag, limit=int(limit), alerts=spec.budget.alerts)


def corpora(spec: ClusterSpec, scheme: Literal["s3", "gs"]) -> tuple[tuple[str, str], ...]:
    """The buckets and prefixes that the job reads its texts from, sorted: `s3://bucket/some/prefix` and the like."""
    if not isinstance(spec.job, JobSpec):
        return ()
    texts = (spec.job.corpora.pretrain, spec.job.corpora.finetune)
    found = (re.fullmatch(rf"{scheme}://([^/]+)/?(.*)", text) for text in texts if text)
    return tuple(sorted({(match[1], match[2]) for match in found if match}))


def refusals(spec: ClusterSpec, lock: Lock | None) -> tuple[Refusal, ...]:
    """Why the plan of a cloud cluster can't be deployed."""
    return tuple(_refusals(spec, lock))


def _refusals(spec: ClusterSpec, lock: Lock | None) -> Iterator[Refusal]:
    if lock is None:
        yield Refusal(
            what="the plan is without a lock",
            why="images, reservations and the account's own names are known to the account alone",
            hint="write the lock: `clusterwright lock NAME`, with your own credentials",
        )
    decided = decide_job(spec.job, models()) if isinstance(spec.job, JobSpec) and not spec.job.command else None
    if decided and decided.size.family != "bert":
        yield Refusal(
            what=f"no program is named that trains {decided.model}",
            why="the project's own training trains BERTs alone",
            hint="name yours: `job: {source: FOLDER, command: [PROGRAM, ARGUMENT]}`",
        )
