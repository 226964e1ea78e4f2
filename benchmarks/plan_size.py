"""Planning 10,000 nodes in 16 groups beside planning 16 nodes in 16 groups: `python -m benchmarks.plan_size`.

A plan names nodes as a list from first to last and registers a resource a group, so both take the same time.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from clusterwright.plan import canonical_json, plan_cluster
from clusterwright.plan.model import canonical
from clusterwright.spec.load import parse_spec

ROUNDS = 25
PLACES = {
    "aws": {"region": "us-east-1", "zone": "us-east-1a"},
    "gcp": {"region": "us-central1", "zone": "us-central1-a", "project": "my-project-123"},
}
MACHINES = {"aws": "p5.48xlarge", "gcp": "c3-standard-22"}


def spec(provider: str, nodes: int) -> str:
    """The text of a spec with 16 groups of so many nodes."""
    groups = [{"name": f"g{number}", "machine": MACHINES[provider], "nodes": nodes} for number in range(16)]
    return canonical({"name": "a", "provider": provider, **PLACES[provider], "groups": groups, "job": "none"})


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(provider: str) -> tuple[float, float, int, int]:
    """Median seconds to read, check, plan and write 16 and 10,000 nodes, in turn, and the sizes of both plans."""

    def whole(nodes: int) -> str:
        return canonical_json(plan_cluster(parse_spec(spec(provider, nodes))))

    few, many = whole(1), whole(625)  # the first run also reads the catalog
    times = [(seconds(lambda: whole(1)), seconds(lambda: whole(625))) for _ in range(ROUNDS)]
    one, other = (statistics.median(column) for column in zip(*times, strict=True))
    return one, other, len(few), len(many)


def main() -> None:
    print("provider  16 nodes  10,000 nodes  time  bytes")
    for provider in PLACES:
        few, many, small, large = measure(provider)
        print(
            f"{provider:8}  {few * 1000:5.0f} ms  {many * 1000:9.0f} ms  x {many / few:.2f}  x {large / small:.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
