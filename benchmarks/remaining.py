"""Trains stacks on this machine for real, and says how well a twentieth of each run predicts what is left of it.

`python -m benchmarks.remaining [SPEC ...]`, on a machine that does nothing else; by default the recorded runs' specs in
tests/estimate/runs/ and stacks/local.yaml, some twenty minutes. All ranks run here, without a cluster around them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from clusterwright.estimate.measured import read_metrics
from clusterwright.plan import plan_cluster
from clusterwright.spec.load import load_spec
from tests.estimate.runs import FOLDER, predicted

ROOT = Path(__file__).resolve().parent.parent


def train(spec: Path, folder: Path, data: Path) -> Path:
    """Runs the job of a local stack in `folder`; returns its metrics."""
    job = plan_cluster(load_spec(spec)).job
    if job is None:
        raise SystemExit(f"error: {spec} has no job\n  hint: give the spec of a stack that trains")
    (folder / "job.json").write_text(json.dumps(job.config), encoding="utf-8")
    launcher = ["torch.distributed.run", "--standalone", f"--nproc-per-node={job.world_size}", "-m", "training"]
    subprocess.run(
        [sys.executable, "-m", *launcher, "--job", folder / "job.json", "--data", data, "--output", folder],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": str(job.threads_per_process)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return folder / "metrics.jsonl"


def main() -> None:
    specs = [Path(name) for name in sys.argv[1:]] or [*sorted(FOLDER.glob("*.yaml")), ROOT / "stacks" / "local.yaml"]
    with tempfile.TemporaryDirectory() as place:
        for spec in specs:
            folder = Path(place) / spec.stem
            folder.mkdir()
            found = predicted(read_metrics(train(spec, folder, Path(place) / "data")), spec)
            low, likely, high = found.predicted
            print(
                f"{spec.stem}: after a twentieth {likely:.0f} s ({low:.0f} to {high:.0f}) were left as predicted,"
                f" {found.actual:.0f} s as it turned out: off by {100 * found.off:+.1f} %"
            )


if __name__ == "__main__":
    main()
