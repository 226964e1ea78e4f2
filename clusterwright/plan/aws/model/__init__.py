"""The plan of a cluster on AWS. Names and ids are AWS's own; sizes are in GiB, throughputs in MB/s, times in seconds.

Everything that can carry tags is `named` by the plan. A `subnet` or `security_groups` names one of the plan's network
(an existing subnet by its id), `role` one of its identity. An encrypted thing is encrypted with the plan's key.

There is a module for each concern; they import one another, and others import from here.
"""

from datetime import datetime
from typing import Literal, Self

from clusterwright.plan.aws.model.compute import (
    AwsGroupPlan,
    AwsHeadPlan,
    ImagePlan,
    InterfacesPlan,
    MachinePlan,
    MarketPlan,
    MixedPlan,
    ScalingPlan,
    SchedulePlan,
    SpotPlan,
)
from clusterwright.plan.aws.model.identity import (
    Conditions,
    IdentityPlan,
    KeyPlan,
    MungePlan,
    ResourceStatementPlan,
    RolePlan,
    StatementPlan,
    policy,
)
from clusterwright.plan.aws.model.network import (
    Direction,
    EndpointPlan,
    ExistingNetworkPlan,
    FlowLogsPlan,
    NetworkPlan,
    RulePlan,
    SecurityGroupPlan,
    SubnetPlan,
)
from clusterwright.plan.aws.model.observability import (
    AccessLogsPlan,
    AuditPlan,
    AwsAlarmPlan,
    AwsSpendPlan,
    LogGroupPlan,
    ObservabilityPlan,
    TopicPlan,
)
from clusterwright.plan.aws.model.storage import (
    AccessPointPlan,
    AssociationPlan,
    AwsStorage,
    BucketPlan,
    LifecyclePlan,
    LustrePlan,
    NfsPlan,
    VolumePlan,
)
from clusterwright.plan.cloud import CloudPlan

__all__ = [
    "AccessLogsPlan",
    "AccessPointPlan",
    "AssociationPlan",
    "AuditPlan",
    "AwsAlarmPlan",
    "AwsGroupPlan",
    "AwsHeadPlan",
    "AwsPlan",
    "AwsSpendPlan",
    "AwsStorage",
    "BucketPlan",
    "Conditions",
    "Direction",
    "EndpointPlan",
    "ExistingNetworkPlan",
    "FlowLogsPlan",
    "IdentityPlan",
    "ImagePlan",
    "InterfacesPlan",
    "KeyPlan",
    "LifecyclePlan",
    "LogGroupPlan",
    "LustrePlan",
    "MachinePlan",
    "MarketPlan",
    "MixedPlan",
    "MungePlan",
    "NetworkPlan",
    "NfsPlan",
    "ObservabilityPlan",
    "ResourceStatementPlan",
    "RolePlan",
    "RulePlan",
    "ScalingPlan",
    "SchedulePlan",
    "SecurityGroupPlan",
    "SpotPlan",
    "StatementPlan",
    "SubnetPlan",
    "TopicPlan",
    "VolumePlan",
    "policy",
]


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
