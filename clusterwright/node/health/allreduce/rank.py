"""A rank's timekeeper: it comes to the meeting point, has the stages done, and leaves with the verdict of rank 0."""

from __future__ import annotations

import json
import multiprocessing
import socket
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from torch.distributed import TCPStore  # pyright: ignore[reportPrivateImportUsage]

from clusterwright.node.files import write_json
from clusterwright.node.health.allreduce import measure, verdict
from clusterwright.node.health.allreduce.place import Place
from clusterwright.node.health.allreduce.thresholds import TABLE, Least, bus_bandwidth, least
from clusterwright.node.health.facts import Facts

FAILED = 3
"""Exit code of a check that failed: none of Python's own, and none of the training's."""
GPU_SIZES, CPU_SIZES = (8 * 2**20, 128 * 2**20), (2**20, 16 * 2**20)
"""Bytes of a message: one that latency decides and one that bandwidth does; those of known thresholds come besides."""
LONGEST_QUEUE = 4096
"""Connections that wait to be accepted: what Linux grants at most by default (net.core.somaxconn)."""
GRACE = 10.0
"""Seconds for a rank to tell what it has found, and for the others to hear the verdict."""


@dataclass(frozen=True)
class Options:
    """`arrive` and `stage` are in seconds: for all ranks to come, and for each stage, NCCL's start included."""

    out: Path
    arrive: float = 120.0
    stage: float = 120.0
    table: Path = TABLE


class Rank:
    def __init__(self, place: Place, facts: Facts, options: Options) -> None:
        self.place = place
        self.facts = facts
        self.options = options
        self._stages = 0

    def run(self) -> int:
        """0 when the job may start, FAILED when it may not; who is suspected is then in `options.out`."""
        leads = self.place.rank == 0
        try:
            self.store = self._meet()
            self.store.set(f"arrived/{self.place.rank}", self.place.node)
            return self._lead() if leads else self._follow()
        except (RuntimeError, OSError) as error:
            first = self.place.names()[0]
            where = f"{self.place.master}:{self.place.port}"
            reason = f"{self.place.node} can't meet it at {where}: {str(error).splitlines()[0]}"
            return self._accuse({first: reason})

    def _meet(self) -> TCPStore:
        """The store at the first node. Raises RuntimeError, of PyTorch, or OSError when it can't be had.

        TCPStore listens on every interface unless it is given a socket, and asks nobody who he is.
        """
        host, port = self.place.master, self.place.port
        limit = timedelta(seconds=self.options.arrive)
        if self.place.rank:
            return TCPStore(host, port, is_master=False, timeout=limit)
        with socket.create_server((host, port), backlog=min(self.place.size, LONGEST_QUEUE)) as listener:
            descriptor = listener.detach()
        return TCPStore(host, port, is_master=True, timeout=limit, wait_for_workers=False, master_listen_fd=descriptor)

    def _lead(self) -> int:
        node_of = self._heard("arrived", range(self.place.size), self.options.arrive)
        missing = self._missing(node_of)
        code = self._accuse(missing) if missing else self._examine(node_of)
        self._announce({"code": code})
        self._heard("bye", range(1, self.place.size), GRACE)
        return code

    def _missing(self, node_of: Mapping[int, str]) -> dict[str, str]:
        if len(node_of) == self.place.size:
            return {}
        there = list(node_of.values())
        count = {node: there.count(node) for node in self.place.names()}
        own, limit = self.place.per_node, self.options.arrive
        return {n: f"{c} of its {own} processes came within {limit:g} s" for n, c in count.items() if c < own}

    def _examine(self, node_of: Mapping[int, str]) -> int:
        """The stages, from one node to all. Rank 0 alone; the others follow what it announces."""
        ranks_of: dict[str, list[int]] = {}
        for rank, node in sorted(node_of.items()):
            ranks_of.setdefault(node, []).append(rank)
        nodes = list(ranks_of)
        inside: list[verdict.Outcome] = []
        if self.place.per_node > 1:
            inside = self._stage("node", list(ranks_of.values()), node_of, self._least(1))
            if suspects := verdict.of_nodes(inside):
                return self._accuse(suspects)
        if len(nodes) == 1:
            return 0
        (all_of_them,) = self._stage("all", [sorted(node_of)], node_of, self._least(len(nodes)))
        if all_of_them.trouble:
            return self._accuse(all_of_them.trouble)
        unknown = not self._least(len(nodes)) and bool(self._least(2))
        if not all_of_them.failed and not (unknown and len(nodes) > 2):
            return 0
        if len(nodes) == 2:
            why = f"one of two, which can't be told apart: {all_of_them.fault}"
            return self._accuse(dict.fromkeys(nodes, why))
        pairs = [
            pair
            for number, edges in enumerate(verdict.ring(nodes))
            for pair in self._stage(
                f"pairs-{number}", [ranks_of[a] + ranks_of[b] for a, b in edges], node_of, self._least(2)
            )
        ]
        seconds = {outcome.nodes[0]: outcome.largest for outcome in inside if outcome.largest is not None}
        suspects = verdict.of_pairs(pairs, seconds)
        if not all_of_them.failed and not any(pair.failed for pair in pairs):
            return 0
        return self._accuse(suspects, all_of_them.fault or "pairs of nodes are too slow")

    def _least(self, nodes: int) -> Least:
        """What is known counts for machines that are used whole: it was measured on all their GPUs."""
        whole = self.facts.gpus in (0, self.place.per_node)
        return least(self.facts.machine, nodes, self.options.table) if whole else {}

    def _stage(
        self, name: str, groups: Sequence[Sequence[int]], node_of: Mapping[int, str], asked: Least
    ) -> list[verdict.Outcome]:
        sizes = sorted({*(GPU_SIZES if self.facts.gpus else CPU_SIZES), *asked})
        number = self._stages
        plan = {"name": name, "groups": [list(group) for group in groups], "sizes": sizes}
        self._announce(plan)
        self._do(number, plan)
        ranks = [rank for group in groups for rank in group]
        told = self._heard(f"found/{number}", ranks, self.options.stage + GRACE)
        results = {rank: json.loads(words) for rank, words in told.items()}
        outcomes = [verdict.outcome(group, node_of, results, asked) for group in groups]
        for outcome in outcomes:
            _say(name, outcome, asked)
        return outcomes

    def _announce(self, plan: Mapping[str, Any]) -> None:
        self.store.set(f"plan/{self._stages}", json.dumps(plan))
        self._stages += 1

    def _follow(self) -> int:
        longest = timedelta(seconds=self.options.arrive + self.options.stage + 2 * GRACE)
        number = 0
        while True:
            self.store.wait([f"plan/{number}"], longest)
            plan = json.loads(self.store.get(f"plan/{number}"))
            if "code" in plan:
                self.store.set(f"bye/{self.place.rank}", "")
                return plan["code"]
            self._do(number, plan)
            number += 1

    def _do(self, number: int, plan: Mapping[str, Any]) -> None:
        """This rank's part in a stage, if it has one, in a process that can be ended."""
        group = next((group for group in plan["groups"] if self.place.rank in group), None)
        if group is None:
            return
        limit = self.options.stage
        stage = measure.Stage(plan["name"], tuple(group), tuple(plan["sizes"]), bool(self.facts.gpus), limit)
        # Forked, as PyTorch's import takes seconds; no GPU has been touched in this process.
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe(duplex=False)
        worker = context.Process(target=_work, args=(theirs, self.place, stage), daemon=True)
        worker.start()
        theirs.close()
        try:
            found = ours.recv() if ours.poll(limit) else {"error": f"it was not done within {limit:g} s"}
        except EOFError:
            worker.join(GRACE)
            found = {"error": f"its process ended with exit code {worker.exitcode}"}
        worker.kill()
        self.store.set(f"found/{number}/{self.place.rank}", json.dumps(found))

    def _heard(self, what: str, ranks: Iterable[int], limit: float) -> dict[int, str]:
        """What ranks have said of something, as far as they have within `limit` seconds."""
        keys = {f"{what}/{rank}": rank for rank in ranks}
        if keys and not self._all_there(list(keys), limit):
            keys = {key: rank for key, rank in keys.items() if self.store.check([key])}
        return {rank: self.store.get(key).decode() for key, rank in keys.items()}

    def _all_there(self, keys: list[str], limit: float) -> bool:
        try:
            self.store.wait(keys, timedelta(seconds=limit))
        except RuntimeError:
            return False
        return True

    def _accuse(self, suspects: Mapping[str, str], reason: str = "") -> int:
        told = [{"node": node, "reason": why} for node, why in suspects.items()]
        summary = reason or next(iter(suspects.values()))
        write_json(self.options.out, {"reason": summary, "suspects": told})
        for suspect in told:
            print(f"error: {suspect['node']}: {suspect['reason']}", file=sys.stderr, flush=True)
        if not told:
            print(f"error: {summary}; no node stands out", file=sys.stderr, flush=True)
        return FAILED


def _work(connection: Connection, place: Place, stage: measure.Stage) -> None:
    try:
        found = asdict(measure.measure(place, stage))
    except (RuntimeError, OSError) as error:
        found = {"error": str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__}
    # As JSON has it: sizes are keys, and keys are words.
    connection.send(json.loads(json.dumps(found)))


def _say(name: str, outcome: verdict.Outcome, asked: Least) -> None:
    where = ", ".join(outcome.nodes) if len(outcome.nodes) < 3 else f"{len(outcome.nodes)} nodes"
    speeds = [
        f"{size / 2**20:g} MiB at {bus_bandwidth(size, seconds, outcome.ranks):.2f} GB/s"
        + (f" (at least {asked[size]:.3g})" if size in asked else "")
        for size, seconds in outcome.seconds.items()
    ]
    known = "" if asked else "; no threshold known, so only the sums are checked"
    print(f"{name}: {outcome.ranks} ranks on {where}: {', '.join(speeds) or outcome.fault}{known}", flush=True)
