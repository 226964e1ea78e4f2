"""One list of effects from all that is known: the later kind of knowledge overrules the earlier, part by part."""

from __future__ import annotations

from dataclasses import replace

from clusterwright.review.blast.parts import CLUSTER, joined
from clusterwright.review.model import ACTIONS, Basis, Effect, gravity

SOURCES: dict[Basis, str] = {
    "fields": "the spec's fields",
    "graph": "the resource graphs",
    "preview": "the steps of the engine's preview",
}
UNSEEN = ("in_place", "rolling")
"""What may happen to a part without a change of its own resources: nodes take a bundle, the head another budget."""


def combine(
    fields: tuple[Effect, ...],
    graph: tuple[Effect, ...] | None = None,
    preview: tuple[Effect, ...] | None = None,
) -> tuple[Effect, ...]:
    """One effect a part, the gravest first. None is a kind of knowledge that was not asked for; an empty one has found
    that no resource changes.

    Where two say different things of a part the later one counts, and `why` says so. What nodes do by themselves no
    resource shows: a part that is rolled by the earlier one is not merely updated by the later one.
    """
    found = fields
    if graph is not None:
        found = _overruled(found, graph, "graph")
    if preview is not None:
        found = _overruled(found, preview, "preview")
    return tuple(sorted(found, key=lambda one: gravity(one.action)))


def _overruled(earlier: tuple[Effect, ...], later: tuple[Effect, ...], basis: Basis) -> tuple[Effect, ...]:
    known, said = {one.part for one in later}, {one.part: one for one in earlier}
    named = [_named(one, said[one.part]) if one.part in said else one for one in later]
    return (*named, *(_unnamed(one, basis) for one in earlier if one.part not in known))


def _named(one: Effect, before: Effect) -> Effect:
    """What the later one says, after the earlier one's reason, which is what the author knows."""
    rolled = (before.action, one.action) == ("rolling", "in_place")
    if rolled or one.action == before.action:
        refused = joined((before.refused, one.refused))
        return replace(one, action=before.action, why=_joined(before.why, one.why), refused=refused)
    differ = f"{SOURCES[before.basis]} say that it is {ACTIONS[before.action]} ({before.why})"
    return replace(one, why=_joined(one.why, f"{differ}, and {SOURCES[one.basis]} overrule that"))


def _unnamed(one: Effect, basis: Basis) -> Effect:
    """What the earlier one says of a part that the later one has no change of."""
    if one.action in UNSEEN or one.part == CLUSTER:
        return one
    differ = f"{SOURCES[one.basis]} say that it is {ACTIONS[one.action]} ({one.why}), and {SOURCES[basis]}"
    return Effect(one.part, "in_place", f"{differ} overrule that: none of its resources changes", basis)


def _joined(first: str, second: str) -> str:
    """Both reasons, what they share once."""
    return "; ".join(dict.fromkeys([*first.split("; "), *second.split("; ")]))
