"""The loop: who asks, what is done on the node, and what is left in notices.json for the node's report.

Level-triggered: as long as a notice stands its node is out of use and each job on it is told once, whoever was killed
in between. When none stands any more the node is given back, if it was this service that took it, on this machine or
on the one that had the name before.

A node that can't see its notices is not taken out of use: what it risks is the work since the last checkpoint, and
one fault of the metadata server would empty the cluster. It says so in its report instead.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clusterwright.node.drain import SlurmNode
from clusterwright.node.files import Damaged, read_json, write_json
from clusterwright.node.health.facts import Facts
from clusterwright.node.health.system import System, Unseen
from clusterwright.node.notices.notice import Notice, Source, Unreachable
from clusterwright.node.slurm.commands import Slurm, SlurmError

PERIOD = 5.0
"""Seconds between two looks: what AWS recommends, and a twenty-fourth of its two minutes."""
BLIND_AFTER = 60.0  # seconds
REWRITTEN = 30.0  # seconds after which notices.json is written anew, so that its age tells of a dead service
SILENT_AFTER = 90.0  # seconds: a look at a metadata server and a Slurm that both hang takes half a minute
PREFIX = "notice: "
FILE = "notices.json"


class Service:
    def __init__(self, facts: Facts, sources: Sequence[Source], system: System) -> None:
        self.facts = facts
        self.sources = sources
        self.system = system
        self.node = SlurmNode(facts.node, PREFIX, Slurm(system.run))
        self.file: Path = facts.folder / FILE
        self._told = _told_before(self.file)
        self._unseen_since: float | None = None
        self._known: dict[int, Sequence[Notice]] = {}
        # A machine that comes back, or gets the name of one that is gone, may find the node as that one left it.
        self._give_back = True
        self._written: dict[str, Any] = {}
        self._written_at = 0.0

    def step(self, now: float) -> None:
        """One look, and what follows from it; `now` is in unix seconds."""
        blind = self._look(now)
        known = [notice for notices in self._known.values() for notice in notices]
        acting = [notice for notice in known if notice.acts(now)]
        slurm = self._act(acting) if self.facts.role == "compute" else None
        if self._unseen_since is None:
            standing = {notice.key for notice in known}
            self._told = {key: jobs for key, jobs in self._told.items() if key in standing}
        self._write(known, acting, blind, slurm, now)

    def _look(self, now: float) -> str | None:
        """Why notices can't be seen, once that lasts. Until they can, those that were seen stand."""
        unseen = None
        for number, source in enumerate(self.sources):
            try:
                self._known[number] = source.notices()
            except Unreachable as error:
                unseen = unseen or error
        if unseen is None:
            self._unseen_since = None
            return None
        if self._unseen_since is None:
            self._unseen_since = now
        if now - self._unseen_since < BLIND_AFTER:
            return None
        since = datetime.fromtimestamp(self._unseen_since, UTC)
        return f"notices of the cloud can't be seen since {since:%Y-%m-%dT%H:%M:%SZ}: {unseen}"

    def _act(self, acting: Sequence[Notice]) -> str | None:
        """Why Slurm could not be told, or None; the next step tries again."""
        try:
            if acting:
                self._give_back = True
                if self.node.drain(acting[0].reason):
                    _log(f"{self.facts.node} is drained: {acting[0].reason}")
                for notice in acting:
                    self._tell_jobs(notice)
            elif self._give_back and self._unseen_since is None:
                given = self.node.resume()
                if given:
                    _log(f"{self.facts.node} takes jobs again: no notice stands")
                self._give_back = given is None
        except (Unseen, SlurmError) as error:
            return str(error)
        return None

    def _tell_jobs(self, notice: Notice) -> None:
        """Every job on the node is told to end: its batch script has the ranks checkpoint, and is requeued."""
        told = self._told.setdefault(notice.key, [])
        shown = self.system.run(
            "squeue", "--noheader", f"--nodelist={self.facts.node}", "--states=RUNNING", "--format=%A"
        )
        already = {job for jobs in self._told.values() for job in jobs}
        for job in shown.split():
            if job not in already:
                self.system.run("scancel", "--batch", "--signal=TERM", job)
                told.append(job)
                _log(f"job {job} is told to checkpoint: {notice.reason}")

    def _write(
        self, known: Sequence[Notice], acting: Sequence[Notice], blind: str | None, slurm: str | None, now: float
    ) -> None:
        value = {
            "schema": 1,
            "blind": blind,
            "slurm": slurm,
            "notices": [
                {
                    "key": notice.key,
                    "kind": notice.kind,
                    "reason": notice.reason,
                    "from_time": notice.from_time,
                    "acting": notice in acting,
                    "told": self._told.get(notice.key, []),
                }
                for notice in known
            ],
        }
        if value != self._written or now - self._written_at >= REWRITTEN:
            write_json(self.file, {**value, "time": now})
            self._written, self._written_at = value, now


def _told_before(file: Path) -> dict[str, list[str]]:
    """Jobs that were told before the service was started again, by notice."""
    try:
        before = read_json(file) or {}
    except Damaged as error:
        _log(f"{error}; jobs may be told twice")
        before = {}
    return {notice["key"]: list(notice["told"]) for notice in before.get("notices", [])}


def announced(folder: Path, served_since: float | None, now: float) -> list[Any]:
    """What a node's report tells: the notices in its folder, and why others may not be seen or acted on.

    The service is expected to run from `served_since` on (unix seconds); None where it need not. Raises Damaged.
    """
    found = read_json(folder / FILE) or {}
    told = [*found.get("notices", ())]
    if found.get("blind"):
        told.append(found["blind"])
    if found.get("slurm"):
        told.append(f"Slurm could not be told: {found['slurm']}")
    if served_since is not None and now - max(served_since, found.get("time", 0.0)) > SILENT_AFTER:
        told.append("notices of the cloud can't be seen: clusterwright-notices.service does not look; see its journal")
    return told


def run(service: Service) -> None:
    """For ever."""
    while True:
        service.step(time.time())
        time.sleep(PERIOD)


def _log(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
