"""From what the ranks saw to who is suspected: plain data, no processes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from clusterwright.node.health.allreduce.thresholds import Least, bus_bandwidth

FAR_SLOWER = 2.0
"""Times the median: machines of a type differ by some percent, a broken link or GPU by far more."""

Edge = tuple[str, str]


@dataclass(frozen=True)
class Outcome:
    """How a stage went for one group: `trouble` is by node, for those who are to blame; `fault` is the rest.

    `seconds` are of the slowest rank, by message size.
    """

    nodes: tuple[str, ...]
    ranks: int
    seconds: Mapping[int, float] = field(default_factory=dict)
    trouble: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None

    @property
    def failed(self) -> bool:
        return bool(self.trouble) or self.fault is not None

    @property
    def largest(self) -> float | None:
        """Seconds of the largest message; None when there are none."""
        return self.seconds[max(self.seconds)] if self.seconds else None


def outcome(group: Sequence[int], node_of: Mapping[int, str], results: Mapping[int, Mapping], least: Least) -> Outcome:
    """Judge one group's stage by its ranks' `results`: what each found, `{"error": words}`, or nothing at all.

    A rank without a result is gone with its node, one whose numbers came wrong is named by the others. An error is
    nobody's own: the peers of a broken rank see it as well.
    """
    nodes = tuple(dict.fromkeys(node_of[rank] for rank in group))
    trouble: dict[str, str] = {}
    for rank in group:
        if rank not in results:
            trouble[node_of[rank]] = f"its rank {rank} stopped answering during the check"
    found = {rank: result for rank, result in results.items() if rank in group and "error" not in result}
    for result in found.values():
        for rank in result["liars"]:
            trouble[node_of[rank]] = f"its rank {rank} delivers numbers that are not those it should"
    sizes = sorted({int(size) for result in found.values() for size in result["seconds"]})
    complete = len(found) == len(group)
    seconds = {s: max(result["seconds"][str(s)] for result in found.values()) for s in sizes} if complete else {}
    return Outcome(nodes, len(group), seconds, trouble, _fault(group, results, found, seconds, least))


def _fault(
    group: Sequence[int],
    results: Mapping[int, Mapping],
    found: Mapping[int, Mapping],
    seconds: Mapping[int, float],
    least: Least,
) -> str | None:
    errors = [result["error"] for rank, result in results.items() if rank in group and "error" in result]
    if errors:
        return f"{len(errors)} of {len(group)} ranks failed: {errors[0]}"
    wrong = sorted({size for result in found.values() for size in result["wrong"]})
    if wrong:
        return f"the sum over {len(group)} ranks is wrong in messages of {' and '.join(_size(s) for s in wrong)}"
    for size, asked in least.items():
        if size in seconds and (got := bus_bandwidth(size, seconds[size], len(group))) < asked:
            return f"{got:.3g} GB/s of bus bandwidth at {_size(size)}, where {asked:.3g} GB/s are the least"
    return None


def of_nodes(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Suspects after each node has added up by itself: there nobody else can be to blame."""
    return {
        node: outcome.trouble.get(node) or f"inside the node: {outcome.fault}"
        for outcome in outcomes
        if outcome.failed
        for node in outcome.nodes
    }


def of_pairs(pairs: Sequence[Outcome], inside: Mapping[str, float]) -> dict[str, str]:
    """Suspects after neighbours in a ring have added up in pairs; `inside` are seconds of each node by itself.

    A node that fails with all its neighbours is to blame. Where pairs fail and no node fails with all, the ways between
    them are, and both ends are suspected. Where all pairs work, those far slower than the median are.
    """
    own = {node: reason for pair in pairs for node, reason in pair.trouble.items()}
    if own:
        return own
    by_node: dict[str, list[Outcome]] = defaultdict(list)
    for pair in pairs:
        for node in pair.nodes:
            by_node[node].append(pair)
    failing = [pair for pair in pairs if pair.failed]
    if failing:
        certain = {node: mine[0].fault for node, mine in by_node.items() if all(pair.failed for pair in mine)}
        if certain:
            return {node: f"with each of its neighbours: {fault}" for node, fault in certain.items()}
        return {node: f"between {' and '.join(pair.nodes)}: {pair.fault}" for pair in failing for node in pair.nodes}
    fastest = {
        node: min(times)
        for node, mine in by_node.items()
        if (times := [p.largest for p in mine if p.largest is not None])
    }
    return dict(_far_slower(inside, "by itself")) | dict(_far_slower(fastest, "with its faster neighbour"))


def _far_slower(seconds: Mapping[str, float], how: str) -> Iterator[tuple[str, str]]:
    if len(seconds) < 3:
        return
    usual = median(seconds.values())
    for node, own in seconds.items():
        if own > FAR_SLOWER * usual:
            yield node, f"an all-reduce {how} takes {own * 1e3:.1f} ms, and {usual * 1e3:.1f} ms on the median node"


def ring(nodes: Sequence[str]) -> list[list[Edge]]:
    """Neighbours in a ring of three nodes or more, in rounds: in one round no node is twice."""
    edges = [(node, nodes[(i + 1) % len(nodes)]) for i, node in enumerate(nodes)]
    last_alone = len(nodes) % 2 == 1
    rounds = [edges[0 : len(edges) - last_alone : 2], edges[1::2]]
    return [*rounds, [edges[-1]]] if last_alone else rounds


def _size(size: int) -> str:
    return f"{size / 2**20:g} MiB"
