"""What AWS's documentation says of a request and its models do not: each limit with the page that it is from."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clusterwright.plan.aws.observability import RETENTIONS

DOCS = "https://docs.aws.amazon.com/"
EC2 = f"{DOCS}AWSEC2/latest/APIReference/"


@dataclass(frozen=True)
class Limit:
    """`holds` tells whether a value is one that the service takes; `says` is what it takes."""

    holds: Callable[[Any], bool]
    says: str
    source: str


def _network(least: int, most: int) -> Callable[[str], bool]:
    """A range of IPv4 addresses, without bits beyond its prefix."""

    def holds(cidr: str) -> bool:
        try:
            return least <= ipaddress.IPv4Network(cidr).prefixlen <= most
        except ValueError:
            return False

    return holds


def _form(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text) is not None


def _between(least: int, most: int) -> Callable[[int], bool]:
    return lambda number: least <= number <= most


DESCRIPTION = Limit(
    _form(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}"),
    "up to 255 of a-z, A-Z, 0-9, spaces and ._-:/()#,@[]+=&;{}!$*",
    f"{EC2}API_CreateSecurityGroup.html",
)
ADDRESSES = Limit(_network(0, 32), "a range of IPv4 addresses", f"{EC2}API_IpRange.html")
USER_DATA = Limit(
    lambda text: len(base64.b64decode(text, validate=True)) <= 16 * 1024,
    "16 KiB before it is encoded",
    f"{DOCS}AWSEC2/latest/UserGuide/instancedata-add-user-data.html",
)
LIMITS: Mapping[str, Limit] = {
    **{
        f"ec2:AuthorizeSecurityGroup{way}.IpPermissions[].{peer}": limit
        for way in ("Ingress", "Egress")
        for peer, limit in (
            ("IpRanges[].CidrIp", ADDRESSES),
            ("IpRanges[].Description", DESCRIPTION),
            ("UserIdGroupPairs[].Description", DESCRIPTION),
        )
    },
    "ec2:CreateVpc.CidrBlock": Limit(_network(16, 28), "a range from /16 to /28", f"{EC2}API_CreateVpc.html"),
    "ec2:CreateSubnet.CidrBlock": Limit(_network(16, 28), "a range from /16 to /28", f"{EC2}API_CreateSubnet.html"),
    "ec2:CreateRoute.DestinationCidrBlock": ADDRESSES,
    "ec2:CreateSecurityGroup.Description": DESCRIPTION,
    "ec2:CreateSecurityGroup.GroupName": Limit(
        lambda name: DESCRIPTION.holds(name) and not name.startswith("sg-"),
        f"{DESCRIPTION.says}, without sg- before it",
        DESCRIPTION.source,
    ),
    "ec2:CreateLaunchTemplate.LaunchTemplateData.UserData": USER_DATA,
    "s3:CreateBucket.Bucket": Limit(
        lambda name: _form(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")(name) and ".." not in name,
        "3 to 63 of a-z, 0-9, - and .",
        f"{DOCS}AmazonS3/latest/userguide/bucketnamingrules.html",
    ),
    "autoscaling:SuspendProcesses.ScalingProcesses[]": Limit(
        {
            "Launch", "Terminate", "AddToLoadBalancer", "AlarmNotification", "AZRebalance", "HealthCheck",
            "InstanceRefresh", "ReplaceUnhealthy", "ScheduledActions",
        }.__contains__,
        "a process of Auto Scaling",
        f"{DOCS}autoscaling/ec2/APIReference/API_SuspendProcesses.html",
    ),
    "logs:PutRetentionPolicy.retentionInDays": Limit(
        RETENTIONS.__contains__,
        f"one of {', '.join(map(str, RETENTIONS))}",
        f"{DOCS}AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    ),
    "kms:ScheduleKeyDeletion.PendingWindowInDays": Limit(
        _between(7, 30), "7 to 30", f"{DOCS}kms/latest/APIReference/API_ScheduleKeyDeletion.html"
    ),
    "secretsmanager:DeleteSecret.RecoveryWindowInDays": Limit(
        _between(7, 30), "7 to 30", f"{DOCS}secretsmanager/latest/apireference/API_DeleteSecret.html"
    ),
}  # fmt: skip


def problems(operation: str, request: dict[str, Any]) -> list[str]:
    """What the documentation says that AWS would refuse of a request."""
    found = []
    for place, value in _leaves(operation, request):
        limit = LIMITS.get(place)
        if limit and not limit.holds(value):
            found.append(f"{place}: {value!r} is not {limit.says} ({limit.source})")
    return found


def _leaves(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{place}.{key}", inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(f"{place}[]", inner)
    else:
        yield place, value
