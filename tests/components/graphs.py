"""Clusters as the policy pack sees them: all resources of a plan, with the inputs that the provider gets."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_VALUE

from clusterwright_policy.base import UNKNOWN, Graph, Resource
from components.recorder import Recorder, inputs_of


def graph(recorder: Recorder, cloud: str) -> Graph:
    """The resources that a cluster registers whose types are of the provider `cloud`, in a fixed order."""
    resources = [
        Resource(
            request.type,
            request.name,
            recorder.urn(request),
            _plain(inputs_of(request)),
            {name: frozenset(to.urns) for name, to in request.propertyDependencies.items() if to.urns},
            frozenset(request.dependencies),
        )
        for request in recorder.requests
        if request.type.startswith(f"{cloud}:")
    ]
    return Graph(tuple(sorted(resources, key=lambda resource: (resource.type, resource.name))))


def _plain(value: Any) -> Any:
    """Inputs as data; what a preview does not know is the pack's own word for it."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    unknown = isinstance(value, pulumi.output.Unknown) or value == UNKNOWN_VALUE
    return UNKNOWN if unknown else value
