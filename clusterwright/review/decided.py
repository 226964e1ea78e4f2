"""Decided values that changed without the author writing them."""

from __future__ import annotations

from clusterwright.plan.model import Decision
from clusterwright.review.findings import named_text
from clusterwright.review.model import Decided, FieldChange
from clusterwright.review.reading import Reading
from clusterwright.spec.base import printable


def decided(before: Reading | None, after: Reading | None, fields: tuple[FieldChange, ...]) -> tuple[Decided, ...]:
    """Every decision of the head that the base took otherwise, or that neither the base nor the author took. What
    belongs to a part that is new or gone goes without saying."""
    was, now = _decisions(before), _decisions(after)
    if was is None or now is None:
        return ()
    written = {field.path for field in fields}
    whole = tuple(f"{field.path}." for field in fields if field.path.endswith("]"))
    return tuple(
        Decided(path, printable(was[path].value) if path in was else None, printable(one.value), printable(one.reason))
        for path, one in now.items()
        if path not in written and not path.startswith(whole) and (path not in was or was[path].value != one.value)
    )


def _decisions(side: Reading | None) -> dict[str, Decision] | None:
    if side is None or side.plan is None:
        return None
    return {named_text(one.path, side.plan): one for one in side.plan.decisions}
