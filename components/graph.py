"""Print what a stack registers as JSON, without an account and without an engine: python -m components.graph NAME.

NAME is that of a spec in stacks/, or a spec's file. Each resource has its `urn`, `type`, `name` and `parent`, its
`inputs`, the URNs of its `dependencies`, whether it is protected (`protect`) and whether it outlives the stack
(`retain`). What a cloud would answer is made up; of the bundle's bytes there are none, and its digest is right.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pulumi import FileAsset

from clusterwright.bootstrap import Bundle, render_bundle
from clusterwright.errors import ClusterwrightError
from clusterwright.plan import plan_cluster
from clusterwright.plan.model import ClusterPlan
from clusterwright.spec.load import load_spec
from clusterwright.spec.units import Moment
from components.recorder import Recorder, Request, inputs_of, record

PROJECT = Path(__file__).resolve().parent.parent


def graph(plan: ClusterPlan, bundle: Bundle) -> list[dict[str, Any]]:
    """The resources of `plan`, sorted by URN: what waits for nothing is registered in any order."""
    recorder = record(plan, replace(bundle, data=b""))
    nodes = [_node(recorder, request) for request in recorder.requests]
    return sorted(nodes, key=lambda node: node["urn"])


def _node(recorder: Recorder, request: Request) -> dict[str, Any]:
    return {
        "urn": recorder.urn(request),
        "type": request.type,
        "name": request.name,
        "parent": request.parent or None,
        "inputs": _whole(inputs_of(request)),
        "dependencies": sorted(request.dependencies),
        "protect": request.protect,
        "retain": request.retainOnDelete,
    }


def _whole(value: Any) -> Any:
    """Whole numbers as such: to the engine every number is a float. A file is its name."""
    match value:
        case dict():
            return {key: _whole(one) for key, one in value.items()}
        case list():
            return [_whole(one) for one in value]
        case float() if value.is_integer():
            return int(value)
        case FileAsset():  # its name is that of its bytes, and its folder is somebody's
            return Path(value.path).name
        case _:
            return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 printed, 1 the spec has errors, 2 it can't be read."""
    parser = argparse.ArgumentParser(prog="python -m components.graph", description="What a stack registers, as JSON.")
    parser.add_argument("name", help="a stack's name, or the file of a spec")
    parser.add_argument("--at", type=Moment.parse, help="the moment of the deployment, as 2026-12-01T11:30Z; else now")
    given = parser.parse_args(arguments)
    file = Path(given.name) if given.name.endswith(".yaml") else PROJECT / "stacks" / f"{given.name}.yaml"
    try:
        plan = plan_cluster(load_spec(file))
        made = graph(plan.as_of(given.at or datetime.now(UTC)), render_bundle(plan, PROJECT))
    except ClusterwrightError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(json.dumps(made, indent=2, sort_keys=True))
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends it without a traceback
    sys.exit(main())
