"""The nodes of a cluster, from their reports; of machines also those that are asked for and not there yet.

Words: a node is *lost* when it has missed some heartbeats; *asked* when Slurm wants it up and no
machine has claimed its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from clusterwright.live.reading import Bundle, Reader
from clusterwright.live.records import Facts, Launch
from clusterwright.live.reports import Asked, Boot, Claim, ClusterView, NodeReport, Rejected, Step

UNNAMED_FOR = 600.0
"""s that a machine without a name is shown after its last word. One that failed before it had a name speaks only now
and then; one that is gone says nothing more, and nobody clears its report away."""

NO_REPORTS = frozenset({"rendezvous.json"})
"""What else lies in reports/: where ranks of processes meet."""

NodeCondition = Literal["asked", "starting", "booting", "converging", "healthy", "failed", "lost"]
COMING: tuple[NodeCondition, ...] = ("asked", "starting", "booting", "converging")


@dataclass(frozen=True)
class Node:
    """`age` is the heartbeat's, in seconds; None when the node has not reported yet (asked, starting).

    `phase` is a machine's, with `in_phase` the seconds that it has been in it, and `boot` its whole way so far;
    `asked_at` is when it was asked for (unix seconds), None where what its group asks for has changed since.
    """

    name: str
    role: str
    state: NodeCondition
    age: float | None = None
    group: str | None = None
    reason: str | None = None
    steps: tuple[Step, ...] = ()
    bundle: str | None = None
    worker: str | None = None
    run: str | None = None
    rejected: Rejected | None = None
    log_tail: tuple[str, ...] = ()
    machine: str | None = None
    address: str | None = None
    phase: str | None = None
    in_phase: float | None = None
    boot: Boot | None = None
    asked_at: float | None = None
    notice: str | None = None
    cluster: ClusterView | None = None

    @property
    def step(self) -> Step | None:
        """The bootstrap step under way."""
        on_its_way = self.state in ("booting", "converging")
        return next((step for step in reversed(self.steps) if step.state == "running"), None) if on_its_way else None

    @property
    def healthy_at(self) -> float | None:
        """When the node became healthy after its boot, in unix seconds; None while it has not, or does not say."""
        return self.boot.booted + self.boot.seconds if self.boot and self.state == "healthy" else None


def read_nodes(reader: Reader, bundle: Bundle | None, now: float) -> tuple[Node, ...]:
    """The head first, then by their numbers."""
    names = [name for name in reader.bucket.names("reports") if name.endswith(".json") and name not in NO_REPORTS]
    found = zip(names, reader.records([f"reports/{name}" for name in names], NodeReport), strict=True)
    reports = {name.removesuffix(".json"): report for name, report in found if report is not None}
    if bundle is not None and bundle.facts is not None:
        nodes = _machines(reader, bundle.facts, reports, now)
    else:
        nodes = _processes(bundle, reports, now)
    return tuple(sorted(nodes, key=_head_then_number))


def _processes(bundle: Bundle | None, reports: dict[str, NodeReport], now: float) -> list[Node]:
    """The nodes that reported, and those that the job waits for and that have not."""
    nodes = {name: _node(report, now) for name, report in reports.items()}
    launch = bundle.launch if bundle else None
    expected = {"head": "head"} if bundle else {}
    if launch:
        expected |= dict.fromkeys(launch.node_names, "compute")
    for name, role in expected.items():
        nodes.setdefault(name, Node(name, role, "starting", group=_group(launch, role)))
    return list(nodes.values())


def _group(launch: Launch | None, role: str) -> str | None:
    return launch.group if launch and role == "compute" else None


def _machines(reader: Reader, facts: Facts, reports: dict[str, NodeReport], now: float) -> list[Node]:
    """Each machine once: under the name that it has claimed, or under its id while it has none.

    A report of a name that no machine has now, or that another machine has now, is of one that is gone.
    """
    claims = _claims(reader)
    named = {claim.machine for claim in claims.values()}
    nodes = {}
    for name, report in reports.items():
        if report.role == "head":
            nodes[name] = _node(report, now)
        elif name in claims:
            if report.machine in (None, claims[name].machine):
                nodes[name] = _node(report, now)
        elif name not in named and report.machine in (None, name) and now - report.heartbeat <= UNNAMED_FOR:
            nodes[name] = _unnamed(report, now)
    nodes.setdefault("head", Node("head", "head", "starting"))
    view = nodes["head"].cluster
    for group, asked in _asked(reader, facts).items():
        for name, node in nodes.items():
            if node.group == group and node.boot and asked.time is not None and asked.time <= node.boot.booted:
                nodes[name] = replace(node, asked_at=asked.time)
        for name in asked.names:
            if name in claims:
                nodes.setdefault(name, Node(name, "compute", "starting", group=group, machine=claims[name].machine))
                continue
            why = view.groups[group].reason if view and group in view.groups else None
            nodes.setdefault(name, Node(name, "compute", "asked", group=group, reason=why))
    return list(nodes.values())


def _claims(reader: Reader) -> dict[str, Claim]:
    names = [name for name in reader.bucket.names("nodes/claims") if name.endswith(".json")]
    claims = reader.records([f"nodes/claims/{name}" for name in names], Claim)
    return {claim.name: claim for claim in claims if claim is not None}


def _asked(reader: Reader, facts: Facts) -> dict[str, Asked]:
    groups = [group.name for group in facts.groups]
    found = reader.records([f"nodes/asked/{group}.json" for group in groups], Asked)
    return {group: asked for group, asked in zip(groups, found, strict=True) if asked is not None}


def _unnamed(report: NodeReport, now: float) -> Node:
    """A machine that is not in the cluster yet. One that failed keeps to itself for long: that is not lost."""
    node = _node(report, now)
    if report.state != "failed" or node.state != "lost":
        return node
    return _node(report.model_copy(update={"heartbeat": now}), now)


def _node(report: NodeReport, now: float) -> Node:
    age = now - report.heartbeat
    return Node(
        name=report.node,
        role=report.role,
        state="lost" if age > report.lost_after else report.state,
        age=age,
        group=report.group,
        reason=report.reason,
        steps=report.steps,
        bundle=report.bundle,
        worker=report.worker,
        run=report.run,
        rejected=report.rejected,
        log_tail=report.log_tail,
        machine=report.machine,
        address=report.address,
        phase=report.phase,
        in_phase=_in_phase(report, now),
        boot=report.boot,
        notice=report.notice,
        cluster=report.cluster,
    )


def _in_phase(report: NodeReport, now: float) -> float | None:
    """Seconds in the phase that a machine is at: since those before it, or since it began to take another bundle."""
    if report.boot is None or report.state not in ("booting", "converging"):
        return None
    before = sum(seconds for phase, seconds in report.boot.phases.items() if phase != report.phase)
    steps = [step.started for step in report.steps if step.started is not None]
    return max(0.0, now - max([report.boot.booted + before, *steps[:1]]))


def _head_then_number(node: Node) -> tuple[bool, str, int]:
    match = re.fullmatch(r"(.*?)(\d*)", node.name)
    stem, number = match.groups() if match else (node.name, "")
    return node.role != "head", stem, int(number or 0)
