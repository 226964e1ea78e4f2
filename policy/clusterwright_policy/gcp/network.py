"""The network: no address that the world could reach, and nothing that lets the world in."""

from __future__ import annotations

from collections.abc import Iterator

from clusterwright_policy.addresses import is_the_world
from clusterwright_policy.base import UNKNOWN, Resource, ResourceRule, Violation
from clusterwright_policy.gcp.types import ADDRESS, FIREWALL, INSTANCE, TEMPLATE

PUBLIC = ("accessConfigs", "ipv6AccessConfigs")
SOURCES = ("sourceRanges", "sourceServiceAccounts", "sourceTags")
TARGETS = ("targetServiceAccounts", "targetTags")


class PublicAddress(ResourceRule):
    """A machine gets an address that the whole internet can reach."""

    code = "CW-POL-211"
    types = frozenset({ADDRESS, INSTANCE, TEMPLATE})
    why = "what nobody can reach can't be attacked; people come in by Identity-Aware Proxy, machines go out through NAT"
    hint = "leave the address out, and open a session: the stack's output `connect` has the command"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        if resource.type == ADDRESS:
            # It is external unless it says otherwise
            # (https://docs.cloud.google.com/compute/docs/reference/rest/v1/addresses).
            if resource.value("addressType") in (None, "EXTERNAL"):
                yield self.violation(resource, "`addressType` is not INTERNAL")
            return
        for name in PUBLIC:
            if any(value is not UNKNOWN for value in resource.values(f"networkInterfaces[].{name}[]")):
                yield self.violation(resource, f"`networkInterfaces[].{name}` is set")


class OpenToTheWorld(ResourceRule):
    """A firewall rule lets the whole internet in."""

    code = "CW-POL-212"
    types = frozenset({FIREWALL})
    why = (
        "every open port is tried within minutes, and a rule without a source is for all of them "
        "(docs.cloud.google.com/firewall/docs/firewalls#sources)"
    )
    hint = "name the range that you come from, or use Identity-Aware Proxy, whose range is 35.235.240.0/20"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        if not _lets_in(resource):
            return
        if not any(resource.value(source) for source in SOURCES):
            yield self.violation(resource, "it names no source")
        for cidr in resource.values("sourceRanges[]"):
            if isinstance(cidr, str) and is_the_world(cidr):
                yield self.violation(resource, f"`sourceRanges` lets {cidr} in")


class MeansEveryMachine(ResourceRule):
    """A firewall rule lets something in to every machine of its network."""

    code = "CW-POL-213"
    types = frozenset({FIREWALL})
    why = (
        "in a network of others' too it would be for their machines "
        "(docs.cloud.google.com/firewall/docs/firewalls#rule_assignment)"
    )
    hint = "name the accounts of the machines that are meant: `targetServiceAccounts`"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        if _lets_in(resource) and not any(resource.value(target) for target in TARGETS):
            yield self.violation(resource, "it names no target")


def _lets_in(rule: Resource) -> bool:
    """Whether a rule is one for what comes in, as one is that says nothing, and lets it through."""
    return rule.value("direction") in (None, "INGRESS") and bool(rule.value("allows"))
