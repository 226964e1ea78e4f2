"""Machines: who is on one has its role's rights only by what the metadata service hands out, so that is guarded."""

from __future__ import annotations

from collections.abc import Iterator

from clusterwright_policy.aws.encryption import INSTANCE, TEMPLATE
from clusterwright_policy.base import UNKNOWN, Resource, ResourceRule, Violation


class MetadataWithoutToken(ResourceRule):
    """A machine's metadata service answers requests without a token."""

    code = "CW-POL-121"
    types = frozenset({INSTANCE, TEMPLATE})
    why = (
        "a program that can be made to fetch an address hands out the role's credentials otherwise "
        "(docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html)"
    )
    hint = "set `metadataOptions.httpTokens` to `required`"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        options = resource.value("metadataOptions")
        if options is UNKNOWN or resource.value("metadataOptions.httpEndpoint") == "disabled":
            return
        tokens = resource.value("metadataOptions.httpTokens")
        if tokens not in ("required", UNKNOWN):
            yield self.violation(resource, f"`metadataOptions.httpTokens` is {tokens or 'not set'}")


class MetadataBeyondTheMachine(ResourceRule):
    """A machine's metadata service answers farther than the machine itself."""

    code = "CW-POL-122"
    types = frozenset({INSTANCE, TEMPLATE})
    why = (
        "a container in a network of its own is one hop away: it has the machine's role otherwise "
        "(docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html)"
    )
    hint = "set `metadataOptions.httpPutResponseHopLimit` to 1"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        options = resource.value("metadataOptions")
        if options is UNKNOWN or resource.value("metadataOptions.httpEndpoint") == "disabled":
            return
        hops = resource.value("metadataOptions.httpPutResponseHopLimit")
        if hops not in (1, UNKNOWN):
            yield self.violation(resource, f"`metadataOptions.httpPutResponseHopLimit` is {hops or 'not set'}")
