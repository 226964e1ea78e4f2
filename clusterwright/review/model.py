"""What a review says, as plain data. Writers only lay it out, so each format says the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clusterwright.estimate.quantity import Figure
from clusterwright.spec.base import Change
from clusterwright.spec.findings import Finding, Location

Action = Literal["create", "in_place", "rolling", "replace", "delete"]
ACTIONS: dict[Action, str] = {
    "delete": "deleted",
    "replace": "replaced",
    "rolling": "renewed node by node",
    "in_place": "changed in place",
    "create": "new",
}
"""What becomes of a part, in words, the gravest first: what readers lose."""
Basis = Literal["fields", "graph", "preview"]
"""Where an effect is known from: what the spec's fields say of themselves, the two resource graphs, or the engine's own
preview; the later overrules the earlier."""
Level = Literal["fine", "look", "stop"]
"""fine: nothing that a reader must decide · look: money, machines, data or security change · stop: not deployable."""
Status = Literal["added", "removed", "changed", "unchanged", "unreadable"]


def gravity(action: Action) -> int:
    """The place of an action among ACTIONS, 0 for the gravest."""
    return list(ACTIONS).index(action)


@dataclass(frozen=True)
class Verdict:
    """What a reader must know in a line, and the reasons, the gravest first."""

    level: Level
    headline: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class FieldChange:
    """A field of the spec that its author changed. None: it is not in the spec on that side.

    `cost` is what changing it on a running cluster costs, and `what` then happens, from the field's own metadata.
    """

    path: str
    before: str | None
    after: str | None
    cost: Change
    what: str
    location: Location | None = None


@dataclass(frozen=True)
class Effect:
    """What deploying the change does to one part of a running cluster: "group train", "storage scratch", "head".

    `why` names its reason, such as the field or the resource's input. `refused` is why the engine or the cloud refuses
    it; None if neither does. `data` says what data is lost or at risk; None if none is. `resources` are the names of
    those concerned, where a graph or a preview tells them.
    """

    part: str
    action: Action
    why: str
    basis: Basis
    refused: str | None = None
    data: str | None = None
    resources: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """Why it happens, and why it can't."""
        return f"{self.why}; {self.refused}" if self.refused else self.why


@dataclass(frozen=True)
class Measure:
    """A row of the table of before and after. None: that side has no such thing; an unknown Figure has its reason.

    `doubt` is why the difference is not to be read as a gain or a loss; None if it may be. Text is for what has no
    unit, such as a machine type.
    """

    name: str
    before: Figure | str | None
    after: Figure | str | None
    doubt: str | None = None

    @property
    def difference(self) -> float | None:
        """After minus before in `after`'s unit, by the likely values; None where it is not to be had or not to be
        believed."""
        if self.doubt or not isinstance(self.before, Figure) or not isinstance(self.after, Figure):
            return None
        before = self.before.to(self.after.unit)
        if before.span is None or self.after.span is None:
            return None
        return self.after.span.likely - before.span.likely


@dataclass(frozen=True)
class Decided:
    """A decided value that changed without its author writing it. None: nothing was decided there on that side."""

    path: str
    before: str | None
    after: str | None
    reason: str


@dataclass(frozen=True)
class Need:
    """Capacity or quota that the cluster needs, `amount` in words of the cloud. `granted` is what the lock says the
    account has; None is unknown, and so then is `enough`."""

    what: str
    before: str | None
    after: str | None
    granted: str | None
    enough: bool | None
    hint: str = ""


@dataclass(frozen=True)
class SecurityChange:
    """A difference in who may do what, what is encrypted, or what is recorded. `weaker`: None if neither way."""

    what: str
    before: str | None
    after: str | None
    weaker: bool | None
    why: str


@dataclass(frozen=True)
class Alternative:
    """Something better than what the change asks for, with its numbers, beside those of the change.

    `spec` is the part of the spec to write for it, as YAML. `better` says in which way: "cheaper", "faster".
    """

    better: str
    what: str
    why: str
    measures: tuple[Measure, ...]
    spec: str


@dataclass(frozen=True)
class Picture:
    """A diagram in Mermaid's language, which GitHub and GitLab draw, and what it shows in words."""

    title: str
    mermaid: str
    words: str


@dataclass(frozen=True)
class StackReview:
    """One stack. `file` is its spec in the repository. `standing` are findings that were there before and still are.
    `untouched` are the parts of a running cluster that deploying leaves as they are, by the names that effects have.

    `silent` says what was not looked at and why, so that an empty section is not read as a clean one.
    """

    name: str
    file: str
    status: Status
    verdict: Verdict
    new: tuple[Finding, ...] = ()
    resolved: tuple[Finding, ...] = ()
    standing: tuple[Finding, ...] = ()
    fields: tuple[FieldChange, ...] = ()
    measures: tuple[Measure, ...] = ()
    effects: tuple[Effect, ...] = ()
    untouched: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    security: tuple[SecurityChange, ...] = ()
    decided: tuple[Decided, ...] = ()
    alternative: Alternative | None = None
    pictures: tuple[Picture, ...] = ()
    silent: tuple[str, ...] = ()


@dataclass(frozen=True)
class ToolChange:
    """A change of the tool itself, which both sides are planned by: the files by part ("catalog": 3), and what the
    plans of specs that nobody changed become by it alone, by the name of the stack."""

    parts: dict[str, int]
    plans: dict[str, tuple[Decided, ...]]
    silent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Review:
    """A change from `base` to `head`, each as its reader named it; `date` is the day that prices are as old as of."""

    base: str
    head: str
    date: str
    verdict: Verdict
    stacks: tuple[StackReview, ...]
    tool: ToolChange | None = None
