"""Rules about the provider: what it needs, and settings and names that are another provider's."""

import re
from collections.abc import Iterator, Mapping

from clusterwright.rules.base import CLOUDS, Context, Rule
from clusterwright.spec.base import Provider, SpecModel, quoted
from clusterwright.spec.budget import BudgetSpec
from clusterwright.spec.capacity import CapacityBlock, FlexStart, Reservation, Spot
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import DiskSpec, GroupSpec, HeadSpec, PlacementSpec
from clusterwright.spec.findings import Finding, Path
from clusterwright.spec.job import JobSpec
from clusterwright.spec.network import ExistingNetwork, NetworkSpec
from clusterwright.spec.security import SecuritySpec
from clusterwright.spec.storage import BucketSpec, LustreSpec, NfsSpec, VolumeSpec

Owners = tuple[Provider, ...]
LOCAL: Owners = ("local",)
AWS: Owners = ("aws",)
GCP: Owners = ("gcp",)

SETTINGS: Mapping[tuple[type[SpecModel], str], Owners] = {
    (ClusterSpec, "project"): GCP,
    (ClusterSpec, "region"): CLOUDS,
    (ClusterSpec, "zone"): CLOUDS,
    (ClusterSpec, "runtime"): LOCAL,
    (ClusterSpec, "network"): CLOUDS,
    (ClusterSpec, "security"): CLOUDS,
    (BudgetSpec, "limit"): CLOUDS,
    (BudgetSpec, "alerts"): CLOUDS,
    (ClusterSpec, "observability"): CLOUDS,
    (ClusterSpec, "secrets"): CLOUDS,
    (HeadSpec, "image"): CLOUDS,
    (GroupSpec, "alternatives"): AWS,
    (GroupSpec, "image"): CLOUDS,
    (GroupSpec, "capacity"): CLOUDS,
    (GroupSpec, "placement"): CLOUDS,
    (GroupSpec, "fabric"): CLOUDS,
    (PlacementSpec, "max_distance"): GCP,
    (Spot, "max_price"): AWS,
    (BucketSpec, "old_versions"): CLOUDS,
    (BucketSpec, "cache"): GCP,
    (LustreSpec, "deployment"): AWS,
    (LustreSpec, "drive"): AWS,
    (LustreSpec, "efa"): AWS,
    (LustreSpec, "backups"): AWS,
    (NfsSpec, "size"): GCP,
    (NfsSpec, "tier"): GCP,
    (NfsSpec, "throughput"): AWS,
    (NfsSpec, "one_zone"): AWS,
    (NfsSpec, "backups"): AWS,
    (NetworkSpec, "services_cidr"): GCP,
    (NetworkSpec, "mtu"): GCP,
    (NetworkSpec, "endpoints"): AWS,
    (SecuritySpec, "access_logs"): AWS,
    (SecuritySpec, "permission_boundary"): AWS,
    (SecuritySpec, "users"): GCP,
    (JobSpec, "source"): CLOUDS,
    (JobSpec, "command"): CLOUDS,
    (JobSpec, "sharding"): CLOUDS,
    (JobSpec, "recompute"): CLOUDS,
}
"""The providers that read a setting, where not all do. A section stands for all that is in it."""

INSTEAD: Mapping[tuple[type[SpecModel], str], str] = {
    (SecuritySpec, "access_logs"): (
        "remove it: on GCP `audit` records who read and wrote what, by Cloud Audit Logs, which Google recommends over "
        "usage logs (docs.cloud.google.com/storage/docs/access-logs)"
    ),
}
"""What serves a provider that does not have a setting, where something does."""

_CAPACITY = {"on_demand": CLOUDS, "spot": CLOUDS, "reservation": CLOUDS, "capacity_block": AWS, "flex_start": GCP}
_STORAGE = {"bucket": (*LOCAL, *CLOUDS), "lustre": CLOUDS, "nfs": CLOUDS, "volume": CLOUDS}
_DISKS = {
    "gp3": AWS,
    "io2": AWS,
    "pd-standard": GCP,
    "pd-balanced": GCP,
    "pd-ssd": GCP,
    "hyperdisk-balanced": GCP,
    "hyperdisk-extreme": GCP,
    "hyperdisk-throughput": GCP,
    "hyperdisk-ml": GCP,
}
VALUES: Mapping[tuple[type[SpecModel], str], Mapping[str, Owners]] = {
    (CapacityBlock, "kind"): _CAPACITY,
    (FlexStart, "kind"): _CAPACITY,
    (LustreSpec, "kind"): _STORAGE,
    (NfsSpec, "kind"): _STORAGE,
    (VolumeSpec, "kind"): _STORAGE,
    (VolumeSpec, "disk"): _DISKS,
    (DiskSpec, "kind"): _DISKS,
    (GroupSpec, "fabric"): {"none": CLOUDS, "efa": AWS, "tcpx": GCP, "tcpxo": GCP, "rdma": GCP},
}
"""The providers that know a value, where not all do."""

_GCP_NAME = r"[a-z]([a-z0-9-]*[a-z0-9])?"
_GCP_PROJECT = r"projects/[a-z0-9.:-]+"
_AWS_RESERVATION = (r"cr-[0-9a-f]{8,17}", "cr-0123456789abcdef0")
_GCP_RESERVATION = (
    rf"(?!cr-[0-9a-f]{{17}}$)({_GCP_PROJECT}/reservations/)?{_GCP_NAME}(/reservation(Sub)?Blocks/{_GCP_NAME})*",
    "bert-h100",
)
_IMAGES = {
    "aws": (r"ami-[0-9a-f]{8,17}", "ami-0123456789abcdef0"),
    "gcp": (rf"{_GCP_PROJECT}/(global/)?images/(family/)?{_GCP_NAME}", "projects/my-project-123/global/images/mine"),
}
FORMS: Mapping[tuple[type[SpecModel], str], Mapping[str, tuple[str, str]]] = {
    (ClusterSpec, "region"): {
        "aws": (r"[a-z]{2,4}(-[a-z]+)+-\d", "us-east-1"),
        "gcp": (r"[a-z]+-[a-z]+\d+", "us-central1"),
    },
    (ClusterSpec, "zone"): {
        "aws": (r"[a-z]{2,4}(-[a-z]+)+-\d([a-z]|-[a-z0-9-]+)", "us-east-1a"),
        "gcp": (r"[a-z]+-[a-z]+\d+-[a-z0-9]+", "us-central1-a"),
    },
    (SecuritySpec, "key"): {
        "aws": (
            r"cluster|provider|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+",
            "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
        ),
        "gcp": (
            rf"cluster|provider|{_GCP_PROJECT}/locations/[a-z0-9-]+/keyRings/[\w-]+/cryptoKeys/[\w-]+",
            "projects/my-project-123/locations/us-central1/keyRings/ring/cryptoKeys/key",
        ),
    },
    (ExistingNetwork, "vpc"): {
        "aws": (r"vpc-[0-9a-f]{8,17}", "vpc-0123456789abcdef0"),
        "gcp": (rf"(?!vpc-[0-9a-f]{{17}}$)({_GCP_PROJECT}/global/networks/)?{_GCP_NAME}", "default"),
    },
    (ExistingNetwork, "subnets"): {
        "aws": (r"subnet-[0-9a-f]{8,17}", "subnet-0123456789abcdef0"),
        "gcp": (
            rf"(?!subnet-[0-9a-f]{{17}}$)({_GCP_PROJECT}/regions/[a-z0-9-]+/subnetworks/)?{_GCP_NAME}",
            "projects/my-project-123/regions/us-central1/subnetworks/nodes",
        ),
    },
    (Reservation, "id"): {"aws": _AWS_RESERVATION, "gcp": _GCP_RESERVATION},
    (CapacityBlock, "id"): {"aws": _AWS_RESERVATION},
    (HeadSpec, "image"): _IMAGES,
    (GroupSpec, "image"): _IMAGES,
}
"""How a provider writes a name: a pattern for all of it, and a good value."""


def well_formed(provider: Provider, section: type[SpecModel], key: str, name: str) -> bool:
    """Whether a name is written as the provider writes such names; OtherProvidersName reports one that is not."""
    form = FORMS.get((section, key), {}).get(provider)
    return form is not None and re.fullmatch(form[0], name) is not None


def given(part: SpecModel, path: Path = ()) -> Iterator[tuple[SpecModel, str, object, Path]]:
    """Every setting that the spec itself gives, in the order of the models: its section, key, value and place."""
    for name in type(part).model_fields:
        value = getattr(part, name)
        if name not in part.model_fields_set or value is None:
            continue
        yield part, name, value, (*path, name)
        if isinstance(value, SpecModel):
            yield from given(value, (*path, name))
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, SpecModel):
                    yield from given(item, (*path, name, index))


class OtherProvidersSetting(Rule):
    """A setting, or the value of one, that only another provider has."""

    code = "CW-PRV-010"
    why = "nothing would read it, and whoever reads the spec would believe that it holds"

    def check(self, context: Context) -> Iterator[Finding]:
        provider, refused = context.spec.provider, list[Path]()
        for part, name, value, path in given(context.spec):
            if any(path[: len(section)] == section for section in refused):
                continue
            owners = SETTINGS.get((type(part), name))
            values = VALUES.get((type(part), name), {})
            if owners and provider not in owners:
                refused.append(path)
                what = f"provider {provider} has no `{name}`: it is a setting of {' and '.join(owners)}"
                yield self.finding(path, what, INSTEAD.get((type(part), name), "remove it"))
            elif provider not in values.get(str(value), (provider,)):
                refused.append(path[:-1] if name == "kind" else path)
                what = f"provider {provider} has no `{name}: {value}`: it is of {' and '.join(values[str(value)])}"
                known = [other for other, theirs in values.items() if provider in theirs]
                yield self.finding(path, what, f"remove it, or write one of {provider}: {', '.join(known)}")


OF_MACHINES = ((ClusterSpec, "budget"), (GroupSpec, "idle_timeout"), (GroupSpec, "start_timeout"))
"""What Slurm and the guard on its head do, and process nodes have neither."""


class ProcessNodesHaveNone(Rule):
    """A setting that process nodes have nothing for."""

    code = "CW-PRV-012"
    providers = LOCAL
    why = "process nodes have no Slurm and no budget's guard: they run until they are destroyed"

    def check(self, context: Context) -> Iterator[Finding]:
        if context.spec.runtime == "machine":
            return
        for part, name, _, path in given(context.spec):
            if (type(part), name) in OF_MACHINES:
                yield self.finding(path, f"process nodes have no `{name}`", "remove it, or write `runtime: machine`")


class OtherProvidersName(Rule):
    """A name is not written as the provider writes such names."""

    code = "CW-PRV-011"
    providers = CLOUDS
    why = "each cloud has its own form of names, and refuses others"

    def check(self, context: Context) -> Iterator[Finding]:
        provider = context.spec.provider
        for part, name, value, path in given(context.spec):
            form = FORMS.get((type(part), name), {}).get(provider)
            if form is None:
                continue
            pattern, good = form
            places = [((*path, index), item) for index, item in enumerate(value)] if isinstance(value, tuple) else None
            for place, item in places or [(path, value)]:
                if not re.fullmatch(pattern, str(item)):
                    what = f"{quoted(item)} is not how {provider} names {_noun(name)}"
                    yield self.finding(place, what, f"a good value: `{good}`")


def _noun(name: str) -> str:
    nouns = {"key": "a key", "vpc": "a network", "subnets": "a subnet", "id": "a reservation", "image": "an image"}
    return nouns.get(name, f"a {name}")


class NoRegion(Rule):
    """A cloud cluster has no region."""

    code = "CW-PRV-001"
    providers = CLOUDS
    why = "prices, machine types and the distance to your data differ by region, so none is chosen for you"

    def check(self, context: Context) -> Iterator[Finding]:
        if context.spec.region is None:
            good = FORMS[ClusterSpec, "region"][context.spec.provider][1]
            yield self.finding((), "the cluster has no region", f"write `region: {good}`, or the one of your data")


class NoZone(Rule):
    """A cloud cluster has no zone."""

    code = "CW-PRV-002"
    providers = CLOUDS
    why = "all nodes stand in one zone, and which zone has the machines is known to your account alone"

    def check(self, context: Context) -> Iterator[Finding]:
        spec = context.spec
        if spec.zone is None:
            letter = "a" if spec.provider == "aws" else "-b"
            good = f"{spec.region}{letter}" if spec.region else FORMS[ClusterSpec, "zone"][spec.provider][1]
            hint = f"write the zone in which your quota or reservation is, for example `zone: {good}`"
            yield self.finding((), "the cluster has no zone", hint)


class NoProject(Rule):
    """A cluster on GCP has no project."""

    code = "CW-PRV-003"
    providers = GCP
    why = "everything on GCP is in a project, and a spec names its own so that no shell's default decides"

    def check(self, context: Context) -> Iterator[Finding]:
        if context.spec.project is None:
            hint = "write its id, not its name or number: `project: my-project-123`"
            yield self.finding((), "the cluster has no project", hint)


class ZoneOutsideRegion(Rule):
    """The zone is not one of the region."""

    code = "CW-PRV-004"
    providers = CLOUDS
    why = "a zone's name is the region's and a letter; buckets and services are made in the region, nodes in the zone"

    def check(self, context: Context) -> Iterator[Finding]:
        spec = context.spec
        region, zone = (FORMS[ClusterSpec, key][spec.provider][0] for key in ("region", "zone"))
        if not re.fullmatch(region, spec.region or "") or not re.fullmatch(zone, spec.zone or ""):
            return
        home = re.match(region, spec.zone or "")
        if home and home[0] != spec.region:
            what = f"the zone {spec.zone} is not in region {spec.region}"
            yield self.finding(("zone",), what, f"write `region: {home[0]}`, or a zone of {spec.region}")
