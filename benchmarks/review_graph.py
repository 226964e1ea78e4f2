"""The resource graphs of both sides of ten changed stacks, which `clusterwright review --graph` waits for.

`python -m benchmarks.review_graph`. The code is compiled first, as an installation compiles it. A review of ten stacks
with graphs is to take 20 s at most, so more than that is an error.
"""

from __future__ import annotations

import compileall
import os
import sys
import time
from datetime import UTC, datetime

from clusterwright.plan import plan_cluster
from clusterwright.review.blast.process import ROOT, graphs
from clusterwright.spec.load import load_spec

STACKS = ("bert-base-aws", "bert-base-gcp", "bert-large-aws", "bert-large-gcp", "gpt3-aws")
LIMIT = 20.0
"""In seconds."""


def main() -> int:
    for folder in ("clusterwright", "components"):
        compileall.compile_dir(str(ROOT / folder), quiet=1)
    plans = [plan_cluster(load_spec(ROOT / "stacks" / f"{name}.yaml")) for name in STACKS] * 4
    start = time.perf_counter()
    made = graphs(plans, datetime(2026, 11, 24, tzinfo=UTC))
    taken = time.perf_counter() - start
    resources = sum(len(graph) for graph in made if not isinstance(graph, str))
    busy = os.times().children_user + os.times().children_system
    print(f"{len(made)} graphs of {resources} resources: {taken:.1f} s (at most {LIMIT:.0f} s), {busy:.1f} s of CPU")
    return int(taken > LIMIT or any(isinstance(graph, str) for graph in made))


if __name__ == "__main__":
    sys.exit(main())
