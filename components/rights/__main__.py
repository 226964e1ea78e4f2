"""Print what who deploys a stack in a cloud has to be allowed, as JSON: python -m components.rights NAME."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from clusterwright.bootstrap import render_bundle
from clusterwright.errors import ClusterwrightError
from clusterwright.plan import plan_cluster
from clusterwright.plan.cloud import CloudPlan
from clusterwright.spec.load import load_spec
from components.graph import PROJECT, graph
from components.rights import documents, notes


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 printed, 1 the spec has errors or is of no cloud, 2 it can't be read."""
    parser = argparse.ArgumentParser(prog="python -m components.rights", description="What a deployer may do.")
    parser.add_argument("name", help="a stack's name")
    name = parser.parse_args(arguments).name
    try:
        plan = plan_cluster(load_spec(Path(PROJECT, "stacks", f"{name}.yaml")))
        if not isinstance(plan, CloudPlan):
            print(f"error: {name} is no cluster in a cloud, so its deployer needs no rights there", file=sys.stderr)
            return 1
        registered = (node["type"] for node in graph(plan, render_bundle(plan, PROJECT)))
        types = {one for one in registered if one.startswith(f"{plan.provider}:")}
    except ClusterwrightError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for note in notes(plan):
        print(f"note: {note}", file=sys.stderr)
    print(json.dumps(documents(plan, types), indent=2))
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends it without a traceback
    sys.exit(main())
