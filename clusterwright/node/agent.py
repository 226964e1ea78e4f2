"""The agent of a node: converges on the bundle that `control/current` names, keeps the worker at its run, reports.

A loop over what is there, not over events: killed at any point and started again, it goes on from what it finds. A
bundle that does not verify or converge is not switched to: the node goes back to the one before and reports why. It
tries again when another bundle is named, and after RETRY_FIRST seconds, doubling up to RETRY_LAST. A node that cannot
converge on any bundle reports `failed` with the reason and the end of the log, and stays up.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from clusterwright.node import bundle as bundles
from clusterwright.node import runs as queue
from clusterwright.node import worker
from clusterwright.node.converge import StepFailed, converge, environment
from clusterwright.node.dispatch import Dispatcher
from clusterwright.node.files import Damaged
from clusterwright.node.place import Place
from clusterwright.node.report import Report
from clusterwright.node.supervisor import Supervisor

PERIOD = 1.0  # seconds between two looks
REQUEST_PAUSE = 3.0  # between two requests about the worker: one that fails at once does not keep the node busy
RETRY_FIRST = 30.0
RETRY_LAST = 300.0


class Agent:
    def __init__(self, place: Place, supervisor: Supervisor) -> None:
        self.place = place
        self.supervisor = supervisor
        self.report = Report(place)
        self.dispatcher = Dispatcher(place) if place.role == "head" else None
        self._converged: str | None = None  # by this process: a restarted node looks at everything again
        self._tried: str | None = None
        self._retry_at = 0.0
        self._retry_after = RETRY_FIRST
        self._next_request = 0.0

    def step(self) -> None:
        """One look at everything."""
        if self.report.state == "healthy":
            self.report.reason = None
        try:
            self._follow_current()
            if self.report.state == "healthy":
                if self.place.role == "compute":
                    self._look_after_worker()
                elif self.dispatcher is not None and self._converged is not None:
                    self._dispatch(self.dispatcher, self._converged)
        except Damaged as error:
            # A damaged file of one run must not take a node down: its report names the file until it is mended.
            self.report.reason = str(error)
        except StepFailed as error:
            self._reject(bundles.adopted(self.place) or "", str(error), error.log_tail)
        self.report.publish()

    def _follow_current(self) -> None:
        try:
            digest = bundles.wanted(self.place.bucket)
        except bundles.BundleError as error:
            if self._tried != "":
                self._tried = ""
                self._reject("", str(error), [])
            return
        if digest is None or digest == self._converged:
            self.report.rejected = None
            return
        if digest == self._tried and time.monotonic() < self._retry_at:
            return
        if digest != self._tried:
            self._tried, self._retry_after = digest, RETRY_FIRST
        try:
            folder = bundles.obtain(self.place, digest)
            if self._must_wait_for(folder):
                self.report.reason = f"bundle {digest[:12]} waits for the running job to end: it changes the software"
                return
            self._converge(folder)
        except bundles.BundleError as error:
            self._reject(digest, str(error), [])
        except StepFailed as error:
            self._reject(digest, str(error), error.log_tail)
        else:
            self._adopt(digest, folder)

    def _must_wait_for(self, folder: Path) -> bool:
        """Whether a change of software must wait: nothing is installed under a running job."""
        before = bundles.adopted(self.place)
        if before is None or bundles.software(self.place.bundles / before) == bundles.software(folder):
            return False
        if self._converged is None:
            self._converge_on_previous()
        running = [run for run in queue.read_runs(self.place.jobs) if run.state == "running"]
        return bool(running) if self.place.role == "head" else queue.running_on(running, self.place.node) is not None

    def _converge(self, folder: Path) -> None:
        self.report.state = "converging"
        converge(self.place, folder, self.report, self.report.publish)

    def _adopt(self, digest: str, folder: Path) -> None:
        before = bundles.adopted(self.place)
        changed = before is not None and bundles.software(self.place.bundles / before) != bundles.software(folder)
        bundles.adopt(self.place, digest)
        self._settle(digest, changed)
        self.report.rejected = None
        if worker.read_state(self.place).state == "idle":
            bundles.prune(self.place, {digest, *([before] if before else [])})
        if not Path(__file__).resolve().is_relative_to(folder.resolve()):
            self._become(folder)

    def _settle(self, digest: str, software_changed: bool = False) -> None:
        """The node has converged on `digest`. A running rendezvous is left alone unless PyTorch is another."""
        if self.place.role == "head":
            self.supervisor.ask("restart" if software_changed else "start", "rendezvous")
            while self.supervisor.busy():
                self.report.publish()
                time.sleep(0.2)
        self._converged = digest
        self.report.state, self.report.bundle = "healthy", digest
        self.report.reason, self.report.log_tail = None, []

    def _become(self, folder: Path) -> None:
        """Go on as the agent of the bundle that has just been adopted."""
        variables = {**environment(folder), "PYTHONPATH": str(folder / "lib"), "PYTHONSAFEPATH": "1"}
        os.execve(self.place.python, [self.place.python, "-m", "clusterwright.node.agent"], variables)  # noqa: S606

    def _reject(self, digest: str, reason: str, log_tail: list[str]) -> None:
        print(f"agent: bundle {digest[:12]} is not taken: {reason}", file=sys.stderr, flush=True)
        self._retry_at = time.monotonic() + self._retry_after
        self._retry_after = min(2 * self._retry_after, RETRY_LAST)
        before = bundles.adopted(self.place)
        if before is not None and before != digest:
            self.report.rejected = {"digest": digest, "reason": reason}
            if self._converged != before or self.report.state != "healthy":
                self._converge_on_previous()
        else:
            self._converged = None
            self.report.state, self.report.reason, self.report.log_tail = "failed", reason, log_tail

    def _converge_on_previous(self) -> None:
        """Back to the bundle that `current` names: its steps undo what the rejected one may have changed."""
        before = bundles.adopted(self.place)
        if before is None:
            return
        try:
            self._converge(bundles.obtain(self.place, before))
        except (bundles.BundleError, StepFailed) as error:
            self._converged = None
            self.report.state, self.report.reason = "failed", str(error)
            self.report.log_tail = getattr(error, "log_tail", [])
        else:
            self._settle(before)

    def _look_after_worker(self) -> None:
        state = worker.read_state(self.place)
        found = queue.read_runs(self.place.jobs)
        turn = queue.running_on(found, self.place.node)
        ours = turn is not None and state.run == turn.name
        self.report.worker = state.state
        self.report.run, self.report.attempt = (state.run, state.attempt) if ours else (None, None)
        if self.supervisor.busy():
            return
        last = next((run for run in found if run.name == state.run), None)
        action = worker.wanted_action(state, turn, last, time.time())
        if action is not None and time.monotonic() >= self._next_request:
            self._next_request = time.monotonic() + REQUEST_PAUSE
            self.supervisor.ask(action, "worker")

    def _dispatch(self, dispatcher: Dispatcher, digest: str) -> None:
        for decision in dispatcher.step(digest, time.time()):
            print(f"dispatch: {decision}", file=sys.stderr, flush=True)


def main() -> None:
    place = Place.from_environment()
    agent = Agent(place, Supervisor.from_quoted(os.environ["CLUSTERWRIGHT_SUPERVISORCTL"]))
    while True:
        agent.step()
        time.sleep(PERIOD)


if __name__ == "__main__":
    main()
