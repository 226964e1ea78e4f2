"""The plan of a cluster on GCP. Words are Google's own; sizes are in GiB, throughputs in MB/s, times in seconds.

Everything that can carry labels has the plan's `tags_of` it. `network` and `subnet` name those of the plan's network,
unless a docstring says otherwise; a `full_name` is the name at Google. An `encrypted` thing is encrypted with the
plan's key.
"""

from typing import Annotated, Literal

from pydantic import Field

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

UNKNOWN_PROJECT, UNKNOWN_NUMBER = "UNKNOWN-PROJECT", "UNKNOWN-NUMBER"
"""What stands for the project's id and number where no lock says them: capitals are valid in neither, nor in a name."""


class SubnetPlan(PlanModel):
    """A subnet in the cluster's region. `private_access`: Google's services are reached from private addresses."""

    name: str
    full_name: str
    cidr: str
    private_access: bool
    flow_logs: bool


class VpcPlan(PlanModel):
    """A VPC network of the cluster's own. `mtu` is in bytes; None where the network profile decides it.

    `profile` is a network profile's name, and can be given when the network is made only.
    """

    name: str
    full_name: str
    mtu: int | None
    profile: str | None
    subnets: tuple[SubnetPlan, ...]


class NatPlan(PlanModel):
    """The way out for machines without a public address, of all ranges of the subnet named."""

    router: str
    name: str
    network: str
    subnet: str
    logs: Literal["errors"]


class FirewallPlan(PlanModel):
    """A rule that lets traffic in; a VPC network lets in nothing by itself.

    Sources are ranges or service accounts, targets are service accounts, as roles of the cluster. What is allowed is a
    protocol, with its ports after a colon, or without for all of them: tcp:22, udp.
    """

    name: str
    network: str
    source_ranges: tuple[str, ...]
    source_roles: tuple[Literal["head", "compute"], ...]
    target_roles: tuple[Literal["head", "compute"], ...]
    allow: tuple[str, ...]
    why: str


class ServicesPlan(PlanModel):
    """The range that is peered with Google's network of Managed Lustre and Filestore.

    The peering is removed before the network, which it would block from being deleted.
    """

    name: str
    cidr: str
    deletion_policy: Literal["REMOVE_PEERING"] = "REMOVE_PEERING"


class ExistingNetworkPlan(PlanModel):
    """A network that is there already, and those of its subnets that nodes may stand in, by their full names."""

    vpc: str
    subnets: tuple[str, ...]


class NetworkPlan(PlanModel):
    """The networks of the cluster's own; `existing` is the user's, in place of the network of nodes.

    Nothing is open to the world. `on_destroy` is what becomes of the network of the nodes and its peering for services:
    a file system that is kept is reached through them, and keeps the peering's range.
    """

    existing: ExistingNetworkPlan | None
    networks: tuple[VpcPlan, ...]
    services: ServicesPlan | None
    nat: NatPlan | None
    firewall: tuple[FirewallPlan, ...]
    on_destroy: OnDestroy = "delete"


class ServiceAccountPlan(PlanModel):
    """The identity of machines of a role."""

    role: Literal["head", "compute"]
    account_id: str
    email: str


class CustomRolePlan(PlanModel):
    """A role of the project's own with the few permissions that no predefined role holds alone.

    The id of a deleted role can't be used again for 37 days, so it ends with a random part that is drawn when the role
    is made, as a key ring's does (https://docs.cloud.google.com/iam/docs/creating-custom-roles).
    """

    name: str
    id_prefix: str
    title: str
    permissions: tuple[str, ...]
    why: str


class ConditionPlan(PlanModel):
    """When a binding holds, in the Common Expression Language."""

    title: str
    expression: str


class BindingPlan(PlanModel):
    """Members are given one role on one resource; others' bindings stay as they are.

    A role without a slash is one of the plan's own, by its name.
    `head` and `compute` are the cluster's own accounts, other members are as Google's IAM writes them. `kind` is the
    resource's kind, `resource` its name: a managed folder's is bucket/folder/.
    """

    sid: str
    members: tuple[str, ...]
    role: str
    kind: Literal["project", "bucket", "managed_folder", "secret", "service_account", "tunnel"]
    resource: str
    condition: ConditionPlan | None = None


class MungeSecretPlan(PlanModel):
    """The secret that nodes of the cluster know one another by. The head makes its value; no plan or state has it."""

    name: str
    location: str
    encrypted: bool


class IdentityPlan(PlanModel):
    """Who may do what."""

    accounts: tuple[ServiceAccountPlan, ...]
    roles: tuple[CustomRolePlan, ...]
    bindings: tuple[BindingPlan, ...]
    munge: MungeSecretPlan

    def address(self, member: str) -> str:
        """A binding's member as Google's IAM writes it."""
        emails = {account.role: account.email for account in self.accounts}
        return f"serviceAccount:{emails[member]}" if member in emails else member


class ServiceAgentPlan(PlanModel):
    """A service of Google's that encrypts with the key in the cluster's name."""

    service: str
    email: str
    encrypts: str


class KeyPlan(PlanModel):
    """What encrypts disks, file systems, buckets, logs and secrets.

    `cluster` is a key of the cluster's own, `given` one of the user's by its full name, `provider` Google's own keys.
    Key rings can't be deleted, so the name of a ring ends with a random part that is drawn when it is made.
    Where anything is kept that it encrypts it is kept too (`on_destroy`): without it that could be read by nobody.
    """

    kind: Literal["cluster", "given", "provider"]
    full_name: str | None = None
    ring_prefix: str | None = None
    name: str | None = None
    location: str
    rotation: int | None = None
    agents: tuple[ServiceAgentPlan, ...] = ()
    on_destroy: OnDestroy = "keep"


class LifecyclePlan(PlanModel):
    """What a bucket drops by itself, in days; `noncurrent_days` from when a version was overwritten or deleted."""

    action: Literal["delete", "abort_upload"]
    prefix: str = ""
    noncurrent_days: int | None = None
    age_days: int | None = None


class BucketPlan(StoragePlan):
    """A bucket. The first of a cluster is the cluster's own, and has a managed folder for each prefix.

    `old_versions` and `soft_delete` are in seconds, the latter for how long what was deleted can be brought back even
    so; `cache_mib` is the part of a node's own disks that keeps what was read.
    """

    kind: Literal["bucket"] = "bucket"  # pyright: ignore[reportIncompatibleVariableOverride]
    full_name: str
    location: str
    cluster: bool
    folders: tuple[str, ...]
    mounted: str
    encrypted: bool
    versioning: bool
    old_versions: int
    soft_delete: int
    lifecycle: tuple[LifecyclePlan, ...]
    cache_mib: int | None
    uniform_access: Literal[True] = True
    public_access_prevention: Literal["enforced"] = "enforced"
    storage_class: Literal["STANDARD"] = "STANDARD"
    protected: bool


class LustrePlan(StoragePlan):
    """An instance of Managed Lustre. `throughput` is for each TiB.

    `imports` is a bucket and prefix, gs://…/, that files are brought in from and out to when somebody asks for it: it
    does not follow the bucket by itself.
    """

    kind: Literal["lustre"] = "lustre"  # pyright: ignore[reportIncompatibleVariableOverride]
    full_name: str
    filesystem: str
    capacity_gib: int
    throughput: int
    encrypted: bool
    imports: str | None
    protected: bool


class NfsPlan(StoragePlan):
    """An instance of Filestore. `protected`: it can't be deleted before that is lifted."""

    kind: Literal["nfs"] = "nfs"  # pyright: ignore[reportIncompatibleVariableOverride]
    full_name: str
    tier: Literal["BASIC_HDD", "BASIC_SSD", "ZONAL", "REGIONAL", "ENTERPRISE"]
    location: str
    share: str
    capacity_gib: int
    protocol: Literal["NFS_V3", "NFS_V4_1"]
    encrypted: bool
    protected: bool
    backups: bool
    connect_mode: Literal["PRIVATE_SERVICE_ACCESS"] = "PRIVATE_SERVICE_ACCESS"


class VolumePlan(StoragePlan):
    """A disk of the head's that outlives the head. One that is deleted leaves a snapshot if `snapshot` is set, which is
    encrypted as the disk was."""

    kind: Literal["volume"] = "volume"  # pyright: ignore[reportIncompatibleVariableOverride]
    full_name: str
    device: str
    disk: DiskPlan
    encrypted: bool
    snapshot: bool
    protected: bool


GcpStorage = Annotated[BucketPlan | LustrePlan | NfsPlan | VolumePlan, Field(discriminator="kind")]


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


class AuditPlan(PlanModel):
    """Whose data accesses are recorded; Google records none of them by itself."""

    services: tuple[str, ...]
    types: tuple[Literal["ADMIN_READ", "DATA_READ", "DATA_WRITE"], ...]


class GcpAlarmPlan(AlarmPlan):
    """An alarm over `metric`, of the points that the cluster's own head writes: those with `label` (key, value), of the
    kind of `resource` that the head is. The alarm is over the mean of each `period` seconds, or their largest value.

    Points of all machines that were the head count as one by `reducer`: the series of a head that was made anew ends,
    and would be silent for ever.
    """

    metric: str
    resource: Literal["gce_instance"] = "gce_instance"
    aligner: Literal["ALIGN_MEAN", "ALIGN_MAX"]
    reducer: Literal["REDUCE_MEAN", "REDUCE_MAX"]
    period: int
    label: tuple[str, str]


class LogBucketPlan(PlanModel):
    """Where the cluster's logs are kept, and which lines are: those of its machines alone. They are kept there only,
    not in the project's default bucket besides.

    A deleted log bucket is there for another seven days, so its name ends with a random part that is drawn when it is
    made (https://docs.cloud.google.com/logging/docs/buckets).
    """

    name_prefix: str
    location: str
    retention_days: int
    filter: str
    encrypted: bool


class GcpSpendAlertPlan(SpendAlertPlan):
    """A budget of `billing`, the account that pays for the project: billingAccounts/ and its id.

    It counts what `project`, projects/ and its number, has used; credits are not taken off, as the head takes none off.
    `told` are addresses for mail; where there are none, those are told who look after the account.
    """

    billing: str
    project: str
    told: tuple[str, ...]


class ObservabilityPlan(PlanModel):
    """What is kept to look at, and who is told: addresses for mail. `spend` is None where the paying account is not
    known, too."""

    logs: LogBucketPlan
    dashboard: str | None
    alarms: tuple[GcpAlarmPlan, ...]
    notify: tuple[str, ...]
    spend: GcpSpendAlertPlan | None
    audit: AuditPlan | None


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
