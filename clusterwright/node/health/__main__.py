"""`python -m clusterwright.node.health join|check|allreduce`."""

from __future__ import annotations

import sys

from clusterwright.node.health import check, join
from clusterwright.node.health.facts import Facts
from clusterwright.node.health.system import System


def main(arguments: list[str]) -> int:
    match arguments:
        case ["join"]:
            return join.run(Facts.from_environment(), System())
        case ["check"]:
            return check.main()
        case ["allreduce", *rest]:
            # The others run where there is no PyTorch.
            from clusterwright.node.health.allreduce.__main__ import main as allreduce

            return allreduce(rest)
        case _:
            print("usage: python -m clusterwright.node.health join | check | allreduce --out FILE", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
