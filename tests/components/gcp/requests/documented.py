"""What Google's documentation says of a request and its discovery documents do not: each limit with the page that it is
from."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import regex

DOCS = "https://docs.cloud.google.com/"


@dataclass(frozen=True)
class Limit:
    """`holds` tells whether a value is one that the service takes; `says` is what it takes."""

    holds: Callable[[Any], bool]
    says: str
    source: str


def _form(pattern: str) -> Callable[[str], bool]:
    return lambda text: regex.fullmatch(pattern, text) is not None


def _between(least: float, most: float) -> Callable[[Any], bool]:
    return lambda number: least <= float(number) <= most


def _range(cidr: str) -> bool:
    """A range of IPv4 addresses, without bits beyond its prefix."""
    try:
        ipaddress.IPv4Network(cidr)
    except ValueError:
        return False
    return True


RANGE = Limit(_range, "a range of IPv4 addresses", f"{DOCS}compute/docs/reference/rest/v1/firewalls")
SUBNET = Limit(
    lambda cidr: _range(cidr) and 4 <= ipaddress.IPv4Network(cidr).prefixlen <= 29,
    "a range from /4 to /29",
    f"{DOCS}vpc/docs/subnets#limitations",
)
LABEL = Limit(
    lambda labels: (
        len(labels) <= 64
        and all(_form(r"[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}")(key) for key in labels)
        and all(_form(r"[\p{Ll}\p{Lo}\p{N}_-]{0,63}")(value) for value in labels.values())
    ),
    "up to 64 labels of lowercase letters, digits, _ and -",
    f"{DOCS}resource-manager/docs/labels-overview",
)
METADATA = Limit(
    lambda items: all(len(one["value"].encode()) <= 256 * 1024 for one in items),
    "256 KB for each value",
    f"{DOCS}compute/docs/metadata/setting-custom-metadata#limitations",
)
IAM = Limit(
    _form(r"(user|group|serviceAccount):[^@\s:]+@[a-z0-9.-]+\.[a-z]+|principal(Set)?://\S+|domain:[a-z0-9.-]+"),
    "a user, group, service account or principal",
    f"{DOCS}iam/docs/principal-identifiers",
)
POLICIES = (
    "storage.v1:buckets.setIamPolicy.bindings[].members[]",
    "storage.v1:managedFolders.setIamPolicy.bindings[].members[]",
    *(
        f"{method}.policy.bindings[].members[]"
        for method in (
            "cloudkms.v1:projects.locations.keyRings.cryptoKeys.setIamPolicy",
            "cloudresourcemanager.v1:projects.setIamPolicy",
            "iam.v1:projects.serviceAccounts.setIamPolicy",
            "iap.v1:v1.setIamPolicy",
            "secretmanager.v1:projects.secrets.setIamPolicy",
        )
    ),
)
LABELLED = (
    "compute.v1:addresses.insert.labels",
    "compute.v1:disks.insert.labels",
    "compute.v1:globalAddresses.insert.labels",
    "compute.v1:instanceTemplates.insert.properties.disks[].initializeParams.labels",
    "compute.v1:instanceTemplates.insert.properties.labels",
    "compute.v1:instances.insert.disks[].initializeParams.labels",
    "compute.v1:instances.insert.labels",
    "cloudkms.v1:projects.locations.keyRings.cryptoKeys.create.labels",
    "file.v1:projects.locations.instances.create.labels",
    "lustre.v1:projects.locations.instances.create.labels",
    "secretmanager.v1:projects.secrets.create.labels",
    "storage.v1:buckets.insert.labels",
)
LIMITS: Mapping[str, Limit] = {
    **dict.fromkeys(POLICIES, IAM),
    **dict.fromkeys(LABELLED, LABEL),
    "compute.v1:firewalls.insert.sourceRanges[]": RANGE,
    "compute.v1:subnetworks.insert.ipCidrRange": SUBNET,
    "compute.v1:networks.insert.mtu": Limit(_between(1300, 8896), "1300 to 8896", f"{DOCS}vpc/docs/mtu"),
    "compute.v1:subnetworks.insert.logConfig.flowSampling": Limit(
        _between(0, 1), "0 to 1", f"{DOCS}vpc/docs/using-flow-logs"
    ),
    "compute.v1:instances.insert.metadata.items": METADATA,
    "compute.v1:instanceTemplates.insert.properties.metadata.items": METADATA,
    "compute.v1:instanceTemplates.insert.properties.scheduling.maxRunDuration.seconds": Limit(
        _between(30, 120 * 86400), "30 seconds to 120 days", f"{DOCS}compute/docs/instances/limit-vm-runtime"
    ),
    "compute.v1:instanceGroupManagers.insert.baseInstanceName": Limit(
        _form(r"[a-z]([-a-z0-9]{0,57})"),
        "up to 58 of a-z, 0-9 and -, since five more follow",
        f"{DOCS}compute/docs/reference/rest/v1/instanceGroupManagers",
    ),
    "storage.v1:buckets.insert.name": Limit(
        lambda name: _form(r"[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]")(name) and not name.startswith("goog"),
        "3 to 63 of a-z, 0-9, - and _, without goog before it",
        f"{DOCS}storage/docs/buckets#naming",
    ),
    "storage.v1:buckets.insert.iamConfiguration.publicAccessPrevention": Limit(
        {"enforced", "inherited"}.__contains__,
        "enforced or inherited",
        f"{DOCS}storage/docs/json_api/v1/buckets",
    ),
    "storage.v1:buckets.insert.storageClass": Limit(
        {"STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"}.__contains__,
        "a class of storage",
        f"{DOCS}storage/docs/storage-classes",
    ),
    "storage.v1:buckets.insert.lifecycle.rule[].action.type": Limit(
        {"Delete", "SetStorageClass", "AbortIncompleteMultipartUpload"}.__contains__,
        "an action of a lifecycle",
        f"{DOCS}storage/docs/lifecycle#actions",
    ),
    "storage.v1:buckets.insert.softDeletePolicy.retentionDurationSeconds": Limit(
        lambda seconds: seconds == "0" or _between(7 * 86400, 90 * 86400)(seconds),
        "0, or 7 to 90 days",
        f"{DOCS}storage/docs/soft-delete",
    ),
    "storage.v1:managedFolders.insert.name": Limit(
        _form(r"[^/]+(/[^/]+){0,14}/"), "a prefix that ends with /", f"{DOCS}storage/docs/managed-folders"
    ),
    "file.v1:projects.locations.instances.create.fileShares[].name": Limit(
        _form(r"[a-z][a-z0-9_]{0,15}"),
        "up to 16 of a-z, 0-9 and _, as on every tier",
        f"{DOCS}filestore/docs/reference/rest/v1/projects.locations.instances",
    ),
    "iam.v1:projects.serviceAccounts.create.accountId": Limit(
        _form(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])"),
        "6 to 30 of a-z, 0-9 and -",
        f"{DOCS}iam/docs/reference/rest/v1/projects.serviceAccounts/create",
    ),
    "iam.v1:projects.roles.create.roleId": Limit(
        _form(r"[A-Za-z0-9_.]{3,64}"), "3 to 64 letters, digits, _ and .", f"{DOCS}iam/docs/creating-custom-roles"
    ),
    "iam.v1:projects.roles.create.role.title": Limit(
        _form(r".{1,100}"), "up to 100 characters", f"{DOCS}iam/docs/reference/rest/v1/projects.roles"
    ),
    "cloudkms.v1:projects.locations.keyRings.cryptoKeys.create.rotationPeriod": Limit(
        lambda period: _between(86400, 876000 * 3600)(period.removesuffix("s")),
        "a day to 876000 hours",
        f"{DOCS}kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys",
    ),
    "cloudkms.v1:projects.locations.keyRings.create(keyRingId)": Limit(
        _form(r"[a-zA-Z0-9_-]{1,63}"),
        "up to 63 letters, digits, _ and -",
        f"{DOCS}kms/docs/reference/rest/v1/projects.locations.keyRings/create",
    ),
    "secretmanager.v1:projects.secrets.create(secretId)": Limit(
        _form(r"[a-zA-Z0-9_-]{1,255}"),
        "up to 255 letters, digits, _ and -",
        f"{DOCS}secret-manager/docs/reference/rest/v1/projects.secrets/create",
    ),
    "logging.v2:projects.locations.buckets.create.retentionDays": Limit(
        _between(1, 3650), "1 to 3650", f"{DOCS}logging/docs/buckets"
    ),
    "logging.v2:projects.locations.buckets.create(bucketId)": Limit(
        _form(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,99}"),
        "up to 100 letters, digits, _, - and .",
        f"{DOCS}logging/docs/reference/v2/rest/v2/projects.locations.buckets",
    ),
    "logging.v2:projects.exclusions.create.name": Limit(
        _form(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}"),
        "up to 100 letters, digits, _, - and .",
        f"{DOCS}logging/docs/reference/v2/rest/v2/projects.exclusions",
    ),
    "logging.v2:projects.sinks.create.name": Limit(
        _form(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}"),
        "up to 100 letters, digits, _, - and .",
        f"{DOCS}logging/docs/reference/v2/rest/v2/projects.sinks",
    ),
}


def problems(method: str, parameters: Mapping[str, Any], request: Mapping[str, Any]) -> list[str]:
    """What the documentation says that Google would refuse of a request."""
    return [
        f"{place}: {json.dumps(value)} is not {limit.says} ({limit.source})"
        for place, value in parts(method, parameters, request)
        if (limit := LIMITS.get(place)) and not limit.holds(value)
    ]


def parts(method: str, parameters: Mapping[str, Any], request: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each value of a request with its place, those that hold others included."""
    for key, value in parameters.items():
        yield f"{method}({key})", value
    yield from _inside(method, dict(request))


def _inside(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    yield place, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _inside(f"{place}.{key}", inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _inside(f"{place}[]", inner)
