"""What a cluster of machines has cost and will cost, as far as its prices are known: an unknown price is never 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clusterwright.live.nodes import Node
from clusterwright.live.records import Facts
from clusterwright.live.reports import ClusterView

HOUR = 3600.0


@dataclass(frozen=True)
class BootCost:
    """GPUs that were paid for while their machines booted: of how many machines, for how long together, in USD."""

    machines: int
    seconds: float
    usd: float | None


def boot_cost(facts: Facts, nodes: Sequence[Node], now: float) -> BootCost | None:
    """What the GPUs of the machines that are there cost until these were healthy; None where none has GPUs.

    The time of each is from its boot until it was healthy, or until now.
    """
    spent: list[tuple[float, float | None]] = []
    for node in nodes:
        group = facts.group(node.group)
        if group is None or not group.gpus or node.role == "head" or node.boot is None:
            continue
        seconds = node.boot.seconds if node.state == "healthy" else max(0.0, now - node.boot.booted)
        spent.append((seconds, group.usd_per_hour))
    if not spent:
        return None
    prices = [price for _, price in spent if price is not None]
    known = len(prices) == len(spent)
    usd = sum(seconds / HOUR * price for seconds, price in spent if price is not None) if known else None
    return BootCost(len(spent), sum(seconds for seconds, _ in spent), usd)


def after_finish(view: ClusterView | None) -> tuple[tuple[str, float | None], ...]:
    """What still costs when no job runs: names with USD a day, the dearest first and the unknown last."""
    if view is None:
        return ()
    return tuple(sorted(view.after_finish.items(), key=lambda item: (item[1] is None, -(item[1] or 0.0), item[0])))
