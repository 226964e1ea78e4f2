"""Following `control/current`: what the agent of every kind of node does with bundles, good and bad.

A bundle that does not verify or converge is not switched to: the node goes back to the one before and reports why. It
tries again when another bundle is named, and after RETRY_FIRST seconds, doubling up to `retry_last`. A node that
cannot converge on any bundle reports `failed` with the reason and the end of the log, and stays up.
"""

from __future__ import annotations

import os
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from clusterwright.node import bundle as bundles
from clusterwright.node.converge import StepFailed, converge, environment
from clusterwright.node.place import NodePlace
from clusterwright.node.report import Report

RETRY_FIRST = 30.0  # seconds
RETRY_LAST = 300.0


class Follower(ABC):
    """`converged` is the digest that this node is known to be converged on; None when it must look at everything.

    `waiting` is why it does not take the bundle that it should, for now; `stepped` whether the last one that it took
    had its steps run.
    """

    retry_last = RETRY_LAST

    def __init__(self, place: NodePlace, report: Report) -> None:
        self.place = place
        self.report = report
        self.converged: str | None = None
        self.waiting: str | None = None
        self.stepped = False
        self._tried: str | None = None
        self._retry_at = 0.0
        self._retry_after = RETRY_FIRST

    @abstractmethod
    def check(self, folder: Path) -> Sequence[str]:
        """The command by which the agent of that bundle checks that it could start."""

    @abstractmethod
    def start(self, folder: Path) -> Sequence[str]:
        """The command that is the agent of that bundle."""

    @abstractmethod
    def waits(self, digest: str, folder: Path) -> str | None:
        """Why the node cannot converge on that bundle yet; None when it can."""

    @abstractmethod
    def settled(self, digest: str, before: str | None) -> None:
        """The node has converged on `digest`; the bundle before it may be the same. Raises StepFailed."""

    @abstractmethod
    def may_prune(self) -> bool:
        """Whether nothing on this node runs from a bundle that it has left."""

    def needs_steps(self, folder: Path) -> bool:
        """Whether the steps of that bundle have anything to do."""
        return True

    def follow(self) -> None:
        """One look at what the cluster wants. Raises OSError when the bucket cannot be asked."""
        self.waiting = None
        try:
            digest = bundles.wanted(self.place.bucket)
        except bundles.BundleError as error:
            if self._tried != "":
                self._tried = ""
                self._reject("", str(error), [])
            return
        if digest is None or digest == self.converged:
            self.report.rejected = None
            return
        if digest == self._tried and time.monotonic() < self._retry_at:
            return
        if digest != self._tried:
            self._tried, self._retry_after = digest, RETRY_FIRST
        try:
            folder = bundles.obtain(self.place, digest)
            self.waiting = self.report.reason = self.waits(digest, folder)
            if self.waiting is not None:
                return
            self.stepped = self.needs_steps(folder)
            if self.stepped:
                self.converge(folder)
            self._adopt(digest, folder)
        except bundles.BundleError as error:
            self._reject(digest, str(error), [])
        except StepFailed as error:
            self._reject(digest, str(error), error.log_tail)

    def failed(self, error: StepFailed) -> None:
        """Something that the node has converged on does not work any more."""
        self._reject(bundles.adopted(self.place) or "", str(error), error.log_tail)

    def converge(self, folder: Path) -> None:
        """Run the bundle's steps. Raises StepFailed."""
        self.report.state = "converging"
        converge(self.place, folder, self.check(folder), self.report, self.report.publish)

    def converge_on_previous(self) -> None:
        """Back to the bundle that `current` names: its steps undo what the rejected one may have changed."""
        before = bundles.adopted(self.place)
        if before is None:
            return
        try:
            self.converge(bundles.obtain(self.place, before))
            self._settle(before, before)
        except (bundles.BundleError, StepFailed) as error:
            self._fail(str(error), getattr(error, "log_tail", []))

    def _adopt(self, digest: str, folder: Path) -> None:
        before = bundles.adopted(self.place)
        bundles.adopt(self.place, digest)
        self._settle(digest, before)
        self.report.rejected = None
        own = _own_bundle(self.place)
        if self.may_prune():
            bundles.prune(self.place, {name for name in (digest, before, own) if name is not None})
        if own is None or bundles.system(self.place.bundles / own) != bundles.system(folder):
            self.become(folder)

    def _settle(self, digest: str, before: str | None) -> None:
        self.settled(digest, before)
        self.converged = digest
        self.report.state, self.report.bundle = "healthy", digest
        self.report.enter("healthy")
        self.report.reason, self.report.log_tail = None, []

    def become(self, folder: Path) -> None:
        """Go on as the agent of the bundle that has just been adopted."""
        command = self.start(folder)
        os.execvpe(command[0], list(command), program_environment(folder))  # noqa: S606

    def _reject(self, digest: str, reason: str, log_tail: list[str]) -> None:
        print(f"agent: bundle {digest[:12]} is not taken: {reason}", file=sys.stderr, flush=True)
        self._retry_at = time.monotonic() + self._retry_after
        before = bundles.adopted(self.place)
        last = RETRY_LAST if before in (None, digest) else self.retry_last
        self._retry_after = min(2 * self._retry_after, last)
        if before is not None and before != digest:
            self.report.rejected = {"digest": digest, "reason": reason}
            if self.converged != before or self.report.state != "healthy":
                self.converge_on_previous()
        else:
            self._fail(reason, log_tail)

    def _fail(self, reason: str, log_tail: list[str]) -> None:
        self.converged = None
        self.report.state, self.report.reason, self.report.log_tail = "failed", reason, log_tail
        self.report.enter("failed")


def program_environment(folder: Path) -> dict[str, str]:
    """What a program of a bundle's library sees: the node's environment, and that library alone to import from."""
    return {**environment(folder), "PYTHONPATH": str(folder / "lib"), "PYTHONSAFEPATH": "1"}


def _own_bundle(place: NodePlace) -> str | None:
    """The digest of the bundle that this very program runs from."""
    here, bundles_folder = Path(__file__).resolve(), place.bundles.resolve()
    return here.relative_to(bundles_folder).parts[0] if here.is_relative_to(bundles_folder) else None
