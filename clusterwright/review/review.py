"""The whole review of a change: every stack that differs, and what the tool itself makes of the others."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from clusterwright.errors import ClusterwrightError
from clusterwright.review.model import Review, StackReview
from clusterwright.review.reading import Reading, read
from clusterwright.review.seen import Plans, see
from clusterwright.review.sides import Side, named
from clusterwright.review.stack import planned, review_stack
from clusterwright.review.tool import tool_change
from clusterwright.review.verdict import UNCHANGED, whole
from clusterwright.spec.base import printable, quoted
from clusterwright.spec.load import MOST_BYTES

Pair = tuple[Reading | None, Reading | None]


def review(
    before: Side,
    after: Side,
    project: Path,
    names: Collection[str],
    date: str,
    graph: bool = False,
    preview: Path | None = None,
) -> Review:
    """The change from `before` to `after`, of the stacks of those `names`, or of all; `date` is YYYY-MM-DD.

    With `graph` the resources of both plans say what becomes of a cluster, with the file `preview` the engine does.

    Raises ClusterwrightError for a name that neither side has, for a preview that can't be used, and if the resources
    can't be had.
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
    pairs = {name: _pair(specs[0].get(name), specs[1].get(name), before, after) for name in asked}
    plans = {name: _plans(pair) for name, pair in pairs.items() if pair and planned(*pair)}
    seen = see(plans, graph, preview)
    stacks = [
        review_stack(printable(name), *pair, after, date, seen.get(name))
        if pair
        else StackReview(printable(name), after.shown(specs[1][name]), "unchanged", UNCHANGED)
        for name, pair in pairs.items()
    ]
    same = [specs[1][name] for name, pair in pairs.items() if pair is None]
    tool = tool_change(before, after, project, same)
    return Review(before.name, after.name, date, whole(stacks, tool is not None), tuple(stacks), tool)


def _pair(was: Path | None, now: Path | None, before: Side, after: Side) -> Pair | None:
    """Both sides of a stack; None if they are the same."""
    if was is None or now is None or not _same(_own(was), _own(now)):
        return was and read(was, before), now and read(now, after)
    if _same(named(was), named(now)):
        return None
    readings = read(was, before), read(now, after)
    texts = [_base(reading) for reading in readings]
    return None if None not in texts and texts[0] == texts[1] else readings


def _plans(pair: Pair) -> Plans:
    before, after = pair
    return before and before.plan, after and after.plan


def _same(was: list[Path], now: list[Path]) -> bool:
    """Whether files are called the same and are the same, byte by byte. A link never is, as none is followed."""
    if any(path.is_symlink() for path in (*was, *now)):
        return False
    named, other = ({path.name: _bytes(path) for path in paths if path.is_file()} for paths in (was, now))
    return named == other


def _own(path: Path) -> list[Path]:
    return [path, path.with_name(f"{path.stem}.lock.yaml")]


def _base(reading: Reading) -> str | None:
    """The text of the base that a spec extends, empty without one; None of a spec that can't be read."""
    if reading.loaded is None or reading.loaded.source is None:
        return None
    base = reading.loaded.source.base
    return base.text if base else ""


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)  # of a larger file no more is read by anybody
