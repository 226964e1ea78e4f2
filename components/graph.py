"""Print what a stack registers as JSON, without an account and without an engine: python -m components.graph NAME.

NAME is that of a spec in stacks/, or a spec's file. Each resource has its `urn`, `type`, `name` and `parent`, its
`inputs`, the names of those whose changes are `ignored`, the URNs of its `dependencies`, whether it is protected
(`protect`) and whether it outlives the stack (`retain`). What a cloud would answer is made up; of the bundle's bytes
there are none, and its digest is right.

With --many in place of NAME, for programs: plans on stdin, each as JSON on a line, and on stdout a line for each with
its resources as `graph`, or, as `missing`, why there are none: a cloud's SDK is not installed, or the bundle can't be
made. What a cloud would answer has `<TYPE NAME>` of its resource in it there, by which a reader sees what refers to it.
A job's own code is left out of that bundle, as it may be somewhere else.
"""

from __future__ import annotations

import argparse
import gc
import json
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pulumi import FileAsset
from pulumi.runtime import mocks
from pydantic import Field, TypeAdapter

from clusterwright.bootstrap import Bundle, render_bundle
from clusterwright.errors import ClusterwrightError
from clusterwright.plan import plan_cluster
from clusterwright.plan.aws import AwsPlan
from clusterwright.plan.gcp import GcpPlan
from clusterwright.plan.local import LocalPlan
from clusterwright.plan.model import ClusterPlan
from clusterwright.spec.load import load_spec
from clusterwright.spec.units import Moment
from components.recorder import Made, Recorder, Request, inputs_of, record

PROJECT = Path(__file__).resolve().parent.parent
_PLAN = TypeAdapter[AwsPlan | GcpPlan | LocalPlan](
    Annotated[AwsPlan | GcpPlan | LocalPlan, Field(discriminator="provider")]
)


class Marked(Made):
    """Says in all that it makes up whose it is."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        mark = f"<{args.typ} {args.name}>"
        marked = mocks.MockResourceArgs(args.typ, mark, args.inputs, args.provider, args.resource_id, args.custom)
        identity, made = super().new_resource(marked)
        if "latestVersion" in made:
            made["latestVersion"] = f"{mark}-latestVersion"
        return identity, {"name": mark, **made}


def graph(plan: ClusterPlan, bundle: Bundle, answers: mocks.Mocks | None = None) -> list[dict[str, Any]]:
    """The resources of `plan`, sorted by URN: what waits for nothing is registered in any order."""
    recorder = record(plan, replace(bundle, data=b""), answers=answers)
    nodes = [_node(recorder, request) for request in recorder.requests]
    return sorted(nodes, key=lambda node: node["urn"])


def _node(recorder: Recorder, request: Request) -> dict[str, Any]:
    return {
        "urn": recorder.urn(request),
        "type": request.type,
        "name": request.name,
        "parent": request.parent or None,
        "inputs": _whole(inputs_of(request)),
        "ignored": sorted(request.ignoreChanges),
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


def _each(lines: Iterable[str], moment: datetime) -> Iterator[dict[str, Any]]:
    """What is said of each plan of --many."""
    for line in lines:
        try:
            plan = _PLAN.validate_json(line)
            job = plan.job and plan.job.model_copy(update={"source": None})
            bundle = render_bundle(plan.model_copy(update={"job": job}), PROJECT)
            yield {"graph": graph(plan.as_of(moment), bundle, Marked())}
        except ModuleNotFoundError as error:
            package = (error.name or "").split(".")[0].replace("_", "-")
            yield {"missing": f"the Python package {package} is not installed"}
        except ClusterwrightError as error:
            yield {"missing": str(error)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 printed, 1 the spec has errors, 2 it can't be read."""
    parser = argparse.ArgumentParser(prog="python -m components.graph", description="What a stack registers, as JSON.")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("name", nargs="?", help="a stack's name, or the file of a spec")
    which.add_argument("--many", action="store_true", help="plans from stdin, a line each, to graphs on stdout")
    parser.add_argument("--at", type=Moment.parse, help="the moment of the deployment, as 2026-12-01T11:30Z; else now")
    given = parser.parse_args(arguments)
    moment = given.at or datetime.now(UTC)
    if given.many:
        for told in _each(sys.stdin, moment):
            print(json.dumps(told, sort_keys=True), flush=True)
        return 0
    file = Path(given.name) if given.name.endswith(".yaml") else PROJECT / "stacks" / f"{given.name}.yaml"
    try:
        plan = plan_cluster(load_spec(file))
        made = graph(plan.as_of(moment), render_bundle(plan, PROJECT))
    except ClusterwrightError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(json.dumps(made, indent=2, sort_keys=True))
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends it without a traceback
    gc.set_threshold(200_000)  # to look often through all that an SDK has made takes a quarter of the time
    sys.exit(main())
