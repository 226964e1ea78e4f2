"""Both sides of a stack, from texts."""

from __future__ import annotations

from pathlib import Path

from clusterwright.review.model import StackReview
from clusterwright.review.reading import Reading, read
from clusterwright.review.sides import Side
from clusterwright.review.stack import review_stack

EXAMPLE = Path(__file__).parent / "example"
DATE = "2026-11-25"


class Change:
    """A stack before and after, as texts of its spec and its lock; None: that side has none."""

    def __init__(self, folder: Path, date: str = DATE) -> None:
        self.folder, self.date = folder, date
        self.before: str | None = (EXAMPLE / "base" / "stacks" / "bert-large.yaml").read_text()
        self.after: str | None = (EXAMPLE / "head" / "stacks" / "bert-large.yaml").read_text()
        self.locks: list[str | None] = [
            (EXAMPLE / side / "stacks" / "bert-large.lock.yaml").read_text() for side in ("base", "head")
        ]

    def same(self) -> Change:
        """The head is the base, for tests of one difference."""
        self.after, self.locks[1] = self.before, self.locks[0]
        return self

    def replaced(self, old: str, new: str) -> Change:
        """The head with other words in its spec."""
        assert self.after is not None
        assert old in self.after
        self.after = self.after.replace(old, new)
        return self

    def readings(self) -> tuple[Reading | None, Reading | None]:
        before, after = (
            self._reading(name, text, lock)
            for name, text, lock in zip(("base", "head"), (self.before, self.after), self.locks, strict=True)
        )
        return before, after

    def review(self) -> StackReview:
        return review_stack("bert-large", *self.readings(), self._side("head"), self.date)

    def _reading(self, name: str, text: str | None, lock: str | None) -> Reading | None:
        if text is None:
            return None
        side = self._side(name)
        side.folder.mkdir(parents=True, exist_ok=True)
        (side.folder / "bert-large.yaml").write_text(text)
        beside = side.folder / "bert-large.lock.yaml"
        beside.unlink(missing_ok=True)
        if lock is not None:
            beside.write_text(lock)
        return read(side.folder / "bert-large.yaml", side)

    def _side(self, name: str) -> Side:
        return Side(name, self.folder / name, self.folder / name)
