"""`srun python -m clusterwright.node.health.allreduce --out FILE`, with MASTER_ADDR set to the first node's address."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from clusterwright.node.health.allreduce.place import Place
from clusterwright.node.health.allreduce.rank import FAILED, Options, Rank
from clusterwright.node.health.allreduce.thresholds import TABLE
from clusterwright.node.health.facts import Facts


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="allreduce",
        description="Adds up over all processes of the step, exactly and fast enough.",
        epilog=f"Exit code {FAILED}: FILE holds {{reason, suspects: [{{node, reason}}]}}.",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the suspects are written")
    parser.add_argument("--arrive", type=float, default=Options.arrive, metavar="S", help="time for all to come")
    parser.add_argument("--stage", type=float, default=Options.stage, metavar="S", help="time for each stage")
    parser.add_argument("--thresholds", type=Path, default=TABLE, metavar="FILE", help="what was measured elsewhere")
    given = parser.parse_args(arguments)
    options = Options(given.out, given.arrive, given.stage, given.thresholds)
    return Rank(Place.from_environment(), Facts.from_environment(), options).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
