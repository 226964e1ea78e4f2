"""What is known of a change's effects besides what the spec's fields say: resource graphs, and the engine's preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from clusterwright.errors import ClusterwrightError
from clusterwright.plan.model import ClusterPlan
from clusterwright.review.blast.combine import combine
from clusterwright.review.blast.graph import graph_effects
from clusterwright.review.blast.preview import preview_effects, read_preview
from clusterwright.review.blast.process import graphs
from clusterwright.review.model import Effect

Plans = tuple[ClusterPlan | None, ClusterPlan | None]
"""A stack's plans before and after; None: that side has no such stack."""


@dataclass(frozen=True)
class Seen:
    """The effects that were seen on one stack; None was not asked for, and text is why there is nothing to see."""

    graph: tuple[Effect, ...] | str | None = None
    preview: tuple[Effect, ...] | None = None

    def over(self, fields: tuple[Effect, ...]) -> tuple[Effect, ...]:
        """All effects: what was seen overrules what the fields say."""
        return combine(fields, None if isinstance(self.graph, str) else self.graph, self.preview)


def see(stacks: Mapping[str, Plans], graph: bool, preview: Path | None) -> dict[str, Seen]:
    """What is seen of each stack that has a plan on each side where it is. `preview` is of the only one of them.

    Raises ClusterwrightError for a preview that is of none or can't be read, and if the graphs can't be made.
    """
    drawn = _drawn(stacks) if graph else {}
    previewed = _previewed(stacks, preview) if preview else {}
    return {name: Seen(drawn.get(name), previewed.get(name)) for name in stacks}


def _drawn(stacks: Mapping[str, Plans]) -> dict[str, tuple[Effect, ...] | str]:
    """The effects by the resource graphs, all of which are made at once."""
    made = iter(graphs([plan for plans in stacks.values() for plan in plans if plan], datetime.now(UTC)))
    drawn: dict[str, tuple[Effect, ...] | str] = {}
    for name, plans in stacks.items():
        sides = [next(made) if plan else () for plan in plans]
        missing = next((side for side in sides if isinstance(side, str)), None)
        before, after = (side for side in sides if not isinstance(side, str)) if missing is None else ((), ())
        drawn[name] = missing or graph_effects(before, after, [plan for plan in plans if plan])
    return drawn


def _previewed(stacks: Mapping[str, Plans], file: Path) -> dict[str, tuple[Effect, ...]]:
    text = read_preview(file)
    if len(stacks) != 1:
        raise ClusterwrightError(
            f"error: a preview is of one stack, and {len(stacks)} of those that are reviewed have plans\n"
            f"  why: {', '.join(stacks) or 'none'} changed\n"
            "  hint: name the stack: `clusterwright review NAME --preview FILE`"
        )
    ((name, plans),) = stacks.items()
    return {name: preview_effects(text, [plan for plan in plans if plan], str(file), name)}
