"""The effects of a change, by what the spec's fields say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from clusterwright.plan.model import ClusterPlan, StoragePlan
from clusterwright.review.model import Action, Effect, FieldChange
from clusterwright.spec.base import Change
from clusterwright.spec.units import Size

ACTIONS: dict[Change, Action] = {
    "in_place": "in_place",
    "rolling": "rolling",
    "replace": "replace",
    "data_loss": "replace",
}
GRAVITY: tuple[Action, ...] = ("in_place", "create", "rolling", "replace", "delete")
HEAD, NETWORK, CLUSTER = "head", "network", "cluster"
_SHRUNK = "a smaller one is made anew, without its data"


def effects(
    before: ClusterPlan | None, after: ClusterPlan | None, changes: Sequence[FieldChange]
) -> tuple[Effect, ...]:
    """One effect for each part that the change touches. `changes` are the fields whose value is another; without a plan
    on a side the cluster as a whole is made or, as its storage says, deleted."""
    if before is None or after is None:
        return tuple(_whole(before, after))
    found: dict[str, list[tuple[FieldChange, Action]]] = {}
    for change in changes:
        if action := _action(change):
            found.setdefault(part_of(change.path), []).append((change, action))
    return tuple(_effect(part, members, before) for part, members in found.items())


def part_of(path: str) -> str:
    """The part of a cluster that a field is of: "group train", "storage data", "head", "network", or the cluster."""
    if match := re.match(r"(groups|storage)\[([^\]]+)\]", path):
        return f"{'group' if match[1] == 'groups' else 'storage'} {match[2]}"
    first = path.partition(".")[0]
    if first in (HEAD, NETWORK, "job", "budget", "software", "observability", "security"):
        return first
    return CLUSTER if first in ("name", "provider", "project", "region", "zone") else first


def _action(change: FieldChange) -> Action | None:
    if change.path.endswith("]"):  # a member of a list, as a whole
        return "create" if change.before is None else "delete" if change.after is None else "replace"
    if _shrinks(change):
        return "replace"
    return ACTIONS.get(change.cost)


def _shrinks(change: FieldChange) -> bool:
    """Whether a storage is made smaller, which none can be where it stands."""
    if not re.fullmatch(r"storage\[[^\]]+\]\.size", change.path) or change.before is None or change.after is None:
        return False
    return Size.parse(change.after) < Size.parse(change.before)


def _effect(part: str, members: list[tuple[FieldChange, Action]], before: ClusterPlan) -> Effect:
    worst: Action = max((action for _, action in members), key=lambda action: GRAVITY.index(action))
    why = "; ".join(_why(change, action) for change, action in members)
    lost = any(change.cost == "data_loss" or _shrinks(change) for change, _ in members) or worst == "delete"
    storage = next((one for one in before.storage if part == f"storage {one.name}"), None)
    data = None
    if lost and storage:
        data = _data([storage])
    elif lost and not part.startswith("group "):
        data = _data(before.storage)
    return Effect(part, worst, why, "fields", data)


def _why(change: FieldChange, action: Action) -> str:
    if action == "create":
        return "the spec has it now"
    if action == "delete":
        return "the spec has it no more"
    what = _SHRUNK if _shrinks(change) else change.what
    return f"`{change.path}`: {what}" if what else f"`{change.path}` changes"


def _data(storages: Iterable[StoragePlan]) -> str | None:
    said = [
        f"{one.name} is kept outside the cluster, and the new one is empty"
        if one.on_destroy == "keep"
        else f"all that is on {one.name} is deleted"
        for one in storages
    ]
    return "; ".join(said) or None


def _whole(before: ClusterPlan | None, after: ClusterPlan | None) -> Iterator[Effect]:
    if after is not None:
        yield Effect(CLUSTER, "create", "the stack is new", "fields")
    elif before is not None:
        yield Effect(
            CLUSTER, "delete", "its spec is gone: whoever destroys the stack ends it", "fields", _data(before.storage)
        )


def untouched(before: ClusterPlan | None, after: ClusterPlan | None, found: Sequence[Effect]) -> tuple[str, ...]:
    """The parts that a running cluster keeps as they are, the storages first: that data stays is worth a word."""
    if before is None or after is None:
        return ()
    touched = {effect.part for effect in found}
    if any(effect.part in (CLUSTER, NETWORK) and effect.action in ("replace", "delete") for effect in found):
        return ()
    if any(effect.part == "security" and effect.action == "replace" for effect in found):
        return ()
    names = {f"storage {one.name}" for one in before.storage} & {f"storage {one.name}" for one in after.storage}
    parts = [f"storage {one.name}" for one in after.storage if f"storage {one.name}" in names]
    groups = {group.name for group in before.groups}
    parts += [HEAD, NETWORK, *(f"group {group.name}" for group in after.groups if group.name in groups)]
    return tuple(part for part in parts if part not in touched)
