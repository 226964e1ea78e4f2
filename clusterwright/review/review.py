"""The whole review of a change: every stack that differs, and what the tool itself makes of the others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from clusterwright.errors import ClusterwrightError
from clusterwright.review.model import Review, StackReview, Verdict
from clusterwright.review.reading import read
from clusterwright.review.sides import Side
from clusterwright.review.stack import review_stack
from clusterwright.review.tool import tool_change
from clusterwright.review.verdict import whole

UNCHANGED = Verdict("fine", "nothing changes")


def review(before: Side, after: Side, project: Path, names: Collection[str], date: str) -> Review:
    """The change from `before` to `after`, of the stacks of those `names`, or of all; `date` is YYYY-MM-DD.

    Raises ClusterwrightError for a name that neither side has.
    """
    specs = before.specs(), after.specs()
    every = sorted(specs[0].keys() | specs[1].keys())
    if missing := sorted(set(names) - set(every)):
        raise ClusterwrightError(
            f"error: there is no stack {missing[0]} on either side\n"
            f"  why: {before.name} and {after.name} have {', '.join(every) or 'none'}\n"
            "  hint: name stacks as their files are called, without .yaml"
        )
    stacks = [_stack(name, specs[0].get(name), specs[1].get(name), before, after, date)
              for name in every if not names or name in names]  # fmt: skip
    same = [specs[1][stack.name] for stack in stacks if stack.status == "unchanged"]
    tool = tool_change(before, after, project, same)
    return Review(before.name, after.name, date, whole(stacks, tool is not None), tuple(stacks), tool)


def _stack(name: str, was: Path | None, now: Path | None, before: Side, after: Side, date: str) -> StackReview:
    if was and now and _same(was, now):
        return StackReview(name, after.shown(now), "unchanged", UNCHANGED)
    return review_stack(name, was and read(was, before), now and read(now, after), after, date)


def _same(was: Path, now: Path) -> bool:
    """Whether spec, lock and all that specs may build on are the same, byte by byte."""
    return _held(was) == _held(now)


def _held(path: Path) -> Sequence[bytes | None]:
    bases = sorted(path.parent.glob("_*.yaml"))
    own = (path, path.with_name(f"{path.stem}.lock.yaml"))
    return [*map(_bytes, own), *(part for base in bases for part in (base.name.encode(), _bytes(base)))]


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() and not path.is_symlink() else None
