"""The plan of a cluster on AWS. Names and ids are AWS's own; sizes are in GiB, throughputs in MB/s, times in seconds.

Everything that can carry tags is `named` by the plan. A `subnet` or `security_groups` names one of the plan's network
(an existing subnet by its id), `role` one of its identity. An encrypted thing is encrypted with the plan's key.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from clusterwright.decide.aws.interfaces import Interface
from clusterwright.plan.cloud import (
    AlarmPlan,
    CloudGroupPlan,
    CloudHeadPlan,
    CloudPlan,
    DiskPlan,
    SpendAlertPlan,
)
from clusterwright.plan.model import PlanModel, StoragePlan
from clusterwright.spec.storage import OnDestroy

Direction = Literal["ingress", "egress"]
Conditions = dict[str, dict[str, tuple[str, ...]]]


class StatementPlan(PlanModel):
    """A statement of a policy, in IAM's own words; conditions by operator and key."""

    sid: str
    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions = Field(default_factory=dict)

    @property
    def document(self) -> dict[str, object]:
        """The statement as IAM reads it."""
        parts = {"Action": self.actions, "Resource": self.resources, "Condition": self.conditions}
        return {"Sid": self.sid, "Effect": self.effect, **{name: part for name, part in parts.items() if part}}


class ResourceStatementPlan(StatementPlan):
    """A statement of a policy that stands on a resource, which `resources` may leave out; principals by their kind, or
    everybody, which policies of gateway endpoints have to say like this
    (https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html)."""

    principals: dict[str, tuple[str, ...]] | Literal["*"]

    @property
    def document(self) -> dict[str, object]:
        return {**super().document, "Principal": self.principals}


def policy(statements: Iterable[StatementPlan]) -> str:
    """A policy of these statements, as JSON without white space, which is how IAM counts its length."""
    documents = [statement.document for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": documents}, separators=(",", ":"))


class SubnetPlan(PlanModel):
    """A subnet of the cluster's own network, in the cluster's zone. Nothing in it gets a public address by itself."""

    name: str
    full_name: str
    cidr: str
    on_destroy: OnDestroy = "delete"


class RulePlan(PlanModel):
    """Traffic that a security group lets through. `peer` is a security group of the plan or a range of addresses.

    `ports` are the first and the last; None with protocol `all`.
    """

    direction: Direction
    protocol: Literal["tcp", "all"]
    ports: tuple[int, int] | None
    peer: str
    why: str

    @property
    def label(self) -> str:
        """What tells it from the other rules of its group: egress-0.0.0.0-0-443."""
        ports = dict.fromkeys(self.ports or (self.protocol,))
        return "-".join((self.direction, self.peer.replace("/", "-"), *map(str, ports)))


class SecurityGroupPlan(PlanModel):
    """A security group: what is not let through by a rule is not let through."""

    name: str
    description: str
    rules: tuple[RulePlan, ...]
    on_destroy: OnDestroy = "delete"


class EndpointPlan(PlanModel):
    """A service that is reached without leaving the network; a gateway is a route, an interface has an address.

    `statements` are what may be asked for through it, by whoever may ask; without any it is everything.
    """

    name: str
    service: str
    kind: Literal["Gateway", "Interface"]
    subnet: str | None = None
    security_groups: tuple[str, ...] = ()
    statements: tuple[ResourceStatementPlan, ...] = ()


class ExistingNetworkPlan(PlanModel):
    """A network that is there already, and those of its subnets that nodes may stand in."""

    vpc: str
    subnets: tuple[str, ...]


class NetworkPlan(PlanModel):
    """The network: `cidr` and `subnets` of one of the cluster's own, or an existing one.

    `nat` is the subnet of the NAT gateway, the one way out. `flow_logs` is the log group that records who talked to
    whom. With `dns` names resolve and machines have names, which file systems and endpoints need. Nothing is open to
    the world, and the security group that the network comes with loses its rules.

    `on_destroy` is what becomes of the network itself. A Lustre file system that is kept stands in it, in one of its
    subnets and in one of its security groups: these are kept, since AWS deletes none that something stands in, and no
    other, whose range or name the next cluster would meet.
    """

    cidr: str | None
    existing: ExistingNetworkPlan | None
    subnets: tuple[SubnetPlan, ...]
    dns: bool = True
    nat: str | None
    endpoints: tuple[EndpointPlan, ...]
    security_groups: tuple[SecurityGroupPlan, ...]
    flow_logs: str | None
    on_destroy: OnDestroy = "delete"


class RolePlan(PlanModel):
    """A role, and which service may take it; with `source_account` for that account alone.

    One of machines has an instance profile of the same name, and may do besides what all machines may.
    """

    name: str
    part: Literal["head", "compute", "flow-logs"]
    service: str
    source_account: str | None
    statements: tuple[StatementPlan, ...]
    boundary: str | None

    @property
    def has_profile(self) -> bool:
        """Whether machines take it."""
        return self.part != "flow-logs"

    @property
    def trust(self) -> ResourceStatementPlan:
        """The statement of the policy that says who may take the role."""
        account = {"StringEquals": {"aws:SourceAccount": (self.source_account,)}} if self.source_account else {}
        return ResourceStatementPlan(
            sid="Take",
            effect="Allow",
            actions=("sts:AssumeRole",),
            resources=(),
            conditions=account,
            principals={"Service": (self.service,)},
        )


class MungePlan(PlanModel):
    """The one secret that the cluster makes: the head writes Munge's key into it, and all nodes read it.

    It goes at once (`recovery_days`): while a deleted secret can be recovered no other can have its name, so that a
    cluster that was destroyed could not be made again.
    """

    name: str
    recovery_days: Literal[0] = 0


class IdentityPlan(PlanModel):
    """Who may do what: `machines` is what head and compute nodes may alike, a role's own statements come on top."""

    machines: tuple[StatementPlan, ...]
    roles: tuple[RolePlan, ...]
    munge: MungePlan

    def statements(self, role: RolePlan) -> tuple[StatementPlan, ...]:
        """All statements of a role's policy."""
        return (*self.machines, *role.statements) if role.has_profile else role.statements


class KeyPlan(PlanModel):
    """What encrypts disks, file systems, buckets, logs and secrets.

    `cluster` is a key of the cluster's own, `given` one of the user's, `provider` AWS's own keys. Only the first has an
    alias and a policy; it is rotated each year. Where anything is kept that it encrypts it is kept too (`on_destroy`),
    since nobody could read that without it; else it stays for `deletion_days` after the cluster.
    """

    kind: Literal["cluster", "given", "provider"]
    arn: str | None = None
    alias: str | None = None
    deletion_days: int | None = None
    on_destroy: OnDestroy = "keep"
    statements: tuple[ResourceStatementPlan, ...] = ()


class LifecyclePlan(PlanModel):
    """What a bucket drops by itself, after days: objects, versions that were overwritten, uploads never finished.

    With `markers` also what is left of an object that was deleted once its versions are gone: a marker, which each
    listing goes past (https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html).
    """

    id: str
    prefix: str
    days: int | None = None
    noncurrent_days: int | None = None
    unfinished_days: int | None = None
    markers: bool = False


class BucketPlan(StoragePlan):
    """A bucket: versioned, encrypted, without public access, and reached over TLS alone.

    With a key of KMS it has a bucket key, which spares a request to KMS for each object.

    `control` marks the cluster's own, which holds control/, reports/ and jobs/.
    """

    kind: Literal["bucket"] = "bucket"  # pyright: ignore[reportIncompatibleVariableOverride]
    bucket: str
    control: bool
    lifecycle: tuple[LifecyclePlan, ...]
    statements: tuple[ResourceStatementPlan, ...]


class AssociationPlan(PlanModel):
    """A prefix of a bucket of the plan that a Lustre file system shows as a folder; both sides see all files."""

    storage: str
    prefix: str
    path: str
    events: tuple[Literal["NEW", "CHANGED", "DELETED"], ...]


class LustrePlan(StoragePlan):
    """A file system of FSx for Lustre. `throughput` is for each TiB, `version` Lustre's own.

    `encrypted`: with the plan's key; scratch ones are encrypted with keys of FSx's own, which are gone with them.
    `metadata` AUTOMATIC grows with the size, which EFA needs too. `cache` of SSDs is had by hard drives alone, which
    have to say that they want none. `backup_days` of 0 is no backups, None of a file system that can have none.
    A large one takes longer to be made than the half hour that the provider waits of itself
    (https://www.pulumi.com/registry/packages/aws/api-docs/fsx/lustrefilesystem/): hence `create_timeout`.
    """

    kind: Literal["lustre"] = "lustre"  # pyright: ignore[reportIncompatibleVariableOverride]
    size_gib: int
    deployment: Literal["SCRATCH_1", "SCRATCH_2", "PERSISTENT_1", "PERSISTENT_2"]
    throughput: int | None
    drive: Literal["SSD", "HDD"]
    cache: Literal["NONE"] | None = None
    efa: bool
    version: str
    encrypted: bool
    metadata: Literal["AUTOMATIC"] | None
    subnet: str
    security_groups: tuple[str, ...]
    association: AssociationPlan | None
    backup_days: int | None
    create_timeout: str = "2h"


class AccessPointPlan(PlanModel):
    """A way into a file system of EFS: clients see `path` as its root, made with `owner` and `mode` where it is not.

    It enforces no user, as access points of one application do: in homes, files belong to who wrote them
    (https://docs.aws.amazon.com/efs/latest/ug/enforce-identity-access-points.html).
    """

    path: str
    owner: int = 0
    mode: Literal["0755"] = "0755"


class NfsPlan(StoragePlan):
    """A file system of EFS, encrypted; clients reach it over TLS and through its access point alone."""

    kind: Literal["nfs"] = "nfs"  # pyright: ignore[reportIncompatibleVariableOverride]
    mode: Literal["elastic", "provisioned"]
    throughput: int | None
    one_zone: bool
    backups: bool
    access_point: AccessPointPlan
    subnet: str
    security_groups: tuple[str, ...]
    statements: tuple[ResourceStatementPlan, ...]


class VolumePlan(StoragePlan):
    """A disk of the head's own, attached as `device`. One that is deleted leaves a snapshot if `snapshot` is set."""

    kind: Literal["volume"] = "volume"  # pyright: ignore[reportIncompatibleVariableOverride]
    disk: DiskPlan
    device: str
    snapshot: bool


AwsStorage = Annotated[BucketPlan | LustrePlan | NfsPlan | VolumePlan, Field(discriminator="kind")]


class InterfacesPlan(PlanModel):
    """Network interfaces that are alike: one on each of `cards` cards from `first_card` on, at index `device` of it."""

    first_card: int
    cards: int
    device: int
    type: Literal["interface", "efa", "efa-only"]

    @property
    def each(self) -> tuple[Interface, ...]:
        """The interfaces one by one."""
        cards = range(self.first_card, self.first_card + self.cards)
        return tuple(Interface(card=card, device=self.device, type=self.type) for card in cards)


class MetadataPlan(PlanModel):
    """The instance metadata service: by token only, and no further than the machine itself."""

    http_tokens: Literal["required"] = "required"
    hop_limit: int = 1
    instance_tags: bool = True


class ImagePlan(PlanModel):
    """The image of a machine: its key in the lock, and its id; without a lock None, unless the spec gives it."""

    key: str
    id: str | None


class MachinePlan(PlanModel):
    """What an instance starts with, be it the head or a node. What is `tagged` has its tags, and `name` as its Name.

    `root_device` is what the image calls the disk that it starts from; every image is Ubuntu
    (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html).
    """

    name: str
    image: ImagePlan
    root_device: Literal["/dev/sda1"] = "/dev/sda1"
    disk: DiskPlan
    interfaces: tuple[InterfacesPlan, ...]
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    role: str
    metadata: MetadataPlan = MetadataPlan()
    tagged: tuple[Literal["instance", "volume", "network-interface"], ...] = ("instance", "volume", "network-interface")


class AwsHeadPlan(CloudHeadPlan):
    """The head. `volumes` are its own, by name of the plan's storage; `state` holds Slurm's state and accounting.

    Where its hardware fails, EC2 starts it again on another, with its address and its disks.
    """

    instance: MachinePlan
    state: VolumePlan
    volumes: tuple[str, ...]
    auto_recovery: bool = True
    termination_protection: bool


class SpotPlan(PlanModel):
    """Spot instances, which go when AWS takes them back. `max_price` in USD an hour; None: the list price."""

    max_price: str | None
    type: Literal["one-time"] = "one-time"


class MarketPlan(PlanModel):
    """What a launch template says of how its instances are bought; nothing where the group has a `mixed` policy."""

    type: Literal["spot", "capacity-block"] | None = None
    spot: SpotPlan | None = None
    reservation: str | None = None


class MixedPlan(PlanModel):
    """Instances of several `machines`, which the group buys and not its template, as that may name no market then
    (https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-mixed-instances-groups.html).

    The first `on_demand_base` are bought on demand, and `on_demand_percentage` of those beyond; the rest is spot, by
    `spot_strategy` and for `spot_max_price` in USD an hour at the most.
    """

    machines: tuple[str, ...]
    on_demand_base: Literal[0] = 0
    on_demand_percentage: Literal[0, 100]
    spot_strategy: Literal["price-capacity-optimized"] | None
    spot_max_price: str | None


class SchedulePlan(PlanModel):
    """A scheduled action: at the moment `at` (UTC) the group is given `desired` instances; its bounds stay."""

    name: str
    at: str
    desired: int


class ScalingPlan(PlanModel):
    """An Auto Scaling group whose size is the head's: Pulumi makes it with none, and never looks at its size again.

    No deployment waits for machines. `protected`: nothing but the head ends an instance, or, in a capacity block, the
    action at its end. `suspended` are what would otherwise end or move instances behind the scheduler's back.
    `metrics` are what CloudWatch is told of its size.

    A group that is destroyed is emptied first, for as long as `delete_timeout`: the provider takes the protection from
    its instances and waits until they are gone, so that they write their checkpoints while head, network and roles are
    there, and nothing that they stand in is deleted too early. With `force_delete` it would not wait
    (https://www.pulumi.com/registry/packages/aws/api-docs/autoscaling/group/).
    """

    name: str
    min: int = 0
    max: int
    protected: bool
    suspended: tuple[str, ...]
    health_check: Literal["EC2"] = "EC2"
    capacity_timeout: str = "0"
    force_delete: Literal[False] = False
    delete_timeout: str = "60m"
    metrics: tuple[str, ...] = ("GroupDesiredCapacity", "GroupInServiceInstances")
    placement_group: str | None
    mixed: MixedPlan | None
    schedule: tuple[SchedulePlan, ...]


class AwsGroupPlan(CloudGroupPlan):
    """A group: a launch template and an Auto Scaling group.

    `actions` are a capacity block's: `fill` and `empty` are scheduled, `drain` is the head's to do.
    `lustre_interfaces` are how many EFA interfaces of a node carry Lustre; with 0 it is mounted over TCP.
    """

    instance: MachinePlan
    lustre_interfaces: int
    market: MarketPlan
    scaling: ScalingPlan

    @property
    def near(self) -> str:
        return "cluster" if self.scaling.placement_group else "none"

    def as_of(self, moment: datetime) -> Self:
        """The group with those of its scheduled actions that are yet to come."""
        ahead = tuple(one for one in self.scaling.schedule if datetime.fromisoformat(one.at) > moment)
        return self.model_copy(update={"scaling": self.scaling.model_copy(update={"schedule": ahead})})


class LogGroupPlan(PlanModel):
    """A log group; `days` are how long its events are kept."""

    name: str
    days: int


class AwsAlarmPlan(AlarmPlan):
    """An alarm in CloudWatch's words: `statistic` of `metric` over `period` seconds, `periods` times in a row.

    The topic is told when it begins and when it is over. A metric without data is `missing`, no alarm but for
    the head's own: a cluster without nodes has nothing to say, and a head that lives always has
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html).
    """

    namespace: str
    metric: str
    statistic: Literal["Average", "Maximum"]
    period: int
    periods: int
    missing: Literal["notBreaching", "breaching"]
    operator: Literal["GreaterThanThreshold", "LessThanThreshold"]


class AwsSpendPlan(SpendAlertPlan):
    """A budget of AWS's: of `unit`s in a `period`, of what `costs` select, by the name and the value of a filter."""

    amount: str
    unit: Literal["USD"] = "USD"
    period: Literal["MONTHLY"] = "MONTHLY"
    costs: tuple[Literal["TagKeyValue"], str]


class AuditPlan(PlanModel):
    """A trail of who read and wrote objects of the cluster's buckets, in its region, with digests that show whether a
    record was changed.

    Without management events, such as the uses of the key: the event history of an account has those of 90 days free
    (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html), and where a trail has them
    already a second copy is billed
    (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-multiple-trails.html).

    It has a bucket of its own, which nodes can't reach, and which is kept: a record is asked for afterwards.
    """

    name: str
    bucket: str
    lifecycle: tuple[LifecyclePlan, ...]
    data_type: Literal["AWS::S3::Object"] = "AWS::S3::Object"
    data_events: tuple[str, ...]
    read_write: Literal["All"] = "All"
    management: Literal[False] = False
    multi_region: Literal[False] = False
    validation: Literal[True] = True
    on_destroy: OnDestroy = "keep"
    force_destroy: Literal[False] = False
    statements: tuple[ResourceStatementPlan, ...]


class AccessLogsPlan(PlanModel):
    """S3's own record of every request to the cluster's buckets, the audit's too, in a bucket that nodes can't reach.

    It is encrypted with S3's keys: one that is encrypted with a key of KMS gets no access logs
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html). It has no record of itself, which
    would never end. A record's key begins with account, region and bucket and the day of its requests
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html#server-access-logging-overview).
    """

    bucket: str
    lifecycle: tuple[LifecyclePlan, ...]
    day_of: Literal["EventTime"] = "EventTime"
    on_destroy: OnDestroy = "keep"
    force_destroy: Literal[False] = False
    statements: tuple[ResourceStatementPlan, ...]


class TopicPlan(PlanModel):
    """Where alarms and the budget go, and the addresses that it is mailed to."""

    name: str
    addresses: tuple[str, ...]
    statements: tuple[ResourceStatementPlan, ...]


class ObservabilityPlan(PlanModel):
    """Logs, dashboard, alarms, budget, audit, access logs."""

    log_groups: tuple[LogGroupPlan, ...]
    dashboard: str | None
    topic: TopicPlan
    alarms: tuple[AwsAlarmPlan, ...]
    spend: AwsSpendPlan | None
    audit: AuditPlan | None
    access_logs: AccessLogsPlan | None


class AwsPlan(CloudPlan):
    """The plan of a cluster on AWS. `zone_id` is the zone's name in every account, None without a lock."""

    provider: Literal["aws"] = "aws"  # pyright: ignore[reportIncompatibleVariableOverride]
    zone_id: str | None
    head: AwsHeadPlan  # pyright: ignore[reportIncompatibleVariableOverride]
    groups: tuple[AwsGroupPlan, ...]  # pyright: ignore[reportIncompatibleVariableOverride]
    storage: tuple[AwsStorage, ...]  # pyright: ignore[reportIncompatibleVariableOverride]
    network: NetworkPlan
    identity: IdentityPlan
    key: KeyPlan
    observability: ObservabilityPlan

    @property
    def volumes(self) -> tuple[VolumePlan, ...]:
        """The head's own disks, its state's first."""
        return (self.head.state, *(part for part in self.storage if isinstance(part, VolumePlan)))

    def as_of(self, moment: datetime) -> Self:
        """Auto Scaling takes no action whose moment is past, and forgets one that is done; the head keeps a group full
        from then on (https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html)."""
        return self.model_copy(update={"groups": tuple(group.as_of(moment) for group in self.groups)})

    def named(self, name: str, group: str | None = None) -> dict[str, str]:
        """The tags of a thing that AWS's console calls by `name`."""
        return self.tags_of(group) | {"Name": name}
