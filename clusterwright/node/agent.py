"""The agent of a node that is a tree of processes: converges on bundles, keeps the worker at its run, reports.

A loop over what is there, not over events: killed at any point and started again, it goes on from what it finds.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from clusterwright.node import bundle as bundles
from clusterwright.node import runs as queue
from clusterwright.node import worker
from clusterwright.node.converge import StepFailed
from clusterwright.node.dispatch import Dispatcher
from clusterwright.node.files import Damaged
from clusterwright.node.follow import Follower
from clusterwright.node.place import Place
from clusterwright.node.report import Report
from clusterwright.node.supervisor import Supervisor

PERIOD = 1.0  # seconds between two looks
REQUEST_PAUSE = 3.0  # between two requests about the worker: one that fails at once does not keep the node busy


class Agent(Follower):
    def __init__(self, place: Place, supervisor: Supervisor) -> None:
        super().__init__(place, Report(place))
        self.place: Place = place
        self.supervisor = supervisor
        self.dispatcher = Dispatcher(place) if place.role == "head" else None
        self._next_request = 0.0

    def step(self) -> None:
        """One look at everything."""
        if self.report.state == "healthy":
            self.report.reason = None
        try:
            self.follow()
            if self.report.state == "healthy":
                if self.place.role == "compute":
                    self._look_after_worker()
                elif self.dispatcher is not None and self.converged is not None:
                    self._dispatch(self.dispatcher, self.converged)
        except Damaged as error:
            # A damaged file of one run must not take a node down: its report names the file until it is mended.
            self.report.reason = str(error)
        except StepFailed as error:
            self.failed(error)
        self.report.publish()

    def check(self, folder: Path) -> Sequence[str]:
        code = "import sys; sys.path.insert(0, sys.argv[1]); import clusterwright.node.agent"
        return [self.place.python, "-c", code, str(folder / "lib")]

    def start(self, folder: Path) -> Sequence[str]:
        return [self.place.python, "-m", "clusterwright.node.agent"]

    def waits(self, digest: str, folder: Path) -> str | None:
        """A change of software waits: nothing is installed under a running job."""
        before = bundles.adopted(self.place)
        if before is None or bundles.software(self.place.bundles / before) == bundles.software(folder):
            return None
        if self.converged is None:
            self.converge_on_previous()
        running = [run for run in queue.read_runs(self.place.jobs) if run.state == "running"]
        if not running or (self.place.role == "compute" and queue.running_on(running, self.place.node) is None):
            return None
        return f"bundle {digest[:12]} waits for the running job to end: it changes the software"

    def settled(self, digest: str, before: str | None) -> None:
        """A running rendezvous is left alone unless PyTorch is another."""
        if self.place.role != "head":
            return
        changed = before is not None and self._software(before) != self._software(digest)
        self.supervisor.ask("restart" if changed else "start", "rendezvous")
        while self.supervisor.busy():
            self.report.publish()
            time.sleep(0.2)

    def may_prune(self) -> bool:
        return worker.read_state(self.place).state == "idle"

    def _software(self, digest: str) -> dict[str, str]:
        return bundles.software(self.place.bundles / digest)

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
