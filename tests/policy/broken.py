"""Ways to break a promise of a cluster: what a rule of the policy pack has to see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from clusterwright_policy.base import Graph, Resource


@dataclass(frozen=True)
class Break:
    """A change to the one resource of `kind` whose name ends with `name`, and what the rule says of it.

    `change` gives the new properties; None takes the resource away. `at` is the name's end of the resource that the
    violation is of, where that is another.
    """

    kind: str
    name: str
    change: Callable[[dict[str, Any]], dict[str, Any] | None]
    said: str
    at: str = ""

    def apply(self, graph: Graph) -> Graph:
        (target,) = (one for one in graph.resources if one.type == self.kind and one.name.endswith(self.name))
        properties = self.change(dict(target.properties))
        others = tuple(one for one in graph.resources if one is not target)
        return Graph(others if properties is None else (*others, replace(target, properties=properties)))


@dataclass(frozen=True)
class Add:
    """A resource that a cluster does not have."""

    kind: str
    properties: Mapping[str, Any]
    said: str

    def apply(self, graph: Graph) -> Graph:
        return Graph((*graph.resources, Resource(self.kind, "added", "urn:added", self.properties)))


def put(**properties: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Other values for properties; None takes one away."""
    return lambda old: {name: value for name, value in {**old, **properties}.items() if value is not None}


def inside(name: str, **properties: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Other values inside a property, or inside each of its items."""

    def change(old: dict[str, Any]) -> dict[str, Any]:
        value = old[name]
        new = [put(**properties)(one) for one in value] if isinstance(value, list) else put(**properties)(value)
        return {**old, name: new}

    return change


def gone(_: dict[str, Any]) -> None:
    return None
