"""Print the policies of who deploys a stack on AWS, as JSON: python -m components.rights NAME."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from clusterwright.bootstrap import render_bundle
from clusterwright.errors import ClusterwrightError
from clusterwright.plan import plan_cluster
from clusterwright.plan.aws.model import AwsPlan
from clusterwright.spec.load import load_spec
from components.graph import PROJECT, graph
from components.rights import policies


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 printed, 1 the spec has errors or is not of AWS, 2 it can't be read."""
    parser = argparse.ArgumentParser(prog="python -m components.rights", description="What a deployer on AWS may do.")
    parser.add_argument("name", help="a stack's name")
    name = parser.parse_args(arguments).name
    try:
        plan = plan_cluster(load_spec(Path(PROJECT, "stacks", f"{name}.yaml")))
        if not isinstance(plan, AwsPlan):
            print(f"error: {name} is no cluster on AWS, so its deployer needs no policy of AWS", file=sys.stderr)
            return 1
        types = {node["type"] for node in graph(plan, render_bundle(plan, PROJECT)) if node["type"].startswith("aws:")}
    except ClusterwrightError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    if plan.account is None:
        print("note: without a lock neither the account nor the buckets' names are known", file=sys.stderr)
    print(json.dumps(policies(plan, types), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
