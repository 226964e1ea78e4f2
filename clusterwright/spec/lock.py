"""The lock: what only the account knows, pinned beside the spec in `stacks/NAME.lock.yaml` and reviewed with it.

Everything here was read from the cloud on the day `made`. What the cloud did not say is None or missing, never 0.
"""

import datetime
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from clusterwright.spec.base import SpecModel, matching, quoted, refusal
from clusterwright.spec.network import Cidr
from clusterwright.spec.units import Moment, Size


def _day(value: str) -> str:
    try:
        day = datetime.date.fromisoformat(value).isoformat()
    except ValueError:
        day = None
    if day != value:  # other spellings of a day are read too, 20261124 for one
        raise refusal("format", f"is not a day: {quoted(value)}", "a lock says when it was made", "write 2026-11-24")
    return value


Date = Annotated[str, AfterValidator(_day)]
# Policies are written with both, and a name such as `*` would open them to every account.
# Sources: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html
# https://docs.cloud.google.com/resource-manager/docs/creating-managing-projects
AccountId = Annotated[
    str,
    matching(
        r"[0-9]{12}|([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]",
        100,
        "an account of AWS is 12 digits, in quotes, and a project of GCP is its id",
        '"123456789012"',
    ),
]
ProjectNumber = Annotated[str, matching(r"[0-9]+", 20, "a project's number is digits, in quotes", '"123456789012"')]
Count = Annotated[int, Field(ge=0)]
Architecture = Literal["x86_64", "arm64"]


class LockedImage(SpecModel):
    """A machine image. `size` is that of its root volume: a disk that is smaller can't hold it."""

    id: str
    name: str
    architecture: Architecture
    size: Size
    created: Date


class LockedReservation(SpecModel):
    """A reservation, capacity block or future reservation as the cloud describes it.

    `zone` is the zone's name, `kind` the cloud's own word for it (`default`, `capacity-block`; `specific`, `dense`).
    """

    machine: str
    zone: str
    total: Count
    available: Count | None = None
    state: str
    kind: str | None = None
    start: Moment | None = None
    end: Moment | None = None


class LockedQuota(SpecModel):
    """A limit of the account in the region. `unit` says of what: vCPUs on AWS, GPUs or vCPUs on GCP."""

    limit: Annotated[float, Field(ge=0)]
    used: Annotated[float, Field(ge=0)] | None = None
    unit: str


class LockedPrice(SpecModel):
    """What a machine costs, in USD per hour, on the day `date`."""

    usd_per_hour: Annotated[float, Field(ge=0, le=10**6)]
    date: Date
    source: str


class LockedBilling(SpecModel):
    """The account that pays for the project, billingAccounts/ and its id; `currency` is a code of ISO 4217."""

    account: Annotated[str, Field(pattern=r"^billingAccounts/[0-9A-Z]{6}(-[0-9A-Z]{6}){2}$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None


class LockedSubnet(SpecModel):
    """A subnet that the spec names. `free` is how many addresses it has left."""

    zone: str | None = None
    cidr: Cidr
    free: Count | None = None
    vpc: str


class LockedNetwork(SpecModel):
    """The network that the spec names."""

    id: str
    cidrs: tuple[Cidr, ...]
    dns_support: bool | None = None
    dns_hostnames: bool | None = None
    mtu: Count | None = None


class Lock(SpecModel):
    """What an account knows of one spec's region, machines, images and reservations.

    `account` is the AWS account's number or the GCP project's id, `number` the GCP project's number, `billing` who pays
    for that project, read where the spec has a limit of money. `zones` gives the
    id of each zone's name, which differs between AWS accounts. `images` is keyed as the plan asks for them
    (gpu-x86_64, cpu-x86_64, cpu-arm64, or a family's own), `quotas` by the cloud's code of the quota, `offerings` and
    `prices` by machine type; a price by the kind of capacity inside. `trails` are the ARNs of the trails of AWS's
    CloudTrail that record in the region, the cluster's own among them if it is up.
    """

    version: Literal[1] = Field(alias="schema")
    provider: Literal["aws", "gcp"]
    made: Date
    account: AccountId
    number: ProjectNumber | None = None
    billing: LockedBilling | None = None
    region: str
    zones: Mapping[str, str] = {}
    images: Mapping[str, LockedImage] = {}
    reservations: Mapping[str, LockedReservation] = {}
    quotas: Mapping[str, LockedQuota] = {}
    offerings: Mapping[str, tuple[str, ...]] = {}
    prices: Mapping[str, Mapping[str, LockedPrice]] = {}
    network: LockedNetwork | None = None
    subnets: Mapping[str, LockedSubnet] = {}
    trails: tuple[str, ...] | None = None
