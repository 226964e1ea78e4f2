"""The rules as a policy pack: `pulumi preview --policy-pack policy`.

A rule about one resource stops the engine before that one is made; a rule about several is asked at the end, in a
preview as in an update.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from clusterwright_policy import rules
from clusterwright_policy.base import UNKNOWN, Graph, Resource, ResourceRule, Rule


def known(container: Any, key: Any) -> Any:
    """What `container` has at `key`, as plain data; what the preview can't know is UNKNOWN."""
    try:
        value = container[key]
    except UnknownValueError:
        return UNKNOWN
    if isinstance(value, Mapping):
        return {name: known(value, name) for name in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [known(value, index) for index in range(len(value))]
    return value


def resource(args: ResourceValidationArgs | PolicyResource) -> Resource:
    properties = {name: known(args.props, name) for name in args.props}
    if not isinstance(args, PolicyResource):
        return Resource(args.resource_type, args.name, args.urn, properties)
    refers = {name: frozenset(one.urn for one in others) for name, others in args.property_dependencies.items()}
    after = frozenset(one.urn for one in args.dependencies)
    return Resource(args.resource_type, args.name, args.urn, properties, refers, after)


def validate_resource(rule: ResourceRule) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type in rule.types:
            for violation in rule.check_resource(resource(args)):
                report(str(violation), None)

    return validate


def validate_stack(rule: Rule) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for violation in rule.check(Graph(tuple(map(resource, args.resources)))):
            report(str(violation), violation.resource.urn)

    return validate


def policy(rule: Rule) -> ResourceValidationPolicy | StackValidationPolicy:
    if isinstance(rule, ResourceRule):
        return ResourceValidationPolicy(rule.code, rule.summary, validate_resource(rule))
    return StackValidationPolicy(rule.code, rule.summary, validate_stack(rule))


PolicyPack("clusterwright", [policy(rule) for rule in rules()], EnforcementLevel.MANDATORY)
