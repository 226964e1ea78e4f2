"""What is wrong with a policy: what IAM would refuse, and what it would take and never use.

IAM takes a statement about an action that acts on other resources, or about a key that the action's requests don't
have; such a statement allows nothing, and denies nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Literal

from clusterwright_policy.aws.iam import Statement, statements
from tests.components.aws.rights import reference

Kind = Literal["role", "resource"]
"""A role's policy says what it may do; one on a resource says who may, with principals."""

KEYS = {"Sid", "Effect", "Action", "Resource", "Principal", "Condition"}
TEXT = frozenset({"String", "ARN"})
OPERATORS = {"StringEquals": TEXT, "StringLike": TEXT, "ArnLike": TEXT, "Bool": frozenset({"Bool"})}
OPERATORS["Null"] = TEXT | OPERATORS["Bool"]
"""The operators that policies here use, with the types of keys that each is for
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html)."""
ARN = re.compile(r"arn:(aws|aws-cn|aws-us-gov|\*):[a-z0-9-]+:[a-z0-9*-]*:(\d{12}|\*)?:.+")
EXAMPLES = {("kms:DescribeKey", "kms:EncryptionContext:")}
"""Actions and beginnings of keys that AWS's own examples join although requests don't
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html)."""
WHOLE = {"ssm:UpdateInstanceInformation": "an instance is its own resource, whose id nobody knows before it is made"}
"""Actions that are allowed on * though they know resources."""


def problems(document: str, kind: Kind) -> list[str]:
    """All that is wrong with a policy, each with the statement's Sid. Raises ValueError for what is no policy."""
    read = json.loads(document)
    found = [] if read.get("Version") == "2012-10-17" else [f"the version is {read.get('Version')}"]
    found += [f"unknown: {key}" for key in read.keys() - {"Version", "Id", "Statement"}]
    sids = [one.get("Sid") for one in read["Statement"]]
    found += [f"{sid}: twice" for sid in sorted({sid for sid in sids if sids.count(sid) > 1})]
    for raw, one in zip(read["Statement"], statements(document), strict=True):
        said = [f"unknown: {key}" for key in sorted(raw.keys() - KEYS)]
        said += [*_form(one, kind), *_actions(one, kind), *_conditions(one)]
        found += [f"{one.sid}: {what}" for what in said]
    return found


def _form(one: Statement, kind: Kind) -> Iterator[str]:
    if not re.fullmatch(r"[A-Za-z0-9]+", one.sid):
        yield "a Sid has letters and digits alone"
    if not one.actions:
        yield "no action"
    if (kind == "resource") != bool(one.principals):
        yield "principals belong to policies on resources, and to each statement of those"
    if kind == "role" and not one.resources:
        yield "no resource"
    for arn in one.resources:
        if arn != "*" and not ARN.fullmatch(arn):
            yield f"{arn} is no name of a resource"


def _actions(one: Statement, kind: Kind) -> Iterator[str]:
    for pattern in one.actions:
        known = reference.actions(pattern)
        if not known:
            yield f"{pattern} is no action"
        elif one.resources and not any(reference.acts_on(action, arn) for action in known for arn in one.resources):
            yield f"{pattern} acts on none of the statement's resources"
        if kind == "role" and one.allows and "*" in one.resources and not one.conditions:
            named = [action for action in known if reference.resource_kinds(action) and action not in WHOLE]
            if named:
                yield f"{', '.join(named)} on *, and could be bound to resources"
    for arn in one.resources:
        if not any(reference.acts_on(action, arn) for pattern in one.actions for action in reference.actions(pattern)):
            yield f"nothing acts on {arn}"


def _conditions(one: Statement) -> Iterator[str]:
    for said, keys in one.conditions.items():
        operator = said.removeprefix("ForAnyValue:").removeprefix("ForAllValues:")
        if operator not in OPERATORS:
            yield f"{operator} is no operator"
            continue
        for key in keys:
            for action in (action for pattern in one.actions for action in reference.actions(pattern)):
                type_ = reference.key_type(action, key)
                if type_ is None and not any(one == action and key.startswith(start) for one, start in EXAMPLES):
                    yield f"requests of {action} have no {key}"
                elif type_ and type_.removeprefix("ArrayOf") not in OPERATORS[operator]:
                    yield f"{operator} is not for {key}, which is {type_}"
