"""Who is suspected follows from what the ranks saw."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clusterwright.node.health.allreduce import thresholds, verdict
from clusterwright.node.health.allreduce.verdict import Outcome

MIB = 2**20
NODE_OF = {0: "a", 1: "a", 2: "b", 3: "b"}


def saw(seconds: float = 0.001, wrong: tuple[int, ...] = (), liars: tuple[int, ...] = ()) -> dict[str, Any]:
    return json.loads(json.dumps({"seconds": {MIB: seconds}, "wrong": wrong, "liars": liars}))


def all_saw(**changes: Any) -> dict[int, dict[str, Any]]:
    return {rank: saw(**changes) for rank in NODE_OF}


def judged(results: dict[int, dict[str, Any]], least: dict[int, float] | None = None) -> Outcome:
    return verdict.outcome([0, 1, 2, 3], NODE_OF, results, least or {})


def test_right_sums_in_time_are_no_failure() -> None:
    outcome = judged(all_saw() | {2: saw(0.002)}, {MIB: 0.5})
    assert (outcome.failed, outcome.nodes, outcome.seconds) == (False, ("a", "b"), {MIB: 0.002})


def test_a_rank_that_says_nothing_is_its_nodes_trouble() -> None:
    results = all_saw()
    del results[3]
    assert judged(results).trouble == {"b": "its rank 3 stopped answering during the check"}


def test_a_rank_whose_numbers_are_wrong_is_named_by_the_others() -> None:
    outcome = judged(all_saw(wrong=(MIB,), liars=(1,)))
    assert outcome.trouble == {"a": "its rank 1 delivers numbers that are not those it should"}
    assert outcome.fault == "the sum over 4 ranks is wrong in messages of 1 MiB"


def test_an_error_is_nobodys_own() -> None:
    outcome = judged(all_saw() | {2: {"error": "Connection closed by peer"}})
    assert (outcome.trouble, outcome.fault) == ({}, "1 of 4 ranks failed: Connection closed by peer")


def test_too_slow_is_said_with_both_numbers() -> None:
    # 1 MiB in 1 ms over 4 ranks: 1.048576 GB/s x 1.5
    assert judged(all_saw(), {MIB: 2.0}).fault == "1.57 GB/s of bus bandwidth at 1 MiB, where 2 GB/s are the least"
    assert judged(all_saw(), {MIB: 1.5}).fault is None


def test_inside_a_node_only_the_node_is_to_blame() -> None:
    bad = Outcome(("b",), 8, fault="the sum is wrong")
    assert verdict.of_nodes([Outcome(("a",), 8), bad]) == {"b": "inside the node: the sum is wrong"}


def pairs(nodes: str, failing: str = "", seconds: dict[str, float] | None = None) -> list[Outcome]:
    """A ring of nodes of one letter; `failing` are pairs as `ab cd`, `seconds` those of pairs that are not usual."""
    found = []
    for edges in verdict.ring(list(nodes)):
        for a, b in edges:
            fault = "the sum is wrong" if f"{a}{b}" in failing.split() else None
            found.append(Outcome((a, b), 2, {MIB: (seconds or {}).get(a + b, 0.001)}, fault=fault))
    return found


def test_a_node_that_fails_with_all_its_neighbours_is_suspected() -> None:
    suspects = verdict.of_pairs(pairs("abcde", failing="bc cd"), {})
    assert suspects == {"c": "with each of its neighbours: the sum is wrong"}


def test_a_way_that_fails_has_two_ends() -> None:
    suspects = verdict.of_pairs(pairs("abcde", failing="bc"), {})
    assert suspects == dict.fromkeys("bc", "between b and c: the sum is wrong")


def test_a_node_that_is_gone_is_suspected_alone() -> None:
    gone = Outcome(("a", "b"), 2, trouble={"b": "its rank 1 stopped answering during the check"}, fault="lost")
    assert list(verdict.of_pairs([*pairs("acd"), gone], {})) == ["b"]


def test_a_node_far_slower_than_the_median_is_suspected() -> None:
    suspects = verdict.of_pairs(pairs("abcde", seconds={"bc": 0.01, "cd": 0.011}), {})
    assert suspects == {"c": "an all-reduce with its faster neighbour takes 10.0 ms, and 1.0 ms on the median node"}


def test_a_node_that_is_slow_by_itself_is_suspected() -> None:
    suspects = verdict.of_pairs(pairs("abc"), {"a": 0.001, "b": 0.003, "c": 0.001})
    assert suspects == {"b": "an all-reduce by itself takes 3.0 ms, and 1.0 ms on the median node"}


def test_alike_nodes_are_not_suspected() -> None:
    assert verdict.of_pairs(pairs("abcd", seconds={"ab": 0.0019}), {"a": 0.0015, "b": 0.001, "c": 0.001}) == {}


@pytest.mark.parametrize("count", [3, 4, 5, 8, 9])
def test_in_a_round_of_the_ring_no_node_is_twice(count: int) -> None:
    nodes = [str(number) for number in range(count)]
    rounds = verdict.ring(nodes)
    edges = [edge for edges in rounds for edge in edges]
    assert sorted(edges) == sorted((node, nodes[(i + 1) % count]) for i, node in enumerate(nodes))
    for edges in rounds:
        busy = [node for edge in edges for node in edge]
        assert len(busy) == len(set(busy))


def test_the_least_is_a_share_of_what_was_measured_on_as_many_machines() -> None:
    assert thresholds.least("p5.48xlarge", 2) == pytest.approx({128 * MIB: 230.4, 16384 * MIB: 389.6})
    assert thresholds.least("p5.48xlarge", 3) == {}
    assert thresholds.least("unheard-of", 2) == {}


def test_bus_bandwidth_is_that_of_nccl_tests() -> None:
    # A row of two a3-megagpu-8g: 1073741824 bytes in 6759.0 us are 158.86 GB/s, and 297.86 GB/s of bus bandwidth.
    assert thresholds.bus_bandwidth(1073741824, 6759.0e-6, 16) == pytest.approx(297.86, abs=0.01)


def test_every_threshold_has_a_source() -> None:
    rows = json.loads(thresholds.TABLE.read_text())["measured"]
    assert [row for row in rows if not row["source"]] == []
    assert len({(row["machine"], row["nodes"], row["message_bytes"]) for row in rows}) == len(rows)
