"""The effects of a change by the resources that both plans register, and by what each cloud's provider replaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clusterwright.plan.model import ClusterPlan
from clusterwright.review.blast.process import Graph, Resource
from clusterwright.review.blast.replacing import differences, load_replaces, replacing, top
from clusterwright.review.blast.resources import Act, Step, effects_of
from clusterwright.review.model import Effect

COMPONENTS = ("clusterwright:", "pulumi:")
"""What is no resource of a cloud: components, and the provider itself."""
COUNTED = "-latestVersion"
"""What follows a resource's mark in an output that every update of it changes (components/graph.py)."""

LOCAL = frozenset({"cluster", "name", "role", "folder", "bucket", "path", "key"})
"""Inputs of resources on this machine that only a new one can have otherwise: what says which it is, of which each type
has some (`identity` in components/local/runtime/)."""


def graph_effects(before: Graph, after: Graph, plans: Sequence[ClusterPlan]) -> tuple[Effect, ...]:
    """What becomes of each part, basis "graph"; `plans` are those that the graphs are of. An empty graph is of a side
    that has no such stack."""
    return effects_of(steps(before, after), plans, "graph")


def steps(before: Graph, after: Graph) -> tuple[Step, ...]:
    """What the engine would do with each resource, by name and type; nothing of those that stay as they are.

    A resource that refers to one that is made anew changes too, in the inputs that have what the cloud will answer, and
    may itself be made anew for it.
    """
    olds, news = _by_urn(before), _by_urn(after)
    changed = _changed(olds, news)
    made = [_step(one, "create") for urn, one in news.items() if urn not in olds]
    gone = [_step(one, "delete") for urn, one in olds.items() if urn not in news]
    kept = (_updated(olds[urn], news[urn], paths) for urn, paths in changed.items() if paths)
    return (*made, *kept, *gone)


def _by_urn(graph: Graph) -> dict[str, Resource]:
    return {one.urn: one for one in graph if not one.type.startswith(COMPONENTS)}


def _changed(olds: Mapping[str, Resource], news: Mapping[str, Resource]) -> dict[str, list[str]]:
    """The inputs of each resource on both sides that change, until no further resource changes by what it refers to."""
    changed = {urn: _differing(olds[urn], news[urn]) for urn in news if urn in olds}
    while True:
        marks = _moved(olds, news, changed)
        further = {
            urn: sorted({*paths, *_referring(news[urn], marks)}) if marks else paths for urn, paths in changed.items()
        }
        if further == changed:
            return changed
        changed = further


def _differing(old: Resource, new: Resource) -> list[str]:
    found = differences(dict(old.inputs), dict(new.inputs))
    return [path for path in found if top(path) not in new.ignored]


def _moved(
    olds: Mapping[str, Resource], news: Mapping[str, Resource], changed: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """The marks of what the cloud will answer otherwise: all that it answers of a resource that is made anew, and what
    counts the updates of one that is updated."""
    found = []
    for urn, paths in changed.items():
        if paths:
            anew = _forced(olds[urn], news[urn], paths)
            found.append(news[urn].mark if anew else f"{news[urn].mark}{COUNTED}")
    return tuple(found)


def _referring(resource: Resource, marks: Sequence[str]) -> Iterator[str]:
    for path, value in _leaves(resource.inputs):
        if isinstance(value, str) and top(path) not in resource.ignored and any(mark in value for mark in marks):
            yield path


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    else:
        yield path, value


def _forced(old: Resource, new: Resource, paths: Sequence[str]) -> tuple[str, ...]:
    cloud = new.type.split(":")[0]
    if cloud not in ("aws", "gcp"):
        return tuple(path for path in paths if top(path) in LOCAL)
    row = load_replaces(cloud).get(new.type)
    return tuple(replacing(row, old.inputs, new.inputs, paths)) if row else ()


def _updated(old: Resource, new: Resource, paths: Sequence[str]) -> Step:
    forced = _forced(old, new, paths)
    return Step(new.type, new.name, "replace" if forced else "in_place", tuple(paths), forced, old.protect, old.retain)


def _step(resource: Resource, action: Act) -> Step:
    return Step(resource.type, resource.name, action, protect=resource.protect, retain=resource.retain)
