"""The machines of a cluster on AWS: the head, and groups with how they are bought and scaled."""

from datetime import datetime
from typing import Literal, Self

from clusterwright.decide.aws.interfaces import Interface
from clusterwright.plan.aws.model.storage import VolumePlan
from clusterwright.plan.cloud import CloudGroupPlan, CloudHeadPlan, DiskPlan
from clusterwright.plan.model import PlanModel


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
    placement_strategy: Literal["cluster"] = "cluster"
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
