"""A picture of what happens to a cluster, in Mermaid's language, which GitHub and GitLab draw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import get_args

from clusterwright.plan.model import ClusterPlan, GroupPlan, StoragePlan
from clusterwright.review.model import ACTIONS, Action, Effect, Picture
from clusterwright.spec.base import printable

MOST_BOXES = 25
"""More boxes than these nobody takes in; what stays as it is gives way first."""
WORDS: dict[Action | None, str] = {**ACTIONS, None: "stays"}
"""What a box says in its last line, so that no colour has to; the gravest first."""
COLOURS: dict[Action | None, str] = {
    "delete": "fill:#ffcdd2,stroke:#b71c1c,color:#1a1a1a,stroke-width:3px",
    "replace": "fill:#ffe0b2,stroke:#e65100,color:#1a1a1a,stroke-width:3px",
    "rolling": "fill:#fff9c4,stroke:#f9a825,color:#1a1a1a",
    "in_place": "fill:#e1f5fe,stroke:#0277bd,color:#1a1a1a",
    "create": "fill:#c8e6c9,stroke:#2e7d32,color:#1a1a1a",
    None: "fill:#eceff1,stroke:#607d8b,color:#1a1a1a",
}
"""Dark text on light boxes, each with its own fill, reads the same on a light page and on a dark one."""


@dataclass(frozen=True)
class _Box:
    part: str
    detail: str
    action: Action | None


def pictures(before: ClusterPlan | None, after: ClusterPlan | None, effects: tuple[Effect, ...]) -> tuple[Picture, ...]:
    """The cluster with what happens to each of its parts; none where nothing happens. A plan of None: there is no such
    cluster on that side."""
    whole = after or before
    if whole is None or not effects:
        return ()
    boxes = sorted(_boxes(before, after, effects), key=lambda box: list(WORDS).index(box.action))
    shown, rest = (boxes, []) if len(boxes) <= MOST_BOXES else (boxes[: MOST_BOXES - 1], boxes[MOST_BOXES - 1 :])
    title = f"cluster {whole.name}, part by part"
    return (Picture(title, _flowchart(shown, rest), _told(boxes)),)


def _boxes(before: ClusterPlan | None, after: ClusterPlan | None, effects: Iterable[Effect]) -> Iterator[_Box]:
    """Every part of both plans, and those that effects alone name."""
    old, new = _parts(before) if before else {}, _parts(after) if after else {}
    worst: dict[str, Action] = {}
    for effect in effects:
        worst[effect.part] = min(worst.get(effect.part, effect.action), effect.action, key=list(WORDS).index)
    for part in dict.fromkeys([*new, *old, *worst]):
        was, becomes = old.get(part), new.get(part)
        action = worst.get(part) or ("create" if was is None else "delete" if becomes is None else None)
        details = dict.fromkeys(detail for detail in (was, becomes) if detail)
        yield _Box(part, " → ".join(details), action)


def _parts(plan: ClusterPlan) -> dict[str, str]:
    """What each part is in a few words, by the name that effects have for it."""
    parts = {"head": plan.head.machine}
    parts |= {f"group {group.name}": _group(group) for group in plan.groups}
    return parts | {f"storage {storage.name}": _storage(storage) for storage in plan.storage}


def _group(group: GroupPlan) -> str:
    least = f"{group.nodes.min} to " if group.nodes.min < group.nodes.max else ""
    return f"{least}{group.nodes.max} × {group.machine}"


def _storage(storage: StoragePlan) -> str:
    return f"{storage.kind} at {storage.mount}"


def _flowchart(shown: list[_Box], rest: list[_Box]) -> str:
    """The head starts the groups' nodes, which mount the storage."""
    lines = ["flowchart LR"]
    classes = {action: f"c{index}" for index, action in enumerate(WORDS)}
    ids = {box.part: f"b{index}" for index, box in enumerate(shown)}
    for box in shown:
        text = "<br>".join(_escaped(line) for line in (box.part, box.detail, WORDS[box.action]) if line)
        lines.append(f'  {ids[box.part]}["{text}"]:::{classes[box.action]}')
    if rest:
        lines.append(f'  rest["{len(rest)} more parts"]:::{classes[None]}')
    groups = [part for part in ids if part.startswith("group ")]
    storages = [part for part in ids if part.startswith("storage ")]
    if "head" in ids and groups:
        lines.append(f"  {ids['head']} --> {' & '.join(ids[part] for part in groups)}")
    if groups and storages:
        lines.append(f"  {' & '.join(ids[g] for g in groups)} --> {' & '.join(ids[s] for s in storages)}")
    used = {box.action for box in shown} | ({None} if rest else set())
    lines += [f"  classDef {classes[action]} {colour}" for action, colour in COLOURS.items() if action in used]
    return "\n".join(lines)


def _told(boxes: list[_Box]) -> str:
    """The same for who can't see it, with names by what happens to them."""
    found = {action: [_named(box) for box in boxes if box.action == action] for action in (*get_args(Action), None)}
    return "; ".join(f"{WORDS[action]}: {', '.join(found[action])}" for action in WORDS if found[action]) + "."


def _named(box: _Box) -> str:
    return f"{box.part} ({box.detail})" if box.detail else box.part


def _escaped(text: str, most: int = 60) -> str:
    """A text in a label: all but letters, digits, spaces and dashes as entities
    (https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters)."""
    shown = printable(text)
    shown = shown if len(shown) <= most else f"{shown[:most]}…"
    return "".join(
        c if c.isalnum() or c in " -×→…" or _within(shown, i) else f"#{ord(c)};" for i, c in enumerate(shown)
    )


def _within(text: str, index: int) -> bool:
    """Whether it is a dot inside a word, as in p5.48xlarge."""
    return text[index] == "." and text[index - 1 : index].isalnum() and text[index + 1 : index + 2].isalnum()
