"""The sections of one stack in Markdown. What is handed in as text of others is escaped here, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clusterwright.review.model import ACTIONS, Alternative, Basis, Decided, Effect, Measure, Picture, StackReview
from clusterwright.review.write.escape import code, fenced, prose
from clusterwright.review.write.numbers import bases, row
from clusterwright.review.write.words import (
    CHANGES,
    ENOUGH,
    WEAKER,
    better,
    effects_by_gravity,
    findings_by_gravity,
    security_by_gravity,
)
from clusterwright.spec.findings import Finding
from clusterwright.words import counted

MOST_ROWS = 30
"""Rows of a table, and entries of a list: who has to decide reads no more, and all are in the other formats."""
SHOWN_FINDINGS = 5
"""Findings that are not folded."""
KNOWN_FROM: dict[Basis, str] = {
    "fields": "what the spec's fields say of themselves",
    "graph": "the resources that both plans register",
    "preview": "the engine's own preview",
}


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are Markdown already. After the most rows that are shown, one says how many more there are."""
    rows = list(rows)
    shown = [list(cells) for cells in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        shown.append([f"and {len(rows) - MOST_ROWS:,} more", *[""] * (len(columns) - 1)])
    lines = [list(columns), ["---"] * len(columns), *shown]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def listed(entries: Iterable[str]) -> str:
    entries = list(entries)
    more = [f"and {len(entries) - MOST_ROWS:,} more"] if len(entries) > MOST_ROWS else []
    return "\n".join(f"- {entry}" for entry in [*entries[:MOST_ROWS], *more])


def folded(summary: str, body: str, unfolded: bool = False) -> str:
    """`summary` is HTML, so it holds words of our own alone."""
    return f"<details{' open' * unfolded}>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"


def strong(text: str) -> str:
    shown = prose(text)
    return f"**{shown}**" if shown else ""


def names(found: Sequence[str], most: int = MOST_ROWS) -> str:
    more = f" and {len(found) - most:,} more" if len(found) > most else ""
    return ", ".join(code(name) for name in found[:most]) + more


def _value(side: str | None) -> str:
    return "none" if side is None else code(side)


def effects(stack: StackReview) -> str:
    """The blast radius: what is lost, replaced and renewed, then what stays as it is."""
    found = effects_by_gravity(stack.effects)
    said = ["#### What deploying it does to a running cluster"]
    if found:
        at_risk = any(effect.data is not None for effect in found)
        columns = ["part", "what happens", "why", *["data at risk"] * at_risk]
        said.append(table(columns, (_effect(effect, at_risk) for effect in found)))
    else:
        said.append("No part of it is touched.")
    if stack.untouched:
        said.append(f"Stays as it is: {names(stack.untouched)}.")
    if found:
        known = (words for basis, words in KNOWN_FROM.items() if any(effect.basis == basis for effect in found))
        said.append(f"<sub>Known from {', and '.join(known)}.</sub>")
    return "\n\n".join(said)


def _effect(effect: Effect, at_risk: bool) -> list[str]:
    part = prose(effect.part)
    if effect.resources:
        part += f"<br><sub>{names(effect.resources, 3)}</sub>"
    cells = [part, ACTIONS[effect.action], prose(effect.reason)]
    return [*cells, "none" if effect.data is None else strong(effect.data)] if at_risk else cells


def measures(found: Sequence[Measure]) -> str:
    return f"#### Before and after\n\n{_measures(('before', 'after'), found)}"


def _measures(sides: tuple[str, str], found: Sequence[Measure]) -> str:
    told = (row(measure) for measure in found)
    return table(["", *sides, "difference"], ([*map(prose, (r.name, r.before, r.after, r.difference))] for r in told))


def how(found: Sequence[Measure]) -> str:
    """How the figures were got, for who doubts them."""
    said = ((measure.name, "; ".join(bases(measure))) for measure in found)
    entries = listed(f"{prose(name)}: {prose(basis)}" for name, basis in said if basis)
    return folded("How these numbers were got", entries)


def new_findings(found: Sequence[Finding]) -> str:
    """The first ones in full, the others folded."""
    found = findings_by_gravity(found)
    said = ["#### New findings", listed(map(_finding, found[:SHOWN_FINDINGS]))]
    if rest := found[SHOWN_FINDINGS:]:
        said.append(folded(f"{counted(len(rest), 'more finding')}", listed(map(_finding, rest))))
    return "\n\n".join(said)


def old_findings(resolved: Sequence[Finding], standing: Sequence[Finding]) -> str:
    said: list[str] = []
    if resolved:
        summary = f"{counted(len(resolved), 'finding')} resolved"
        said.append(folded(summary, listed(map(_short, findings_by_gravity(resolved)))))
    if standing:
        summary = f"{counted(len(standing), 'finding')} there before and after"
        said.append(folded(summary, listed(map(_short, findings_by_gravity(standing)))))
    return "\n\n".join(said)


def _finding(finding: Finding) -> str:
    return f"{_short(finding)}<br>Why: {prose(finding.why)}<br>What to do: {prose(finding.hint)}"


def _short(finding: Finding) -> str:
    where = finding.location
    place = f" at {code(f'{where.file}:{where.line}:{where.column}')}" if where else ""
    return f"**{finding.severity}** {code(finding.code)}{place}: {prose(finding.what)}"


def needs(stack: StackReview) -> str:
    rows = (
        [
            prose(need.what) + (f"<br>{prose(need.hint)}" if need.hint else ""),
            _value(need.before),
            _value(need.after),
            "unknown" if need.granted is None else code(need.granted),
            "**not enough**" if need.enough is False else ENOUGH[need.enough],
        ]
        for need in sorted(stack.needs, key=lambda need: (False, None, True).index(need.enough))
    )
    columns = ("what", "before", "after", "the account has", "enough?")
    return f"#### Capacity and quotas that it needs\n\n{table(columns, rows)}"


def security(stack: StackReview) -> str:
    rows = (
        [
            prose(change.what),
            _value(change.before),
            _value(change.after),
            "**weaker**" if change.weaker else WEAKER[change.weaker],
            prose(change.why),
        ]
        for change in security_by_gravity(stack.security)
    )
    return f"#### Security\n\n{table(('what', 'before', 'after', 'which way', 'why'), rows)}"


def fields(stack: StackReview) -> str:
    rows = (
        [
            code(field.path),
            _value(field.before),
            _value(field.after),
            "**its data is lost** " * (field.cost == "data_loss") + prose(field.what or CHANGES[field.cost]),
        ]
        for field in stack.fields
    )
    summary = f"{counted(len(stack.fields), 'field')} of the spec changed"
    return folded(summary, table(("field", "before", "after", "what that costs"), rows))


def decided(found: Sequence[Decided], summary: str) -> str:
    rows = ([code(one.path), _value(one.before), _value(one.after), prose(one.reason)] for one in found)
    return folded(summary, table(("what", "before", "after", "why"), rows))


def alternative(found: Alternative) -> str:
    claim = better(found)
    said = ["#### An alternative" + (f": {prose(claim)}" if claim else ""), prose(found.what)]
    if not claim:
        said.append("Whether it is better can't be told: a figure that says so is unknown or in doubt, or is no less.")
    said += [f"Why: {prose(found.why)}", _measures(("this change", "alternative"), found.measures)]
    said.append(folded("What to write in the spec for it", fenced(found.spec, "yaml")))
    return "\n\n".join(said)


def picture(found: Picture, unfolded: bool) -> str:
    body = f"{prose(found.title)}: {prose(found.words, 1500)}\n\n{fenced(found.mermaid, 'mermaid')}"
    return folded("Picture of the cluster", body, unfolded)


def silent(found: Sequence[str]) -> str:
    return f"#### Not looked at\n\n{listed(map(prose, found))}"
