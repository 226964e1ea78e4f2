"""The plan of a cluster on GCP. Words are Google's own; sizes are in GiB, throughputs in MB/s, times in seconds.

Everything that can carry labels has the plan's `tags_of` it. `network` and `subnet` name those of the plan's network,
unless a docstring says otherwise; a `full_name` is the name at Google. An `encrypted` thing is encrypted with the
plan's key.

There is a module for each concern; they import one another, and others import from here.
"""

from typing import Literal

from clusterwright.plan.cloud import CloudPlan
from clusterwright.plan.gcp.model.compute import (
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
from clusterwright.plan.gcp.model.identity import (
    BindingPlan,
    ConditionPlan,
    CustomRolePlan,
    IdentityPlan,
    KeyPlan,
    MungeSecretPlan,
    ServiceAccountPlan,
    ServiceAgentPlan,
)
from clusterwright.plan.gcp.model.network import (
    ExistingNetworkPlan,
    FirewallPlan,
    FlowLogsPlan,
    NatPlan,
    NetworkPlan,
    ServicesPlan,
    SubnetPlan,
    VpcPlan,
)
from clusterwright.plan.gcp.model.observability import (
    AuditPlan,
    GcpAlarmPlan,
    GcpSpendAlertPlan,
    LogBucketPlan,
    ObservabilityPlan,
)
from clusterwright.plan.gcp.model.storage import BucketPlan, GcpStorage, LifecyclePlan, LustrePlan, NfsPlan, VolumePlan

__all__ = [
    "UNKNOWN_NUMBER",
    "UNKNOWN_PROJECT",
    "AffinityPlan",
    "AuditPlan",
    "BindingPlan",
    "BucketPlan",
    "ConditionPlan",
    "CustomRolePlan",
    "ExistingNetworkPlan",
    "FirewallPlan",
    "FlowLogsPlan",
    "GcpAlarmPlan",
    "GcpGroupPlan",
    "GcpHeadPlan",
    "GcpPlan",
    "GcpSpendAlertPlan",
    "GcpStorage",
    "GroupManagerPlan",
    "IdentityPlan",
    "ImagePlan",
    "InterfacePlan",
    "KeyPlan",
    "LifecyclePlan",
    "LogBucketPlan",
    "LustrePlan",
    "MachinePlan",
    "MungeSecretPlan",
    "NatPlan",
    "NetworkPlan",
    "NfsPlan",
    "ObservabilityPlan",
    "PlacementPlan",
    "SchedulingPlan",
    "ServiceAccountPlan",
    "ServiceAgentPlan",
    "ServicesPlan",
    "SubnetPlan",
    "VolumePlan",
    "VpcPlan",
]

UNKNOWN_PROJECT, UNKNOWN_NUMBER = "UNKNOWN-PROJECT", "UNKNOWN-NUMBER"
"""What stands for the project's id and number where no lock says them: capitals are valid in neither, nor in a name."""


class GcpPlan(CloudPlan):
    """The plan of a cluster on GCP. `project` is the project's id, `number` its number, None without a lock."""

    provider: Literal["gcp"] = "gcp"  # pyright: ignore[reportIncompatibleVariableOverride]
    project: str
    number: str | None
    services: tuple[str, ...]
    network: NetworkPlan
    identity: IdentityPlan
    key: KeyPlan
    head: GcpHeadPlan  # pyright: ignore[reportIncompatibleVariableOverride]
    groups: tuple[GcpGroupPlan, ...]  # pyright: ignore[reportIncompatibleVariableOverride]
    storage: tuple[GcpStorage, ...]  # pyright: ignore[reportIncompatibleVariableOverride]
    observability: ObservabilityPlan
