"""The whole review of a change: every stack that differs, and what the tool itself makes of the others."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from clusterwright.errors import ClusterwrightError
from clusterwright.review.model import Review, StackReview, Verdict
from clusterwright.review.reading import Reading, read
from clusterwright.review.sides import Side
from clusterwright.review.stack import review_stack
from clusterwright.review.tool import tool_change
from clusterwright.review.verdict import whole
from clusterwright.spec.base import printable, quoted
from clusterwright.spec.load import MOST_BYTES

UNCHANGED = Verdict("fine", "nothing changes")


def review(before: Side, after: Side, project: Path, names: Collection[str], date: str) -> Review:
    """The change from `before` to `after`, of the stacks of those `names`, or of all; `date` is YYYY-MM-DD.

    Raises ClusterwrightError for a name that neither side has.
    """
    specs = before.specs(), after.specs()
    every = sorted(specs[0].keys() | specs[1].keys())
    if missing := sorted(set(names) - set(every)):
        raise ClusterwrightError(
            f"error: there is no stack {quoted(missing[0])} on either side\n"
            f"  why: {before.name} and {after.name} have {printable(', '.join(every)) or 'none'}\n"
            "  hint: name stacks as their files are called, without .yaml"
        )
    asked = [name for name in every if not names or name in names]
    stacks = [_stack(name, specs[0].get(name), specs[1].get(name), before, after, date) for name in asked]
    same = [specs[1][name] for name, stack in zip(asked, stacks, strict=True) if stack.status == "unchanged"]
    tool = tool_change(before, after, project, same)
    return Review(before.name, after.name, date, whole(stacks, tool is not None), tuple(stacks), tool)


def _stack(name: str, was: Path | None, now: Path | None, before: Side, after: Side, date: str) -> StackReview:
    shown = printable(name)
    if was is None or now is None or not _same(_own(was), _own(now)):
        return review_stack(shown, was and read(was, before), now and read(now, after), after, date)
    unchanged = StackReview(shown, after.shown(now), "unchanged", UNCHANGED)
    if _same(_bases(was), _bases(now)):
        return unchanged
    readings = read(was, before), read(now, after)
    texts = [_base(reading) for reading in readings]
    if None not in texts and texts[0] == texts[1]:
        return unchanged
    return review_stack(shown, *readings, after, date)


def _same(was: list[Path], now: list[Path]) -> bool:
    """Whether files are called the same and are the same, byte by byte. A link never is, as none is followed."""
    if any(path.is_symlink() for path in (*was, *now)):
        return False
    named, other = ({path.name: _bytes(path) for path in paths if path.is_file()} for paths in (was, now))
    return named == other


def _own(path: Path) -> list[Path]:
    return [path, path.with_name(f"{path.stem}.lock.yaml")]


def _bases(path: Path) -> list[Path]:
    return sorted(path.parent.glob("_*.yaml"))


def _base(reading: Reading) -> str | None:
    """The text of the base that a spec extends, empty without one; None of a spec that can't be read."""
    if reading.loaded is None or reading.loaded.source is None:
        return None
    base = reading.loaded.source.base
    return base.text if base else ""


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)  # of a larger file no more is read by anybody
