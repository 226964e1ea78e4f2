"""The cluster as a diagram, its parts coloured by what the change does to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clusterwright.plan.cloud import CloudGroupPlan
from clusterwright.plan.model import ClusterPlan
from clusterwright.review.model import Action, Effect, Picture

MOST_BOXES = 25
COLOURS: dict[Action | None, str] = {
    None: "fill:#d9d9d9,stroke:#595959,color:#000000",
    "in_place": "fill:#cfe2ff,stroke:#0b5394,color:#000000",
    "rolling": "fill:#fff2cc,stroke:#7f6000,color:#000000",
    "replace": "fill:#f9cb9c,stroke:#b45f06,color:#000000",
    "delete": "fill:#f4cccc,stroke:#990000,color:#000000",
    "create": "fill:#d9ead3,stroke:#38761d,color:#000000",
}
"""Dark on light whatever the page is, and told by words too: who can't tell the colours apart loses nothing."""
SAID: dict[Action | None, str] = {
    None: "stays",
    "in_place": "changed in place",
    "rolling": "renewed node by node",
    "replace": "replaced",
    "delete": "deleted",
    "create": "new",
}


def pictures(before: ClusterPlan | None, after: ClusterPlan | None, effects: Sequence[Effect]) -> tuple[Picture, ...]:
    """One picture of a cluster that is changed; none where nothing of it is drawn or coloured."""
    if before is None or after is None or not effects:
        return ()
    actions: dict[str, Action] = {effect.part: effect.action for effect in effects}
    boxes = list(_boxes(before, after, actions))
    shown, more = boxes[:MOST_BOXES], len(boxes) - MOST_BOXES
    lines = ["flowchart LR"]
    for number, (_, label, action) in enumerate(shown):
        lines.append(f'  b{number}["{_escaped(label)}<br/>{SAID[action]}"]:::{action or "stays"}')
    if more > 0:
        lines.append(f'  more["and {more} more"]:::stays')
    heads = [number for number, (part, _, _) in enumerate(shown) if part == "head"]
    storages = [number for number, (part, _, _) in enumerate(shown) if part.startswith("storage ")]
    for number, (part, _, _) in enumerate(shown):
        if part.startswith("group ") and heads:
            lines.append(f"  b{heads[0]} --> b{number}")
            lines += [f"  b{number} --- b{other}" for other in storages]
    used = dict.fromkeys([*(action for *_, action in shown), *[None] * (more > 0)])
    lines += [f"  classDef {action or 'stays'} {COLOURS[action]}" for action in used]
    words = "; ".join(f"{label}: {SAID[action]}" for _, label, action in shown)
    return (Picture("What becomes of the cluster", "\n".join(lines), words),)


def _boxes(
    before: ClusterPlan, after: ClusterPlan, actions: dict[str, Action]
) -> Iterator[tuple[str, str, Action | None]]:
    """The parts of both sides: which it is, what is written on it, what becomes of it."""
    whole = next((actions[part] for part in ("cluster", "network") if actions.get(part) in ("replace", "delete")), None)
    yield "head", f"head: {after.head.machine}", actions.get("head", whole)
    groups = {group.name: group for group in (*before.groups, *after.groups)}
    for name, group in groups.items():
        bought = f", {group.capacity.kind.replace('_', ' ')}" if isinstance(group, CloudGroupPlan) else ""
        label = f"group {name}: {group.nodes.max} x {group.machine}{bought}"
        yield f"group {name}", label, actions.get(f"group {name}", whole)
    for storage in {storage.name: storage for storage in (*before.storage, *after.storage)}.values():
        part = f"storage {storage.name}"
        yield part, f"{storage.kind} {storage.name} at {storage.mount}", actions.get(part, whole)


def _escaped(text: str) -> str:
    """Text as Mermaid takes it between quotes: everything but letters, digits and a few marks by its number
    (https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters)."""
    return "".join(c if c.isalnum() or c in " .,:-/" else f"#{ord(c)};" for c in text)
