"""`clusterwright recommend` over the whole catalog as a whole process, and the alternative that a review asks for.

`python -m benchmarks.recommend`. The process stands beside one that only imports its libraries, the alternative beside
the plan that it is of. The code is compiled first, as an installation compiles it.
"""

from __future__ import annotations

import compileall
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from clusterwright.catalog.machines import names
from clusterwright.estimate.estimate import estimate
from clusterwright.plan import plan_cluster
from clusterwright.recommend.alternative import alternative
from clusterwright.spec.load import parse_spec

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 7
ASKED = "recommend --model bert-large --tokens 85B --deadline 24h --budget 3000USD"
RECOMMEND = f"import sys; sys.argv = ['clusterwright', *'{ASKED}'.split()]; from clusterwright.cli import main; main()"
LIBRARIES = "import click, pydantic.fields, rich.table, yaml"
SPEC = """
name: a
provider: aws
region: us-east-1
zone: us-east-1a
groups: [{name: train, machine: p4d.24xlarge, nodes: 8}]
job: {model: bert-large, precision: bf16, pretrain: {steps: 125000, batch: 2048}, finetune: {batch: 64}}
"""


def process(program: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True)


def medians(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Seconds that each takes, in turn."""
    times = [(seconds(one), seconds(other)) for _ in range(ROUNDS)]
    first, second = (statistics.median(column) for column in zip(*times, strict=True))
    return first, second


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    compileall.compile_dir(str(ROOT / "clusterwright"), quiet=1)
    libraries, whole = medians(process(LIBRARIES), process(RECOMMEND))
    types = sum(len(names(provider)) for provider in ("aws", "gcp"))
    print(f"recommend, {types} machine types: {whole:.2f} s, x {whole / libraries:.1f} of importing the libraries")
    loaded = parse_spec(SPEC)
    made = estimate(plan_cluster(loaded))
    alternative(loaded, made)  # the first reads the catalog
    planned, better = medians(lambda: plan_cluster(loaded), lambda: alternative(loaded, made))
    print(f"alternative: {better * 1000:.0f} ms, x {better / planned:.0f} of a plan")


if __name__ == "__main__":
    main()
